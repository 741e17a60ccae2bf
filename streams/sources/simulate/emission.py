"""What leaves the simulated sources: touchpoints in the order in which they arrive, with the dirt of real life."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from streams.sources.instants import rfc3339
from streams.sources.simulate.dice import Dice

MINUTE = 60_000

TruthWriter = Callable[[Mapping[str, Any]], None]


class Emission(NamedTuple):
    """One record for the log: when it arrives there (ms), its key and its bytes, good or garbage."""

    at: int
    key: bytes
    value: bytes


class Outlet:
    """Holds what is on its way. Bounded by the slowest way: 20 minutes of traffic."""

    def __init__(self, tag: str, truth: TruthWriter, *, dirt: float) -> None:
        """`tag` makes event ids unique to this run; `dirt` scales lateness, repetition and garbage (0: none)."""
        self._tag, self._truth, self._dirt = tag, truth, dirt
        self._dice = Dice(f"{tag}/outlet")
        self._count = 0
        self._on_the_way: list[tuple[int, int, Emission]] = []

    def touchpoint(
        self,
        now: int,
        source: str,
        channel: str,
        kind: str,
        *,
        identifiers: Mapping[str, str] | None = None,
        place: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Something happened now; it arrives when its way lets it."""
        self._count += 1
        touchpoint: dict[str, Any] = {
            "event_id": f"{self._tag}-{self._count:x}",
            "source": source,
            "channel": channel,
            "type": kind,
            "occurred_at": rfc3339(now),
        }
        if identifiers:
            touchpoint["identifiers"] = identifiers
        if place is not None:
            touchpoint["place"] = place
        if data:
            touchpoint["data"] = data
        self._post(now, touchpoint)

    def due(self, now: int | None) -> Iterator[Emission]:
        """What has arrived by now, in order of arrival; `None`: all that is left."""
        while self._on_the_way and (now is None or self._on_the_way[0][0] <= now):
            yield heapq.heappop(self._on_the_way)[2]

    def _post(self, now: int, touchpoint: dict[str, Any]) -> None:
        dice, dirt = self._dice, self._dirt
        at = now + int(dice.exponential(250.0) if dice.fraction() < 0.98 else dice.between(500, 3_500))
        fate = dice.fraction()
        if fate < 0.003 * dirt:
            at = now + int(dice.between(MINUTE, 20 * MINUTE))
            self._dirt_is("late", touchpoint, by_ms=at - now)
        key, value = f"{touchpoint['source']}:{touchpoint['event_id']}".encode(), orjson.dumps(touchpoint)
        self._push(at, key, value)
        if 0.003 * dirt <= fate < 0.008 * dirt:
            self._push(at + int(dice.exponential(20_000)), key, value)
            self._dirt_is("repeated", touchpoint)
        elif 0.008 * dirt <= fate < 0.0082 * dirt:
            other = orjson.dumps({**touchpoint, "data": {**touchpoint.get("data", {}), "retry": 1}})
            self._push(at + int(dice.exponential(20_000)), key, other)
            self._dirt_is("conflicting", touchpoint)
        elif 0.0082 * dirt <= fate < 0.0087 * dirt:
            reason, garbage = self._garbage(touchpoint)
            self._push(at, key, garbage)
            self._dirt_is("garbage", touchpoint, reason=reason)

    def _push(self, at: int, key: bytes, value: bytes) -> None:
        self._count += 1
        heapq.heappush(self._on_the_way, (at, self._count, Emission(at, key, value)))

    def _garbage(self, like: dict[str, Any]) -> tuple[str, bytes]:
        """Bytes that no contract accepts, with the reason that their dead letter must name."""
        broken = {**like, "event_id": f"{like['event_id']}-x"}
        kind = self._dice.whole(0, 6)
        if kind == 0:
            return "not_json", orjson.dumps(broken)[:-7]
        if kind == 1:
            return "missing_field", orjson.dumps({k: v for k, v in broken.items() if k != "occurred_at"})
        if kind == 2:
            return "unknown_type", orjson.dumps({**broken, "type": "ride.exploded"})
        if kind == 3:
            return "bad_time", orjson.dumps({**broken, "occurred_at": "yesterday"})
        if kind == 4:
            return "empty", b""
        if kind == 5:
            return "not_utf8", orjson.dumps(broken).replace(b'"source":"', b'"source":"\xff')
        return "not_an_object", orjson.dumps([broken])

    def _dirt_is(self, what: str, touchpoint: dict[str, Any], **more: Any) -> None:
        event = f"{touchpoint['source']}:{touchpoint['event_id']}"
        self._truth({"kind": "dirt", "what": what, "event": event, "type": touchpoint["type"], **more})
