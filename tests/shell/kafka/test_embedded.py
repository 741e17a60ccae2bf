"""The embedded broker as a child process."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.embedded_broker import BrokerDidNotStartError, EmbeddedBroker
from support.kafka_broker import free_ports


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until_silent(port: int) -> bool:
    deadline = time.monotonic() + 10
    while answers(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not answers(port)


def test_it_answers_inside_the_context_and_is_gone_after_it(tmp_path: Path):
    broker = EmbeddedBroker(free_ports(1)[0], tmp_path / "logs" / "broker.log")
    with broker:
        assert answers(broker.port)
        pid = broker.pid
    assert not answers(broker.port)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_taken_port_is_refused_and_its_holder_named(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BrokerDidNotStartError, match=rf"port {port} is held by .*pid {os.getpid()}"):
            EmbeddedBroker(port, tmp_path / "broker.log").start()


def test_a_broker_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("streams.kafka.embedded.command", lambda _: ["sh", "-c", "echo no room left; exit 1"])
    broker = EmbeddedBroker(free_ports(1)[0], tmp_path / "broker.log")
    with pytest.raises(BrokerDidNotStartError, match=r"did not answer.*no room left"):
        broker.start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_it_ends_with_the_process_that_started_it(tmp_path: Path):
    (port,) = free_ports(1)
    code = (
        "import time; from pathlib import Path; from support.embedded_broker import EmbeddedBroker\n"
        f"EmbeddedBroker({port}, Path({str(tmp_path / 'broker.log')!r})).start(); print('up', flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    assert answers(port)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert until_silent(port)
