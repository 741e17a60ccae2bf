"""Very much at one key, one place or one instant: every write stays small, the speed the same, a crash harmless."""

import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import orjson
import pytest
from support.kafka_stages import HOUR, START, Scales, record, serve, touch, watermark

from streams.kafka import lane as lanes
from streams.topology import PLACE_EVENTS

MANY = 100_000
STEPS = ("queue.joined", "service.started", "service.ended", "presence.seen")


class Laps:
    """Processor seconds per lap of 10,000 records."""

    def __init__(self) -> None:
        self.ends = [time.process_time()]

    def __call__(self, offset: int) -> None:
        if offset // 10_000 >= len(self.ends):
            self.ends.append(time.process_time())

    def slowdown(self) -> float:
        seconds = [after - before for before, after in zip(self.ends, self.ends[1:], strict=False)]
        assert len(seconds) >= 9
        return min(seconds[-3:]) / min(seconds[:3])


def one_identifier(gap_ms: int) -> Iterator[Any]:
    """Hundreds of thousands of touchpoints of one wristband, a watermark behind each hundredth."""
    for number in range(MANY):
        at = START + number * gap_ms
        if number % 100 == 99:
            yield record(number, watermark(at, "validate/0"))
        else:
            yield record(number, touch(number, at, STEPS[number % 4], "ride"), "wristband:hot")


def one_place() -> Iterator[Any]:
    """A hundred thousand tokens at one place, most of them waiting to the end; some are served all the while."""
    for number in range(MANY):
        at, token = START + number * 20, number if number % 4 else number // 4
        stay = {"k": "stay", "v": number, "p": "ride", "i": f"token:ride/{token}", "n": 0, "m": "queue", "w": ""}
        served = {"st": None if number % 4 else at, "en": None, "out": "", "g": 0}
        if number % 200 == 199:
            yield record(number, watermark(at, "stitch/0"))
        else:
            yield record(number, stay | served | {"j": START + token * 20}, "ride")


@pytest.mark.parametrize("gap_ms", [20, 300])
def test_a_hundred_thousand_touchpoints_of_one_identifier_cost_the_same_each(gap_ms: int) -> None:
    ledger, laps = Scales(), Laps()
    serve(ledger, "stitch", one_identifier(gap_ms), acked=laps)
    assert laps.slowdown() < 2.5
    assert ledger.most_written < 150  # a chunk's pages of ids, evidence and recent pieces
    again = Scales()
    again.durable = dict(ledger.durable)
    serve(again, "stitch", [record(MANY, touch(MANY, START + MANY * gap_ms, "queue.left", "ride"), "wristband:hot")])
    (row,) = again.values("rows.identifiers")
    assert orjson.loads(row)["touchpoints"] == MANY - MANY // 100 + 1


def test_a_hundred_thousand_tokens_at_one_place_cost_the_same_each() -> None:
    ledger, laps = Scales(), Laps()
    serve(ledger, "load", one_place(), acked=laps)
    assert laps.slowdown() < 2.5
    assert len(ledger.durable) > 70_000
    again = Scales()
    again.durable = dict(ledger.durable)
    serve(again, "load", [record(MANY, watermark(START + MANY * 20 + 60_000, "stitch/0"))])
    last = orjson.loads(again.values("rows.queue_load")[-1].splitlines()[-1])
    served = sum(1 for number in range(0, MANY, 4) if number % 200 != 199)
    assert (last["being_served"], last["waiting"] > 55_000) == (served, True)


# -- a day passes at once ----------------------------------------------------------------------------

PEOPLE = 12_000
JOINS = [record(n, touch(n, START + n * 5, "queue.joined", "ride"), f"wristband:{n}") for n in range(PEOPLE)]
CLOSING = touch(PEOPLE, START + HOUR // 2, "place.closed", "ride") | {"k": "closing"}
BURSTS = {
    "timed_out": [record(PEOPLE, watermark(START + 24 * HOUR, "validate/0"))],
    "abandoned": [record(PEOPLE, CLOSING), record(PEOPLE + 1, watermark(START + HOUR, "validate/0"))],
}
"""What ends everybody's stay at once: a day that passes without a word of them, and a place that closes."""


@pytest.fixture(scope="module", params=BURSTS)
def calm(request: pytest.FixtureRequest) -> tuple[str, Scales]:
    """An outcome, and what a lane made of it that nothing disturbed."""
    ledger = Scales()
    serve(ledger, "stitch", [*JOINS, *BURSTS[request.param]], size=4_000)
    return request.param, ledger


def test_what_ends_everybodys_stay_at_once_is_told_in_writes_of_bounded_size(calm: tuple[str, Scales]) -> None:
    outcome, ledger = calm
    ends = [row for row in lines(ledger, "rows.stays") if f'"{outcome}"'.encode() in row]
    assert len(ends) == PEOPLE
    assert ledger.most_written <= 4_000 + 1  # a chunk's records, or a burst of timers
    assert ledger.most_said <= 5 * 4_000 + 2  # stay, its row, and the rows of identifier, customer and visit
    assert ledger.writes >= PEOPLE // 4_000 + PEOPLE // lanes.FIRES_AT_ONCE


def test_many_small_bursts_in_one_chunk_are_told_in_writes_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_AT_ONCE", 5_000)
    first = START + 6 * HOUR + 5_000  # the first who joined times out
    marks = [record(PEOPLE + n, watermark(first + 5_000 * n, "validate/0")) for n in range(1, PEOPLE // 1_000 + 1)]
    ledger = Scales()
    serve(ledger, "stitch", [*JOINS, *marks], size=1_000)
    assert sum(b'"timed_out"' in row for row in lines(ledger, "rows.stays")) == PEOPLE
    assert ledger.most_written <= 5_000 + 1  # each mark makes a thousand due; all in one write were twelve thousand


@pytest.mark.parametrize("fails", [{9}, {10}, {11, 12, 14}])
def test_a_crash_in_the_middle_of_a_burst_of_timers_is_resumed_with_the_same_outputs(
    calm: tuple[str, Scales], fails: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "TRY_AGAIN_SECONDS", 0.0)
    outcome, undisturbed = calm
    rough = Scales(fails)
    serve(rough, "stitch", [*JOINS, *BURSTS[outcome]], size=4_000)
    assert rough.loads > 1
    assert rough.durable == undisturbed.durable
    assert set(lines(rough, "rows.stays")) == set(lines(undisturbed, "rows.stays"))
    assert set(rough.values(PLACE_EVENTS)) == set(undisturbed.values(PLACE_EVENTS))


def test_snapshots_of_hours_that_pass_at_once_come_in_writes_of_bounded_size() -> None:
    stay = {"k": "stay", "v": 1, "i": "token:1", "j": START, "n": 0, "m": "queue"}
    stay |= {"st": None, "en": None, "out": "", "g": 0, "w": ""}
    people = (record(n, stay | {"p": f"line-{n}"}, f"line-{n}") for n in range(400))
    ledger = Scales()
    serve(ledger, "load", chain(people, [record(400, watermark(START + 4 * HOUR, "stitch/0"))]))
    rows = [orjson.loads(row) for row in lines(ledger, "rows.queue_load")]
    assert len(rows) >= 400 * 4 * 60
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert len({(row["place"], row["at"]) for row in rows}) == len(rows)
    assert ledger.most_said <= 2 * 2_000 + 2  # a snapshot, and how many servers the queue takes
    assert ledger.most_written <= 2_000 + 1


def lines(ledger: Scales, topic: str) -> list[bytes]:
    return b"\n".join(ledger.values(topic)).splitlines()
