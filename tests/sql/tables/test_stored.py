"""Stored touchpoints come back as they were sent: what a rebuild is made from says the same as the first run heard."""

from collections.abc import Callable

import orjson
import pytest
from support.touchpoints import PSEUDONYMISER, RECEIVED_MS, Said, golden, validate

from streams.kafka.cut import Cut
from streams.sources import stored
from streams.sources.stored import HOUR_MS, Span, commands, records, spans
from streams.store.client import Store
from streams.validate.state import ValidateState

Insert = Callable[..., None]
GOOD = golden("good")
LOG = {"topic": "touchpoints", "partition": 0}


def store_rows(store: Store, said: list[Said]) -> None:
    rows = [orjson.dumps(row) for one in said for row in one.rows["touchpoints"]]
    store.insert_rows("touchpoints", b"\n".join(rows))


def come_back(store: Store, *cuts: Cut) -> list[stored.StoredRecord]:
    found: list[stored.StoredRecord] = []
    for span in spans(store, cuts):
        found += records(store, span, cuts, len(found))
    return found


def without_origin(said: Said) -> list[object]:
    """Everything but where the touchpoint lies in a log; the hash of what it says must be the same."""
    return [(topic, key, {**message, "o": message["o"][4:]}) for topic, key, message in said.messages]


def test_every_example_says_the_same_again(store: Store) -> None:
    first = [validate(touchpoint, offset=number) for number, (_, touchpoint) in enumerate(GOOD)]
    store_rows(store, first)
    again = [validate(one.value, timestamp=one.timestamp) for one in come_back(store)]

    assert len({(row["source"], row["event_id"]) for said in first for row in said.rows["touchpoints"]}) == len(again)
    said_first = {said.row["source"] + said.row["event_id"]: without_origin(said) for said in reversed(first)}
    assert {said.row["source"] + said.row["event_id"]: without_origin(said) for said in again} == said_first


def test_they_come_in_order_of_time_with_the_time_of_their_first_arrival(store: Store, insert: Insert) -> None:
    for number, at in enumerate((9_000.0, 100.0, 5_000.5)):
        insert("touchpoints", {"event_id": f"e{number}", "occurred_at": at, "received_at": at + 2})
    found = come_back(store)
    assert [one.offset for one in found] == [0, 1, 2]
    assert [one.timestamp for one in found] == [102_000, 5_002_500, 9_002_000]


@pytest.mark.parametrize(
    ("row", "fed"),
    [
        ({"offset": 41, "received_at": 1_000.0}, True),
        ({"offset": 42, "received_at": 1_000.0}, False),
        ({"offset": 99, "received_at": 499.999}, True),  # of an earlier log: this one began later
        ({"offset": 99, "received_at": 500.0}, False),
        ({"offset": 99, "received_at": 1_000.0, "partition": 1}, True),  # its cut is higher
        ({"offset": 99, "received_at": 1_000.0, "partition": 2}, True),  # an empty log: all that is stored is older
        ({"offset": 99, "received_at": 1_000.0, "topic": "elsewhere"}, True),
    ],
)
def test_only_what_lies_below_the_cut_is_fed(store: Store, insert: Insert, row: dict[str, object], fed: bool) -> None:
    insert("touchpoints", {"topic": "touchpoints", "partition": 0, "occurred_at": 100.0, **row})
    cuts = (Cut(0, 42, 500_000, None), Cut(1, 100, 500_000, None), Cut(2, 0, None, None))
    assert len(come_back(store, *cuts)) == fed


def test_commands_are_given_again_as_they_were_given_in_their_order(store: Store, insert: Insert) -> None:
    order: dict[str, object] = {
        "kind": "unlink",
        "weak": "cookie:k",
        "strong": "customer:c",
        "who": "ops",
        "why": "tablet",
    }
    given = ({"command": f"u{number}", "at": at, "offset": 9 - number} for number, at in enumerate((900.0, 100.5)))
    insert("identity_commands", *({**one, **order, **LOG} for one in given))
    again = [validate(one.value, timestamp=one.timestamp, headers=one.headers) for one in commands(store, ())]
    rows = [row for said in again for row in said.rows["identity_commands"]]
    assert [(row["command"], row["at"]) for row in rows] == [("u1", 100.5), ("u0", 900.0)]
    assert all({field: row[field] for field in order} == order for row in rows)
    assert len(commands(store, (Cut(0, 9, 0, None),))) == 1


def test_quiet_hours_are_joined_and_busy_ones_cut(
    store: Store, insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_ROWS", 4)
    hours = [0, 1, 1, 30, *[50] * 9, 51]
    insert("touchpoints", *({"event_id": f"e{n}", "occurred_at": hour * 3_600 + n} for n, hour in enumerate(hours)))
    found = spans(store, ())
    assert found[0] == Span(0, 31 * HOUR_MS, 4)
    assert [span.rows for span in found] == [4, 3, 3, 4]
    assert found[1].until_ms == found[2].from_ms
    assert len(come_back(store)) == len(hours)


def test_an_empty_store_has_nothing_to_feed(store: Store) -> None:
    assert spans(store, ()) == []


def test_the_clock_never_shows_more_than_was_received() -> None:
    """A source whose clock is ahead must not take the others' time away."""
    state = ValidateState(-1, pseudonymiser=PSEUDONYMISER, clock="event")
    _, touchpoint = GOOD[0]
    validate({**touchpoint, "occurred_at": "2025-07-05T20:00:00Z"}, state, timestamp=RECEIVED_MS)
    assert state.watermark == RECEIVED_MS
