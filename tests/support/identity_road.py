"""A log of several partitions as lists: validate once, stitch in any interleaving, chunks cut anywhere, lost, again."""

import random
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import orjson
from support.identity_world import LATENESS, PLACES, WINDOW, Arrival, World

from schemas.internal import Message
from streams.kafka.lane import StageCode
from streams.outbox import Outbox
from streams.partition import Partition
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of, stage_codes
from streams.topology import EVENTS
from streams.validate.marker import COMMAND_HEADER

ROW_KEYS = {
    "customers": ("customer",),
    "visits": ("customer", "started_at"),
    "identity_links": ("identifier", "from_pos"),
    "identifiers": ("identifier",),
    "stays": ("place", "identifier", "joined_at", "nth"),
}

MOST_MESSAGES = 300
"""Per touchpoint, copies to all partitions included: more is a circle."""


class Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any = ()


class CrashError(Exception):
    """The worker of a partition is gone; somebody else begins where its last write ended."""


@lru_cache
def codes(partitions: int, zone: str) -> dict[str, StageCode]:
    """The real stages, with the settings of this world."""
    settings = Settings(
        partitions=partitions,
        timezone=zone,
        pseudonym_key="a key that only the tests know",  # type: ignore[arg-type]
        allowed_lateness_seconds=LATENESS // 1_000,
        deduplication_window_seconds=WINDOW // 1_000,
    )
    return stage_codes(settings, PLACES, pseudonymiser_of(settings))


