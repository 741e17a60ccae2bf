"""How a worker ends when it must not go on."""

import subprocess
import sys

import pytest

from streams.kafka.ending import UNEXPECTED, Failpoint


def run(code: str) -> subprocess.CompletedProcess[str]:
    setup = "from streams.run import logs; logs.configure()\nfrom streams.kafka.ending import *\n"
    return subprocess.run([sys.executable, "-c", setup + code], capture_output=True, text=True, timeout=60, check=False)


def test_the_last_words_are_one_line_with_the_stack():
    ended = run("try:\n    1 / 0\nexcept Exception as error:\n    die('went wrong', error, stage='stitch')")
    assert ended.returncode == UNEXPECTED
    assert ended.stderr.count("\n") == 1
    assert all(word in ended.stderr for word in ("went wrong", "stitch", "ZeroDivisionError", "Traceback"))


def test_a_process_that_stands_still_shows_its_stacks():
    ended = run("die_stuck('worker stands still', lanes=['stitch/0'])")
    assert ended.returncode == UNEXPECTED
    assert "Current thread" in ended.stderr
    assert "stitch/0" in ended.stderr


@pytest.mark.parametrize(
    ("specification", "reached", "status"),
    [
        ("after_outputs", [("stitch", "before_ack"), ("load", "after_outputs")], 70),
        ("load/after_outputs", [("stitch", "after_outputs"), ("load", "before_ack")], 0),
        ("load/after_outputs:2", [("load", "after_outputs"), ("stitch", "after_outputs")], 0),
        ("load/after_outputs:2", [("load", "after_outputs"), ("load", "after_outputs")], 70),
        ("", [("load", "after_outputs")], 0),
    ],
)
def test_a_failpoint_ends_the_process_at_its_place(specification: str, reached: list[tuple[str, str]], status: int):
    code = f"point = Failpoint({specification!r})\nfor stage, name in {reached!r}: point.reach(stage, name)"
    assert run(code).returncode == status


def test_an_unknown_failpoint_is_refused():
    with pytest.raises(ValueError, match="'after_lunch' is none of after_outputs, before_changelog"):
        Failpoint("after_lunch")
