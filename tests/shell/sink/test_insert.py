"""An insert is tried until it is stored: the same bytes, longer and longer pauses, one line said."""

import asyncio

import pytest
from structlog.testing import capture_logs

from streams.sink.insert import LONGEST_PAUSE_SECONDS, until_stored
from streams.store.errors import StoreError, StoreMisconfigured, StoreRefused, StoreUnavailable


class Answers:
    """A store that gives these answers in turn; None: stored."""

    database = "touchline"

    def __init__(self, *answers: StoreError | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bytes]] = []

    def insert_rows(self, table: str, ndjson: bytes) -> None:
        self.asked.append((table, ndjson))
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer


def insert(store: Answers) -> list[float]:
    """Returns the pauses that were made."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    asyncio.run(until_stored(store, "t", b"rows", pause=pause))  # type: ignore[arg-type]
    return pauses


def test_what_is_stored_at_once_is_sent_once() -> None:
    store = Answers(None)
    assert insert(store) == []
    assert store.asked == [("t", b"rows")]


def test_an_outage_is_waited_out_with_the_same_bytes() -> None:
    store = Answers(*[StoreUnavailable("away")] * 9, None)
    pauses = insert(store)
    assert store.asked == [("t", b"rows")] * 10
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_a_misconfigured_store_is_waited_for_as_well() -> None:
    store = Answers(StoreMisconfigured("no table"), None)
    with capture_logs() as said:
        insert(store)
    assert [(line["log_level"], line.get("reason")) for line in said] == [("error", "no table"), ("info", None)]


def test_an_outage_is_one_line_and_its_end_another() -> None:
    with capture_logs() as said:
        insert(Answers(*[StoreUnavailable("away\nTraceback: ...")] * 20, None))
    assert [line["event"] for line in said] == [
        "the store does not answer; trying again",
        "the store takes rows again",
    ]
    assert said[0]["reason"] == "away"


def test_a_refused_batch_is_not_tried_again() -> None:
    store = Answers(StoreRefused(27, "bad"))
    with pytest.raises(StoreRefused):
        insert(store)
    assert len(store.asked) == 1
