"""Touchpoints for the benchmarks: people with wristbands who join, are served and leave, and people who browse."""

from collections.abc import Iterator
from datetime import datetime, timezone

import orjson

PLACES, PEOPLE = 40, 20_000
STEPS = ("queue.joined", "service.started", "service.ended", "page.viewed")


def touchpoints(count: int, now_ms: int) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) in order of time over the ten minutes before `now_ms`; about 230 bytes each."""
    start = now_ms - 600_000
    for number in range(count):
        lap, person = divmod(number, PEOPLE)
        moment = datetime.fromtimestamp((start + number * 590_000 // count) / 1_000, tz=timezone.utc)
        kind = STEPS[lap % len(STEPS)]
        touchpoint = {
            "event_id": f"{now_ms:x}-{number}",
            "source": "bench",
            "channel": "wristband",
            "type": kind,
            "occurred_at": moment.isoformat(timespec="milliseconds"),
            "identifiers": {"wristband": f"band-{person}"},
        }
        if kind == "page.viewed":
            touchpoint |= {"channel": "web", "data": {"page": f"/rides/{person % PLACES}"}}
        else:
            touchpoint |= {"place": f"ride-{person % PLACES}", "data": {"note": "as the gate said it"}}
        yield f"bench:{number}".encode(), orjson.dumps(touchpoint)
