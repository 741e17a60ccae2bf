"""The road that is broken on purpose: a broker, workers, a sink, a store behind a proxy; every part a real process."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError as AdminError
from support.faults.load import PLACES
from support.faults.processes import Parts
from support.faults.proxy import StoreProxy
from support.kafka import Admin
from support.kafka_broker import free_ports

from schemas.place import Places, read_places
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.kafka.standing import SINK_GROUP, WORKER_GROUP, behind, ends
from streams.topology import ROW_TABLES, STAGES, rows_topic

CLI = [sys.executable, "-m", "streams.run.cli"]
KEY = "a key that only the tests know"
ROOT = Path(__file__).parents[3]
DATABASE = "touchline"


class StoreDownError(Exception):
    """The store does not answer now."""


class FaultRoad:
    """`servers`: an empty Apache Kafka. Nothing here outlives `stop`. `note` is told of everything that is done."""

    def __init__(
        self,
        folder: Path,
        servers: str,
        note: Callable[[str], None],
        *,
        partitions: int = 3,
        replication: int = 1,
        store: Path | None = None,
        embedded: bool = False,
        **settings: str,
    ) -> None:
        """`embedded`: one process, `touchline serve`, owns the store and is the sink; else a sink of its own writes to
        a server behind the proxy. `store`: another folder for what is stored."""
        self.folder, self.partitions, self.note = folder, partitions, note
        self._store, self._embedded = store or folder / "store", embedded
        self.connection = Connection(servers)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "places.json").write_text(json.dumps(PLACES))
        self.proxy = StoreProxy(1)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
            "TOUCHLINE_KAFKA": servers,
            "TOUCHLINE_PARTITIONS": str(partitions),
            "TOUCHLINE_REPLICATION": str(replication),
            "TOUCHLINE_CLICKHOUSE": f"http://127.0.0.1:{self.proxy.port}",
            "TOUCHLINE_PLACES": str(folder / "places.json"),
            "TOUCHLINE_PSEUDONYM_KEY": KEY,
            "TOUCHLINE_DATA_DIR": str(folder),
            **settings,
        }
        self.parts = Parts(folder, environment, note)

    @property
    def places(self) -> Places:
        return read_places(self.folder / "places.json")

    def start(self) -> "FaultRoad":
        self.until(lambda: self.touchline("topics").returncode == 0, 90, "the topics are there")
        self.add_store()
        self.add_worker("worker-1")
        if not self._embedded:
            self.add_sink("sink-1")
        self.until(lambda: len(self.watermarks()) == 3 * self.partitions, 90, "every lane has told how far it is")
        return self

    def stop(self) -> None:
        self.parts.stop()
        self.proxy.stop()

    def touchline(self, *arguments: str, seconds: float = 120) -> "subprocess.CompletedProcess[str]":
        """One command of a person, to its end."""
        return subprocess.run(
            [*CLI, *arguments],
            env=self.parts.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    # -- parts -----------------------------------------------------------------------------------

    def add_worker(self, name: str) -> None:
        self.parts.add(name, [*CLI, "worker"], TOUCHLINE_WORKER_ID=name)

    def add_sink(self, name: str) -> None:
        self.parts.add(name, [*CLI, "sink"], TOUCHLINE_WORKER_ID=name)

    def add_store(self) -> None:
        if self._embedded:
            (self.proxy.target,) = free_ports(1)
            serve = ["serve", "--store", f"chdb:///{self._store}", "--http-port", str(self.proxy.target)]
            self.parts.add("store", [*CLI, *serve])
            return
        module = "support.faults.store_process"
        self.parts.add("store", [sys.executable, "-m", module, str(self._store), str(self._port_file)])
        self.await_store()

    def await_store(self) -> None:
        """After each start it listens somewhere else; the proxy's address stays. An embedded one stays where it is."""
        if self._embedded:
            return
        self.until(self._port_file.exists, 60, "the store listens")
        self.proxy.target = int(self._port_file.read_text())
        self._port_file.unlink()

    @property
    def _port_file(self) -> Path:
        return self.folder / "store.port"

    # -- looking ---------------------------------------------------------------------------------

    def query(self, sql: str) -> list[list[Any]]:
        """Rows straight from the store, past the proxy. Raises StoreDownError."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.proxy.target}/?database={DATABASE}&final=1&output_format_json_quote_64bit_integers=0",
            data=f"{sql} FORMAT JSONCompactEachRow".encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return [json.loads(line) for line in answer.read().splitlines()]
        except urllib.error.HTTPError as error:
            raise StoreDownError(error.read().decode(errors="replace")[:500]) from error
        except OSError as error:
            raise StoreDownError(str(error)) from error

    def watermarks(self) -> dict[tuple[str, int], int]:
        """Each lane's last report, ms."""
        try:
            rows = self.query(
                "SELECT stage, partition, toUnixTimestamp64Milli(argMax(watermark, at)) FROM pipeline "
                "WHERE watermark IS NOT NULL GROUP BY stage, partition"
            )
        except StoreDownError:
            return {}
        return {(stage, number): mark for stage, number, mark in rows}

    def until(self, condition: Callable[[], Any], seconds: float, what: str) -> float:
        """Seconds that it took. Fails with the last words of everybody."""
        began = time.monotonic()
        while not condition():
            assert not self.parts.refused, self.parts.refused
            if time.monotonic() - began > seconds:
                words = {name: part.last_words() for name, part in self.parts.parts.items()}
                told = "\n".join(f"--- {name}\n{said}" for name, said in words.items())
                raise AssertionError(f"not within {seconds:.0f} s: {what}\n{told}")
            time.sleep(0.1)
        return time.monotonic() - began

    # -- quiet -----------------------------------------------------------------------------------

    def quiet(self, watermark_ms: int, seconds: float = 180.0) -> int:
        """Wait until every group has read all that there is now, stage by stage; the time up to which all is said.

        `watermark_ms`: time must have got at least so far.
        """
        self.until(lambda: self.lowest("load") >= watermark_ms, seconds, "time has passed in every lane of load")
        reached = self.lowest("load")
        for stage in STAGES:
            logs = [Destination(stage.reads, number) for number in range(self.partitions)]
            self._caught_up(WORKER_GROUP, logs, seconds)
        self._caught_up(SINK_GROUP, [Destination(rows_topic(table), 0) for table in ROW_TABLES], seconds)
        return reached

    def lowest(self, stage: str) -> int:
        """The time (ms) that every lane of a stage has got to; 0 while one of them is not heard of."""
        marks = [mark for (name, _), mark in self.watermarks().items() if name == stage]
        return min(marks) if len(marks) == self.partitions else 0

    def _caught_up(self, group: str, logs: list[Destination], seconds: float) -> None:
        noted = asyncio.run(ends(self.connection, logs))
        self.until(lambda: self._behind(group, noted) == 0, seconds, f"{group} has read {logs[0].topic} to its end")

    def _behind(self, group: str, noted: dict[Destination, int]) -> int:
        try:
            return asyncio.run(behind(self.connection, {group: noted}))
        except (KafkaError, AdminError, OSError):
            return 1


def configure(connection: Connection, topic: str, **settings: str) -> None:
    """Change settings of a topic that exists, as somebody with the rights may at any time."""
    with Admin(connection) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])
