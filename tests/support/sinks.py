"""Sinks as processes of their own, so that they can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from support.sink_road import RowRoad

TESTS = Path(__file__).parents[1]


class Sinks:
    """Sinks as processes; whatever a test leaves running ends with it."""

    def __init__(self, road: RowRoad, log: Path) -> None:
        self.road, self._log = road, log
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, url: str, fail_at: str = "") -> "subprocess.Popen[bytes]":
        connection = self.road.broker.connection
        environment = {
            **os.environ,
            "TOUCHLINE_KAFKA": connection.servers,
            "TOUCHLINE_BROKER": connection.broker,
            "TOUCHLINE_FAIL_AT": fail_at,
        }
        command = [sys.executable, "-m", "support.sink_process", url]
        with self._log.open("ab") as log:
            self.processes.append(subprocess.Popen(command, env=environment, cwd=TESTS, stderr=log))
        return self.processes[-1]

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def finish(self, url: str, offset: int, table: str = "touchpoints") -> None:
        """Another sink, until everything is committed."""
        process = self.start(url)
        asyncio.run(self.road.until_committed(table, offset))
        process.send_signal(signal.SIGTERM)
        process.wait(20)
