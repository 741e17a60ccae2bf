"""`touchline doctor` where there is nothing to examine, and on a broker and a store that nobody has set up yet."""

import json
import os
import subprocess
from pathlib import Path

from support.clickhouse_standin import Standin
from support.kafka_broker import free_ports
from support.road import CLI

from streams.kafka.embedded import command as broker_command
from streams.run.supervisor import Child, Supervisor


def doctor(kafka: str, store: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "TOUCHLINE_KAFKA": kafka,
        "TOUCHLINE_BROKER": "embedded",
        "TOUCHLINE_PARTITIONS": "1",
        "TOUCHLINE_CLICKHOUSE": store,
    }
    command = [*CLI, "doctor", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_broker_that_does_not_answer_is_status_3_and_one_line() -> None:
    kafka, store = free_ports(2)
    done = doctor(f"127.0.0.1:{kafka}", f"http://127.0.0.1:{store}")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"no broker answers at 127.0.0.1:{kafka}" in done.stderr


def test_a_store_that_does_not_answer_is_status_3_and_an_empty_pair_is_examined(tmp_path: Path) -> None:
    kafka, nobody = free_ports(2)
    supervisor = Supervisor(print)
    supervisor.add(Child("broker", broker_command(kafka), tmp_path / "broker.log", dict(os.environ)))
    standin = Standin(tmp_path / "store")
    try:
        done = until_answers(f"127.0.0.1:{kafka}", f"http://127.0.0.1:{nobody}")
        assert (done.returncode, "Traceback" in done.stderr) == (3, False)
        assert "ClickHouse" in done.stderr
        done = doctor(f"127.0.0.1:{kafka}", standin.url, "--json")
        report = json.loads(done.stdout)
        assert (done.returncode, report["accounts"], report["stages"]) == (1, [], [])
        assert any("missing: touchpoints" in finding["says"] for finding in report["findings"])
    finally:
        standin.stop()
        supervisor.stop()


def until_answers(kafka: str, store: str) -> "subprocess.CompletedProcess[str]":
    """The first answer after the broker has come up."""
    for _ in range(20):
        done = doctor(kafka, store)
        if "no broker answers" not in done.stderr:
            return done
    raise AssertionError(done.stderr)
