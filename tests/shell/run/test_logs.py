"""Logs: one shape of line, whoever writes it, and nothing of a person in any."""

import subprocess
import sys

import orjson
import pytest

SETUP = """
import asyncio, logging
import structlog
from streams.run import logs
from streams.run.settings import log_style
logs.configure(style=log_style())
log = structlog.get_logger("touchline.test")
"""


def lines(code: str, *, style: str = "") -> list[str]:
    environment = {"TOUCHLINE_LOG": style} if style else {}
    done = subprocess.run(
        [sys.executable, "-c", SETUP + code], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    return done.stderr.splitlines()


FACT = "log.info('chunk done', stage='stitch', partition=2)"
FOREIGN = "logging.getLogger('faust.agents').warning('agent %s', 'a')"
CRASH = "raise ValueError('anna@example.org')"
NEVER = """
async def fail(): 1 / 0
async def main():
    asyncio.ensure_future(fail())
    await asyncio.sleep(0.01)
asyncio.run(main())
"""
THREAD = "import threading\nthreading.Thread(target=lambda: int('anna@example.org')).start()"


@pytest.mark.parametrize(
    "code", [FACT, FOREIGN, CRASH, NEVER, THREAD], ids=["fact", "library", "crash", "task", "thread"]
)
def test_every_line_is_json_with_time_level_and_logger(code: str):
    for line in lines(code):
        found = orjson.loads(line)
        assert {"timestamp", "level", "event", "logger"} <= set(found)


def test_a_fact_names_its_stage_and_partition():
    (line,) = lines(FACT)
    found = orjson.loads(line)
    assert (found["event"], found["stage"], found["partition"]) == ("chunk done", "stitch", 2)


def test_text_is_for_people():
    (line,) = lines(FACT, style="text")
    assert "chunk done" in line
    assert "stage=stitch" in line
    assert "\x1b" not in line  # no terminal, no colours


def test_a_style_that_there_is_not_leaves_json():
    (line,) = lines(FACT, style="xml")
    assert orjson.loads(line)["stage"] == "stitch"


WITH_DATA = "\n".join(("try:", "    {'a': 1}['anna@example.org']", "except KeyError as error:", "    {}"))


@pytest.mark.parametrize(
    "say",
    [
        "log.error('failed', exc_info=error)",
        "log.exception('failed')",
        "logging.getLogger('asyncio').error('failed', exc_info=error)",
        "raise RuntimeError('anna@example.org') from error",
        "raise",
    ],
)
def test_the_words_of_an_error_that_may_quote_data_are_left_out_but_not_its_stack(say: str):
    (line,) = lines(WITH_DATA.replace("{}", say))
    found = orjson.loads(line)
    assert "KeyError" in found["exception"]
    assert "line 9" in found["exception"]
    assert "anna" not in line.replace("{'a': 1}['anna@example.org']", "")  # the line of code itself is no data


def test_errors_of_ours_and_of_the_network_keep_their_words():
    ours = "from streams.kafka.topics import RefusedError\nlog.error('failed', exc_info=RefusedError(['set it']))\n"
    said = "\n".join(lines(ours + "log.error('failed', exc_info=OSError(111, 'refused'))"))
    assert "set it" in said
    assert "refused" in said