class Reader:
    """What whoever reads the rows sees: of each key the highest version, unless it is deleted."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {table: {} for table in ROW_KEYS}
        self.former: list[dict[str, Any]] = []
        """What calls and tokens have counted whose names others have now."""
        self.ledger: dict[tuple[str, int, int], dict[str, Any]] = {}
        self.erasures: list[dict[str, Any]] = []

    def hear(self, table: str, line: bytes) -> None:
        row = orjson.loads(line)
        if table == "erasures":
            self.erasures.append(row)
        if table == "identity_ledger":
            self.ledger[row["identifier"], row["version"], row["nth"]] = row
        if table not in ROW_KEYS:
            return
        key = tuple([row[column] for column in ROW_KEYS[table]])
        known = self.tables[table].get(key)
        if known is None or known["version"] < row["version"]:
            if table == "identifiers" and known is not None and _is_another(known, row):
                self.former.append(known)
            self.tables[table][key] = row
        else:
            assert known["version"] > row["version"] or known == row, f"one version, two rows: {known} {row}"

    def rows(self, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        return {key: row for key, row in self.tables[table].items() if not row.get("is_deleted")}


def _is_another(known: dict[str, Any], row: dict[str, Any]) -> bool:
    """Of a call or token: counts of one only grow, and the time from first to last with them, until it is erased."""
    if None in (row["first_seen"], known["first_seen"]) or not row["identifier"].startswith(("call:", "token:")):
        return False
    counted, now = (sum(one[of] for of in ("touchpoints", "late", "duplicates")) for one in (known, row))
    return row["first_seen"] > known["first_seen"] or row["last_seen"] < known["last_seen"] or now < counted


class Road:
    """Everything of one world between `touchpoints` and the rows."""

    def __init__(self, world: World) -> None:
        self.world, self.dice, self.reader = world, random.Random(world.schedule), Reader()
        self.logs: list[list[Record]] = [[] for _ in range(world.partitions)]
        self.inputs = [Input(self, number) for number in range(world.partitions)]
        self.stations = [Station(self, number) for number in range(world.partitions)]
        self.longest = self.dice.choice([1, 4, 16, 80])
        self.words: set[tuple[int, str, bytes | None, bytes]] = set()
        """All that stations have said: (station, topic or table, key, value)."""

    def read_until(self, time: int) -> None:
        """Until this append time everything has come and is read to its end: a quiet point. AssertionError: never."""
        for one in self.inputs:
            one.open_until(time)
        while True:
            ready = [*(one for one in self.inputs if one.behind), *(one for one in self.stations if one.behind)]
            if not ready:
                return
            most = MOST_MESSAGES * (10 + len(self.world.arrivals))
            assert sum(map(len, self.logs)) < most, "does not come to rest"
            self.dice.choice(ready).work(self.dice.randint(1, self.longest))

    def read_once_more(self) -> set[tuple[int, str, bytes | None, bytes]]:
        """What stations say that read the same logs record by record, from the beginning and without any crash."""
        again = Road(self.world._replace(crashes=0))
        logs = [[*log] for log in self.logs]
        for number, station in enumerate(again.stations):
            again.logs = [[] for _ in logs]
            again.logs[number] = logs[number]
            while station.state.offset < len(self.logs[number]) - 1:
                station.work(1)
        return again.words

    def append(self, messages: list[Message]) -> None:
        for topic, key, value in messages:
            if topic == EVENTS:
                for log in self.logs if key is None else [self.logs[crc32(key) % len(self.logs)]]:
                    log.append(Record(len(log), 0, key, value))


class Input:
    """One partition of `touchpoints` and what validate says of it, which is said again after a restart."""

    def __init__(self, road: Road, number: int) -> None:
        self.road, self.number = road, number
        code = codes(road.world.partitions, road.world.zone)["validate"]
        state, self.said = code.new_state(number), []
        arrivals = [one for one in road.world.arrivals if one.input == number]
        for offset, arrival in enumerate(arrivals):
            out = Outbox()
            state.begin(offset)
            code.step(state, _record(offset, arrival), out)
            assert "rejected" not in out.rows, (out.rows["rejected"], arrival.told)
            self.said.append((arrival.at, out.messages))
        self.position, self.end, self.time = 0, 0, 0
        self.told = False

    @property
    def behind(self) -> bool:
        return self.position < self.end or not self.told

    def open_until(self, time: int) -> None:
        self.end, self.time, self.told = sum(at <= time for at, _ in self.said), time, False

    def work(self, most: int) -> None:
        """Some touchpoints, then what time it is; sometimes from a little further back, as after a crash."""
        crashes = self.road.world.crashes
        if crashes and self.road.dice.randrange(crashes) == 0:
            self.position = max(0, self.position - self.road.dice.choice([1, 2, 8]))
        upto = min(self.position + most, self.end)
        for _, messages in self.said[self.position : upto]:
            self.road.append(messages)
        self.position, self.told = upto, upto == self.end
        time = self.time if self.told else self.said[upto - 1][0]
        mark = {"k": "wm", "f": f"validate/{self.number}", "t": time}
        self.road.append([Message(EVENTS, None, orjson.dumps(mark))])


def _record(offset: int, arrival: Arrival) -> Record:
    headers = [COMMAND_HEADER] if arrival.orders else ()
    return Record(offset, arrival.at, None, orjson.dumps(arrival.told), headers)


class Station:
    """One partition of stitch, whoever serves it; `durable` is its changelog."""

    def __init__(self, road: Road, number: int) -> None:
        self.road, self.number = road, number
        self.code = codes(road.world.partitions, road.world.zone)["stitch"]
        self.durable: dict[str, bytes] = {}
        self.position: bytes | None = None
        self.state: Partition[Any] = self.code.new_state(number)

    @property
    def behind(self) -> bool:
        return self.state.offset < len(self.road.logs[self.number]) - 1

    def work(self, most: int) -> None:
        """One chunk, or as much of it as is written before the crash."""
        try:
            self._fold(most)
        except CrashError:
            self._recover()

    def _fold(self, most: int) -> None:
        state, first = self.state, self.state.offset + 1
        out = Outbox()
        for record in self.road.logs[self.number][first : first + most]:
            state.begin(record.offset)
            self.code.step(state, record, out)
            out = self._fire(out)
        self._settle(out)

    def _fire(self, out: Outbox) -> Outbox:
        assert self.code.fire is not None
        while self.code.fire(self.state, out, self.road.dice.choice([1, 3, 50])):
            self._settle(out)
            out = Outbox()
        return out

    def _settle(self, out: Outbox) -> None:
        """Outputs first, then the state: a crash leaves any part of the former and nothing of the latter."""
        assert self.code.flush is not None
        self.code.flush(self.state, out)
        crashes = self.road.world.crashes
        lost = crashes and self.road.dice.randrange(crashes) == 0
        self._say(out, whole=not lost or self.road.dice.random() < 0.5)
        if lost:
            raise CrashError
        self._write()

    def _write(self) -> None:
        for key, entry in self.state.changes.items():
            if entry is None:
                self.durable.pop(key, None)
            else:
                self.durable[key] = self.state.encode(entry)
        self.position = orjson.dumps(self.state.position())
        self.state.settle()

    def _say(self, out: Outbox, *, whole: bool) -> None:
        """To each destination what is said in order, not `whole`: and not all of it."""
        by_destination: dict[int, list[Message]] = {}
        for message in out.messages:
            self.road.words.add((self.number, *message))
            if message.topic == EVENTS:
                assert message.key is not None
                by_destination.setdefault(crc32(message.key) % len(self.road.logs), []).append(message)
        dice = self.road.dice
        for messages in by_destination.values():
            self.road.append(messages if whole else messages[: dice.randint(0, len(messages))])
        for table, lines in out.rows.items():
            for line in lines if whole else lines[: dice.randint(0, len(lines))]:
                self.road.words.add((self.number, table, None, line))
                self.road.reader.hear(table, line)

    def _recover(self) -> None:
        state = self.state = self.code.new_state(self.number)
        for key, value in self.durable.items():
            state.entries[key] = state.decode(key, value)
        if self.position is not None:
            state.resume(orjson.loads(self.position))
        state.recovered()
        try:
            self._settle(self._fire(Outbox()))  # what was due at the last write, before anything else is read
        except CrashError:
            self._recover()
