"""Dead letters found by filters, counted and read with their exact bytes, on the real engine."""

import time
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import pytest
from support.engine import Engine

from streams.run.rejected import letters as rejected_letters
from streams.run.rejected.letters import Filter, Position, causes, letters, read_position, read_time, total

NOW = int(time.time()) - 1_000
NAME = ("topic", "partition", "offset", "row", "rejected_at")


def letter(offset: int, **changes: Any) -> dict[str, Any]:
    row = {
        "topic": "touchpoints",
        "partition": 0,
        "offset": offset,
        "row": "",
        "rejected_at": NOW + offset / 10,
        "reason": "missing_field",
        "field": "place",
        "detail": "place is missing",
        "source": "gate",
        "payload": b64encode(b"\xff\x00%d" % offset).decode(),
    }
    return {**row, **changes}


def dealt_with(row: dict[str, Any], action: str = "discarded") -> dict[str, Any]:
    return {**{name: row[name] for name in NAME}, "at": NOW + 900.0, "action": action, "by": "ops"}


@pytest.fixture
def rows(engine: Engine) -> list[dict[str, Any]]:
    made = [
        letter(1),
        letter(2, source="till", field="data.amount", reason="bad_value"),
        letter(3),
        letter(3, topic="rows.stays", row="2", reason="store_refused", field="nth", source=""),
        letter(3, topic="rows.stays", row="3", reason="store_refused", field="nth", source=""),
        letter(9),
    ]
    engine.insert("rejected", made)
    engine.insert("rejected_audit", [dealt_with(made[2], "fixed")])
    return made


def found(engine: Engine, wanted: Filter) -> list[tuple[int, str]]:
    return [(one.position.offset, one.position.row) for one in letters(engine.store, wanted)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), [(1, ""), (2, ""), (3, "2"), (3, "3"), (9, "")]),
        (Filter(done=True), [(1, ""), (2, ""), (3, "2"), (3, "3"), (3, ""), (9, "")]),
        (Filter(reasons=("bad_value", "store_refused")), [(2, ""), (3, "2"), (3, "3")]),
        (Filter(sources=("",)), [(3, "2"), (3, "3")]),
        (Filter(fields=("place",)), [(1, ""), (9, "")]),
        (Filter(topics=("rows.stays",)), [(3, "2"), (3, "3")]),
        (Filter(since_ms=NOW * 1_000 + 200, until_ms=NOW * 1_000 + 900), [(2, ""), (3, "2"), (3, "3")]),
        (Filter(positions=(Position("rows.stays", 0, 3, "3"), Position("touchpoints", 0, 1))), [(1, ""), (3, "3")]),
        (Filter(positions=(Position("touchpoints", 0, 3),)), []),
        (Filter(positions=(Position("touchpoints", 0, 3),), done=True), [(3, "")]),
    ],
)
def test_a_filter_finds_what_it_says(
    engine: Engine, rows: Iterable[dict[str, Any]], wanted: Filter, expected: list[tuple[int, str]]
) -> None:
    assert sorted(found(engine, wanted)) == sorted(expected)
    assert total(engine.store, wanted) == len(expected)


def test_the_bytes_are_exact_and_the_deed_is_told(engine: Engine, rows: list[dict[str, Any]]) -> None:
    (one,) = letters(engine.store, Filter(positions=(Position("touchpoints", 0, 3),), done=True))
    assert (one.payload, one.dealt_with, one.reason, one.field) == (b"\xff\x003", "fixed", "missing_field", "place")
    assert one.rejected_ms == NOW * 1_000 + 300


def test_pages_follow_each_other_in_order_of_time(
    engine: Engine, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(letters(engine.store, Filter(done=True)))
    monkeypatch.setattr(rejected_letters, "PAGE_LETTERS", 2)
    assert list(letters(engine.store, Filter(done=True))) == whole
    assert [one.rejected_ms for one in whole] == sorted(one.rejected_ms for one in whole)


def test_causes_are_counted_with_the_newest_as_sample(engine: Engine, rows: list[dict[str, Any]]) -> None:
    first, *others = causes(engine.store, Filter(done=True))
    assert (first.reason, first.field, first.source, first.total, first.dealt_with) == (
        "missing_field", "place", "gate", 3, 1,
    )  # fmt: skip
    assert (str(first.sample), first.newest_ms) == ("touchpoints/0/9", NOW * 1_000 + 900)
    assert [(cause.reason, cause.total) for cause in others] == [("store_refused", 2), ("bad_value", 1)]
    assert str(others[0].sample) == "rows.stays/0/3/3"


def test_nothing_of_a_value_gets_into_the_question(engine: Engine, rows: list[dict[str, Any]]) -> None:
    assert found(engine, Filter(sources=("' OR 1 = 1 --",), positions=(Position("x' OR '1", 0, 1),))) == []


def test_a_position_and_a_time_are_read_as_they_are_shown() -> None:
    for position in (Position("touchpoints", 1, 20), Position("rows.stays", 0, 3, "17")):
        assert read_position(str(position)) == position
    assert read_time("2026-03-01T10:15:00Z", 0) == 1_772_360_100_000
    assert [read_time(text, 10**12) for text in ("30m", "2h", "1d")] == [
        10**12 - n for n in (1_800_000, 7_200_000, 86_400_000)
    ]
    for wrong in ("touchpoints", "touchpoints/0", "a/b/c"):
        with pytest.raises(ValueError, match="topic/partition/offset"):
            read_position(wrong)
    with pytest.raises(ValueError, match="RFC 3339"):
        read_time("yesterday", 0)
