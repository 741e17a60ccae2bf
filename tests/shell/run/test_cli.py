"""The command line says what is wrong in one clear line, without a traceback."""

import os
import signal
import subprocess

import pytest
from support.kafka_broker import free_ports
from support.road import CLI


def run(*arguments: str, seconds: float = 60, **settings: str) -> "subprocess.CompletedProcess[str]":
    kafka, store = free_ports(2)
    environment = {
        **os.environ,
        "TOUCHLINE_KAFKA": f"127.0.0.1:{kafka}",
        "TOUCHLINE_CLICKHOUSE": f"http://127.0.0.1:{store}",
        "TOUCHLINE_PSEUDONYM_KEY": "a key that only the tests know",
        **settings,
    }
    return subprocess.run(
        [*CLI, *arguments], env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )


@pytest.mark.parametrize("command", [("topics",), ("import", "nothing.jsonl"), ("migrate",)])
def test_a_command_without_broker_or_store_ends_with_one_line(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode != 0
    assert "answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "said"), [("worker", "Kafka does not answer"), ("sink", "the store does not answer")]
)
def test_a_service_without_broker_or_store_says_so_once_and_keeps_trying(command: str, said: str) -> None:
    with pytest.raises(subprocess.TimeoutExpired) as waiting:
        run(command, seconds=10)
    words = (waiting.value.stderr or b"").decode()
    assert words.count(said) == 1
    assert "Traceback" not in words
    assert len(words.splitlines()) == 1


def test_a_worker_without_a_pseudonym_key_refuses_and_says_what_to_set() -> None:
    done = run("worker", TOUCHLINE_PSEUDONYM_KEY="")
    assert done.returncode == 78
    assert "pseudonym key" in done.stderr or "TOUCHLINE_PSEUDONYM_KEY" in done.stderr


def test_a_wrong_setting_is_named() -> None:
    done = run("worker", TOUCHLINE_CLOCK="sundial")
    assert done.returncode == 2
    assert "TOUCHLINE_CLOCK" in done.stderr


def test_a_service_that_waits_ends_when_asked() -> None:
    environment = {**os.environ, "TOUCHLINE_KAFKA": "127.0.0.1:1", "TOUCHLINE_PSEUDONYM_KEY": "a key of the tests"}
    process = subprocess.Popen([*CLI, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "does not answer" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
