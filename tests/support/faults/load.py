"""Touchpoints of people at several places while things break, sent as they happen; and a list of what arrived."""

import heapq
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from streams.sources.delivery import DeliveryError, Position
from streams.sources.producer import BrokerUnreachableError, BufferFullError, Producer

PLACES: list[dict[str, Any]] = [
    {"id": "park", "kind": "area", "presence_timeout_seconds": 14_400},
    {"id": "wheel", "within": "park", "capacity": 60, "target_wait_seconds": 4},
    {"id": "coaster", "within": "park", "capacity": 90},
    {"id": "shop", "within": "park", "kind": "checkout"},
    {"id": "bakery", "within": "park"},
    {"id": "kiosk", "within": "park", "wait_timeout_seconds": 1, "service_timeout_seconds": 1},
    {"id": "hotline", "kind": "call_queue"},
]
KIOSK_TIMES_OUT_SECONDS = 7.0
"""After the last touchpoint there, everything that can time out has done so, and all stages know."""

HOURS_LATE = 3


class Planned(NamedTuple):
    """To be sent at `due` (monotonic seconds)."""

    due: float
    number: int
    key: str
    value: bytes


class Crowd:
    """Draws journeys. Every touchpoint happens when it is sent, but for those of the bakery. Shares are from 0 to 1."""

    duplicates, conflicts, broken = 0.05, 0.01, 0.03
    held_back, too_late = 0.3, 0.1
    population = 1 << 40  # after so many people, the first ones come again

    def __init__(self, seed: str, name: str) -> None:
        self.draw, self.name = random.Random(seed), name
        self.people = self.events = 0
        self.last_at_kiosk = 0.0  # seconds since 1970

    def journey(self, now: float) -> list[Planned]:
        """One person's touchpoints from `now` on, copies and mistakes among them."""
        self.people += 1
        kind = self.draw.choices(
            [self._ride, self._shop, self._call, self._kiosk, self._bakery, self._page, self._fact],
            [30, 15, 15, 12, 10, 10, 4],
        )[0]
        found: list[Planned] = []
        for wait, fields in kind(f"{self.name}{self.people % self.population}"):
            now += wait
            found += self._with_copies(now, fields)
        if self.draw.random() < self.broken:
            found.append(self._plan(now, self._broken()))
        return found

    # -- journeys --------------------------------------------------------------------------------

    def _ride(self, who: str) -> "Journey":
        place = self.draw.choice(["wheel", "coaster"])
        carried = {"wristband": who} | ({"customer": f"c-{who}"} if self.draw.random() < 0.3 else {})
        person = {"source": "gate", "channel": "wristband", "place": place, "identifiers": carried}
        yield 0.0, {**person, "type": "queue.joined"}
        if self.draw.random() < 0.12:
            yield self._soon(3), {**person, "type": "queue.left"}
            return
        yield self._soon(4), {**person, "type": "service.started", "data": {"server": "gate-1"}}
        yield self._soon(3), {**person, "type": "service.ended"}

    def _shop(self, who: str) -> "Journey":
        person = {"source": "till", "channel": "wristband", "place": "shop", "identifiers": {"wristband": who}}
        yield 0.0, {**person, "type": "place.entered"}
        amount = f"{self.draw.randint(100, 9_999) / 100:.2f}"
        bought = {"receipt": f"r-{who}", "amount": amount, "currency": self.draw.choice(["EUR", "EUR", "USD"])}
        yield self._soon(3), {**person, "type": "sale.made", "data": bought}
        yield self._soon(2), {**person, "type": "place.left"}

    def _call(self, who: str) -> "Journey":
        """People call again, but no call comes twice."""
        del who
        call = {"source": "acd", "channel": "call_center"}
        data = {"call": f"{self.name}{self.people}"}
        yield 0.0, {**call, "type": "call.entered", "data": data}
        yield self._soon(1), {**call, "type": "call.queued", "place": "hotline", "data": data}
        if self.draw.random() < 0.2:
            yield self._soon(2), {**call, "type": "call.abandoned", "data": data}
            return
        yield self._soon(2), {**call, "type": "call.answered", "data": {**data, "agent": "ann"}}
        yield self._soon(2), {**call, "type": "call.ended", "data": {**data, "agent": "ann"}}

    def _kiosk(self, who: str) -> "Journey":
        """Those who never start are timed out."""
        person = {"source": "kiosk", "channel": "wristband", "place": "kiosk", "identifiers": {"wristband": who}}
        yield 0.0, {**person, "type": "queue.joined"}
        if self.draw.random() < 0.6:
            yield self._soon(1), {**person, "type": "service.started"}
        if self.draw.random() < 0.5:
            yield self._soon(1), {**person, "type": "service.ended"}

    def _bakery(self, who: str) -> "Journey":
        """Its till sends late: an hour is allowed, and a few are later than that."""
        person = {"source": "bakery", "channel": "wristband", "place": "bakery", "identifiers": {"wristband": who}}
        if self.draw.random() < self.too_late:
            hours_ago = written(time.time() - HOURS_LATE * 3_600)
            yield 0.0, {**person, "type": "queue.joined", "occurred_at": hours_ago}
            return
        for kind in ("queue.joined", "service.started", "service.ended"):
            late = self.draw.uniform(6, 40) if self.draw.random() < self.held_back else 0.0
            yield self._soon(2), {**person, "type": kind, "occurred_at": written(time.time() - late)}

    def _page(self, who: str) -> "Journey":
        for _ in range(self.draw.randint(1, 3)):
            seen = {"source": "web", "channel": "web", "type": "page.viewed", "identifiers": {"cookie": who}}
            yield self._soon(2), {**seen, "data": {"page": "/"}}

    def _fact(self, who: str) -> "Journey":
        del who
        place = self.draw.choice(["wheel", "coaster", "hotline"])
        desk = {"source": "desk", "channel": "app", "place": place}
        if self.draw.random() < 0.5:
            yield 0.0, {**desk, "type": "wait.posted", "data": {"minutes": self.draw.randint(1, 60)}}
        else:
            yield 0.0, {**desk, "type": "staff.assigned", "data": {"count": self.draw.randint(1, 9)}}

    # -- what becomes of them --------------------------------------------------------------------

    def _soon(self, seconds: float) -> float:
        return self.draw.uniform(0.2, seconds)

    def _with_copies(self, due: float, fields: dict[str, Any]) -> list[Planned]:
        self.events += 1
        fields = {"event_id": f"{self.name}-{self.events}", **fields}
        found = [self._plan(due, fields)]
        if self.draw.random() < self.duplicates:
            found.append(self._plan(due + self._soon(3), fields))
        if self.draw.random() < self.conflicts:
            found.append(self._plan(due + self._soon(3), {**fields, "operated_by": "somebody else"}))
        return found

    def _plan(self, due: float, fields: dict[str, Any] | bytes) -> Planned:
        if isinstance(fields, bytes):
            return Planned(due, self.events, f"broken:{self.name}{self.people}", fields)
        if fields.get("place") == "kiosk":
            self.last_at_kiosk = max(self.last_at_kiosk, time.time() + due - time.monotonic())
        if "occurred_at" not in fields:
            fields["occurred_at"] = written(time.time() + due - time.monotonic())
        return Planned(due, self.events, f"{fields['source']}:{fields['event_id']}", orjson.dumps(fields))

    def _broken(self) -> bytes:
        whole = {"event_id": f"{self.name}-b{self.people}", "source": "gate", "channel": "web", "type": "page.viewed"}
        return self.draw.choice(
            [
                b'{"event_id": "cut in the mid',
                orjson.dumps(whole),  # occurred_at is missing
                orjson.dumps({**whole, "occurred_at": "yesterday"}),
                orjson.dumps({**whole, "occurred_at": written(time.time()), "type": "queue.jumped"}),
            ]
        )


