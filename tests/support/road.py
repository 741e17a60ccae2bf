"""The whole road as real processes on this machine: broker, store, worker; what the end-to-end tests ride on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import clickhouse_connect
from support.kafka_broker import free_ports

from streams.kafka.embedded import command as broker_command
from streams.run.supervisor import Child, Supervisor

CLI = [sys.executable, "-m", "streams.run.cli"]
KEY = "a key that only the tests know"


class Road:
    """`servers` None: on an embedded broker of its own. Nothing here outlives `stop`."""

    def __init__(self, folder: Path, servers: str | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        kafka, self.http_port, self.page_port = free_ports(3)
        self.servers = servers or f"127.0.0.1:{kafka}"
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.said: list[str] = []
        self.supervisor = Supervisor(self.said.append)
        self.environment = {
            **os.environ,
            "TOUCHLINE_KAFKA": self.servers,
            "TOUCHLINE_CLICKHOUSE": self.url,
            "TOUCHLINE_BROKER": "kafka" if servers else "embedded",
            "TOUCHLINE_CLOCK": "event",
            "TOUCHLINE_PARTITIONS": "1",
            "TOUCHLINE_DATA_DIR": str(folder),
            "TOUCHLINE_PSEUDONYM_KEY": KEY,
            **(settings or {}),
        }
        if not servers:
            self._add("broker", broker_command(kafka), vital=True)

    def start(self) -> "Road":
        self.until(lambda: self.touchline("topics").returncode == 0, 60, "the topics are there")
        store = ["serve", "--store", f"chdb:///{self.folder}/store", "--http-port", str(self.http_port)]
        self.start_part("store", *store, "--page-port", str(self.page_port))
        self.until(lambda: self._answers(), 60, "the store answers")
        self.start_part("worker", "worker")
        return self

    def start_part(self, name: str, *arguments: str) -> Child:
        return self._add(name, [*CLI, *arguments])

    def stop(self) -> None:
        self.supervisor.stop()

    def __enter__(self) -> "Road":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def part(self, name: str) -> Child:
        return next(child for child in self.supervisor.children if child.name == name)

    def kill(self, name: str) -> None:
        """A hard crash; the supervisor starts the part again when it looks."""
        process = self.part(name).process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()

    def touchline(self, *arguments: str, said: bytes = b"", seconds: float = 300) -> "subprocess.CompletedProcess[str]":
        """One command of a person, to its end."""
        return subprocess.run(
            [*CLI, *arguments],
            env=self.environment,
            input=said.decode(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def query(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Rows as an analyst gets them, over HTTP."""
        client = clickhouse_connect.get_client(host="127.0.0.1", port=self.http_port)
        try:
            return [tuple(row) for row in client.query(sql, parameters=parameters).result_rows]
        finally:
            client.close()

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for a condition, keeping the parts alive meanwhile."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.supervisor.watch(), self.supervisor.ended
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}; {self.said}; {self._last_words()}"
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return self.query("SELECT 1") == [(1,)]
        except Exception:  # not up yet, whatever the client calls it
            return False

    def _add(self, name: str, command: list[str], *, vital: bool = False) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        return self.supervisor.add(Child(name, command, log, self.environment, vital=vital))

    def _last_words(self) -> dict[str, str]:
        return {child.name: child.last_words() for child in self.supervisor.children}
