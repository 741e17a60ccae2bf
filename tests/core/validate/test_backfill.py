"""A backfilled record becomes a row and nothing else; dead letters of an import say which line they were."""

from typing import NamedTuple

import orjson

from streams.outbox import Outbox
from streams.validate.pseudonym import Pseudonymiser
from streams.validate.state import ValidateState
from streams.validate.step import step


class Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


SALE = orjson.dumps(
    {
        "event_id": "e-1",
        "source": "till",
        "channel": "till",
        "type": "sale.made",
        "occurred_at": "2026-05-04T10:00:00Z",
        "place": "shop",
        "identifiers": {"customer": "c-1"},
        "data": {"receipt": "r", "amount": 4, "currency": "EUR"},
    }
)
LINE = ("touchline-import", b"0123456789abcdef:7")
NOW = 1_800_000_000_000


def folded(value: bytes, *headers: tuple[str, bytes]) -> tuple[ValidateState, Outbox]:
    state, out = ValidateState(0, pseudonymiser=Pseudonymiser(b"k" * 16, "h1"), clock="event"), Outbox()
    state.begin(1)
    step(state, Record(1, NOW, None, value, list(headers)), out)
    return state, out


def test_a_backfilled_record_is_a_row_and_moves_nothing():
    state, out = folded(SALE, LINE, ("touchline-backfill", b"1"))
    [row] = out.rows["touchpoints"]
    assert orjson.loads(row)["import_line"] == 7
    assert (out.messages, state.watermark) == ([], None)


def test_the_same_record_without_that_header_does_both():
    state, out = folded(SALE, LINE)
    assert out.messages
    assert state.watermark is not None


def test_a_dead_letter_names_file_and_line():
    _, out = folded(b"{oops", LINE)
    [row] = map(orjson.loads, out.rows["rejected"])
    assert (row["import_file"], row["import_line"]) == ("0123456789abcdef", 7)