Journey = Iterator[tuple[float, dict[str, Any]]]
"""(seconds after the one before, fields of a touchpoint)"""


class Load:
    """`rate`: people a second. `acknowledged` is a file: one line per send that the broker has."""

    def __init__(self, servers: str, file: Path, seed: str, name: str, rate: float = 12.0) -> None:
        self.crowd, self.rate, self.file = Crowd(seed, name), rate, file
        self.sent: set[str] = set()
        self.acknowledged: dict[tuple[int, int], str] = {}
        self.values: deque[tuple[str, bytes]] = deque(maxlen=2_000)
        self.failed = 0
        self._servers = servers
        self._due: list[Planned] = []
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._output = file.open("ab")
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)
        self.error: BaseException | None = None

    def start(self) -> "Load":
        self._thread.start()
        return self

    def stop(self, patience_seconds: float = 240.0) -> None:
        """Nobody new comes; returns when those on their way are done and every send has its answer."""
        self._ending.set()
        self._thread.join(patience_seconds)
        assert not self._thread.is_alive(), "the load did not end"
        self._output.close()
        assert self.error is None, f"the load ended: {self.error!r}"

    def send(self, producer: Producer, key: str, value: bytes) -> None:
        self.sent.add(key)
        self.values.append((key, value))
        try:
            producer.send_checked(key, value).add_done_callback(lambda future: self._arrived(key, future))
        except BufferFullError:
            self.failed += 1

    def _run(self) -> None:
        try:
            with self._producer() as producer:
                self._send_all(producer)
                with suppress(DeliveryError):  # counted by its callback
                    producer.flush(200)
        except DeliveryError:
            pass
        except BaseException as error:  # told by stop
            self.error = error

    def _producer(self) -> Producer:
        for _ in range(30):
            try:
                return Producer(self._servers, idempotent=True, delivery_seconds=180.0)
            except BrokerUnreachableError:
                continue
        raise BrokerUnreachableError(self._servers)

    def _send_all(self, producer: Producer) -> None:
        nobody = time.monotonic()
        while self._due or not self._ending.is_set():
            now = time.monotonic()
            while nobody <= now and not self._ending.is_set():
                for planned in self.crowd.journey(now):
                    heapq.heappush(self._due, planned)
                nobody += self.crowd.draw.expovariate(self.rate)
            while self._due and self._due[0].due <= now:
                planned = heapq.heappop(self._due)
                self.send(producer, planned.key, planned.value)
            time.sleep(0.02)

    def _arrived(self, key: str, future: "Future[Position]") -> None:
        if future.exception() is not None:
            self.failed += 1
            return
        position = future.result()
        line = orjson.dumps([key, position.partition, position.offset]) + b"\n"
        with self._lock:
            self.acknowledged[position.partition, position.offset] = key
            if not self._output.closed:
                self._output.write(line)
                self._output.flush()


def written(seconds: float) -> str:
    """Seconds since 1970 as `occurred_at` wants it."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
