"""Facts of places are handed on to the place."""

import orjson
import pytest

from streams.outbox import Outbox
from streams.stitch.step import step


@pytest.mark.parametrize("kind", ["wait.posted", "wait.observed", "staff.assigned", "place.opened", "place.closed"])
def test_a_fact_goes_to_its_place_as_it_came(talk, kind):
    record = talk.about(kind, 1_000, "ride", {"k": "fact", "d": {"minutes": 35}})
    talk.record(record, "place:ride")
    assert talk.sent == [record]


def test_the_place_is_the_key(talk, entry):
    out = Outbox()
    talk.state.begin(0)
    record = talk.about("wait.posted", 1_000, "café ☕", {"k": "fact", "d": {"minutes": 35}})
    step(talk.state, entry(record), out)
    [message] = out.messages
    assert (message.topic, message.key, message.value) == ("place-events", "café ☕".encode(), orjson.dumps(record))


def test_a_fact_sent_again_after_a_crash_is_handed_on_once(talk):
    record = talk.about("wait.posted", 1_000, "ride", {"k": "fact", "d": {"minutes": 35}})
    talk.record(record, "place:ride")
    talk.record(record, "place:ride")
    assert talk.sent == [record]


def test_a_fact_with_a_lot_written_into_it_is_cut_to_its_figures(talk):
    data = {"minutes": 35, "count": 2, "why": "x" * 5_000}
    record = talk.about("wait.posted", 1_000, "ride", {"k": "fact", "d": data})
    talk.record(record, "place:ride")
    assert talk.sent == [record | {"d": {"minutes": 35, "count": 2}}]
