"""Finished waits: those folded for good and those still on the line are the waits of the oracle at any moment."""

import random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.stitch_log import Log, random_log
from support.stitch_oracle import read, row_of, stays_of
from support.stitch_world import HOUR, LIMITS, PLACES, LogEntry

from streams.outbox import Outbox
from streams.stitch import whereabouts
from streams.stitch.actor import Actor
from streams.stitch.content import totals_of
from streams.stitch.identity.holder import is_leased
from streams.stitch.identity.leased import has_line, held_of, sum_of
from streams.stitch.identity.stable import total_of
from streams.stitch.identity.stays import with_waits
from streams.stitch.state import TIMER_WAIT_MS, StitchState
from streams.stitch.stay import Stay
from streams.stitch.step import fire, step
from streams.stitch.waits import Wait, waits_of, waits_on_line

BAND = "wristband:a"


def waits_in(state: StitchState, thing: str) -> tuple[int, int]:
    """(how many, ms) in what everybody has of it, themselves included."""
    actor = state.actor(thing)
    if actor is None:
        return 0, 0
    if is_leased(thing):
        holders = {"", *state.slices.get(thing, ())}
        if has_line(actor):
            holders.update(held_of(state, thing, actor).holders())
        sums = {holder: sum_of(state, thing, actor, holder) for holder in holders}
    else:
        sums = {actor.identity.holder: total_of(state, thing, actor)}
    told = [totals_of(with_waits(state, thing, actor, holder, content)) for holder, content in sums.items()]
    return sum(one.waits for one in told), sum(one.wait_ms for one in told)


def again(state: StitchState) -> StitchState:
    """As it comes back from the changelog."""
    after = StitchState(0, epoch=1, senders=1, **LIMITS)
    for key, entry in state.entries.items():
        after.entries[key] = after.decode(key, state.encode(entry))
    after.resume(orjson.loads(orjson.dumps(state.position())))
    after.recovered()
    return after


def hear(state: StitchState, offset: int, key: str, message: dict[str, Any]) -> None:
    state.begin(offset)
    step(state, LogEntry(offset, 0, key.encode(), orjson.dumps(message)), Outbox())
    while fire(state, Outbox(), 5):
        pass
    state.settle()


def truth(log: Log) -> dict[str, tuple[int, int]]:
    known = read(log, lateness_ms=LIMITS["lateness_ms"], window_ms=LIMITS["window_ms"], currency="EUR")
    as_of = None if known.watermark is None else known.watermark - TIMER_WAIT_MS
    waits = {}
    for thing, told in known.told.items():
        stays = stays_of(thing, told, [], PLACES, as_of)
        found = [row_of(thing, stay)["wait_seconds"] for stay in stays]
        waits[thing] = (len(found) - found.count(None), round(sum(wait or 0 for wait in found) * 1000))
    return waits


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 40), st.sampled_from([4, 16, 40, 120]), st.sampled_from([HOUR, 8 * HOUR, 72 * HOUR]))
def test_folded_and_on_the_line_they_are_the_waits_of_the_oracle_at_any_moment(seed, many, span):
    rnd = random.Random(seed)
    log = [one for one in random_log(rnd, delay=HOUR, span=span, many=many) if one[1]["k"] != "closing"]
    state = StitchState(0, epoch=1, senders=1, **LIMITS)
    moments = {*rnd.sample(range(len(log)), min(4, len(log))), len(log) - 1}
    for offset, (key, message) in enumerate(log):
        hear(state, offset, key, message)
        if offset in moments:
            now = truth(log[: offset + 1])
            assert {thing: waits_in(state, thing) for thing in now} == now
            state = again(state)
            assert {thing: waits_in(state, thing) for thing in now} == now


def test_whose_waits_have_changed_is_told_whenever_one_has(monkeypatch):
    changed: list[tuple[str, set[int]]] = []
    monkeypatch.setattr(whereabouts, "waits_changed", lambda _, key, __, joined: changed.append((key, set(joined))))
    state = StitchState(0, epoch=1, senders=1, **LIMITS)
    about = {"k": "touch", "h": 1, "s": "gate", "c": "wristband", "i": {}, "p": "ride", "d": {}}

    def touch(offset: int, kind: str, at: int) -> None:
        origin = ["touchpoints", 0, offset, 0, at, "0" * 16]
        hear(state, offset, BAND, about | {"o": origin, "e": str(offset), "y": kind, "t": at})

    touch(0, "queue.joined", 1_000)
    assert changed == []
    touch(1, "service.started", 61_000)
    touch(2, "service.ended", 71_000)
    touch(3, "service.started", 31_000)
    assert changed == [(BAND, {1_000}), (BAND, {1_000})]
    hear(state, 4, "", {"k": "wm", "f": "validate/0", "t": 5 * HOUR})
    assert len(changed) == 2


STAYS: list[tuple[Stay, list[Wait]]] = [
    (("ride", 1_000, 0, "queue", 5_000, None, "", 0, "", 9_000), [(1_000, 4_000)]),
    (("ride", 1_000, 0, "queue", 5_000, 7_000, "served", 0, "", 9_000), [(1_000, 4_000)]),
    (("ride", 1_000, 0, "queue", 1_000, 7_000, "served", 0, "", 9_000), [(1_000, 0)]),
    (("ride", 1_000, 0, "queue", None, 7_000, "abandoned", 1, "", 9_000), [(1_000, 6_000)]),
    (("ride", 1_000, 0, "queue", None, 9_000, "timed_out", 1, "", 9_000), [(1_000, 8_000)]),
    (("ride", 1_000, 0, "queue", None, 7_000, "served", 1, "", 9_000), []),
    (("ride", 1_000, 0, "queue", None, None, "", 0, "", 9_000), []),
    (("ride", 1_000, 0, "presence", None, 7_000, "left", 0, "", 9_000), []),
    (("sales", 1_000, 0, "menu", None, 7_000, "abandoned_before_queue", 0, "", 7_000), []),
]


@pytest.mark.parametrize(("stay", "waits"), STAYS)
def test_a_wait_is_finished_once_served_or_given_up(stay, waits):
    assert waits_of([stay]) == waits


def test_somebody_without_a_line_is_not_given_one_to_look_for_waits():
    state, actor = StitchState(0, epoch=1, senders=1, **LIMITS), Actor()
    assert waits_on_line(state, BAND, actor) == []
    assert state._lines == {}


def test_a_wait_that_has_timed_out_is_told_where_it_has_been_forgotten_in_between(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    assert talk.rows["customers"][-1]["waits"] == 0
    talk.restart()
    talk.watermark(1_000 + HOUR + 6_000)
    assert (talk.rows["customers"][-1]["waits"], talk.rows["customers"][-1]["wait_seconds"]) == (1, 3_600)


def test_a_service_that_has_timed_out_and_was_told_to_go_on_is_one_wait(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "service.started", 61_000, "ride")
    talk.restart()
    talk.state.hear("validate/0", 3 * HOUR)
    assert waits_on_line(talk.state, BAND, talk.state.actor(BAND)) == [(1_000, 60_000)]
