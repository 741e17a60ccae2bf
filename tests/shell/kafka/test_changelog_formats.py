"""Changelogs outlive releases: what a format has written is read, continued and, while it is ours, written as ever."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from support.kafka_lane import Ledger
from support.kafka_stages import CODES, HOUR, START, record, serve, touch, watermark

from streams.kafka.changelog import POSITION_KEY, UnknownFormatError, load_record, records_of
from streams.partition import Partition
from streams.validate.pseudonym import Pseudonymiser
from streams.validate.state import ValidateState

GOLDEN = Path(__file__).parents[2] / "golden"
"""One file per stage and format, never to be written again: a release that cannot read it loses somebody's state."""


def golden(stage: str, form: str = "01") -> dict[bytes, bytes]:
    lines = map(orjson.loads, (GOLDEN / f"changelog-{stage}-{form}.jsonl").read_bytes().splitlines())
    return {line["key"].encode(): bytes.fromhex(line["format"]) + line["value"].encode() for line in lines}


def new_state(stage: str) -> Partition[Any]:
    if stage == "validate":
        return ValidateState(0, pseudonymiser=Pseudonymiser(b"a key that only tests know"), clock="event")
    return CODES[stage].new_state(0)


def continued(stage: str, *log: Any) -> Ledger:
    ledger = Ledger()
    ledger.durable = golden(stage)
    serve(ledger, stage, log)
    return ledger


FORMATS = [
    *(("validate", "01"), ("load", "01")),
    *(("stitch", "01"), ("stitch", "02"), ("stitch", "03"), ("stitch", "04")),
]


@pytest.mark.parametrize(("stage", "form"), FORMATS)
def test_a_changelog_is_read_and_while_its_format_is_ours_written_byte_for_byte(stage: str, form: str) -> None:
    state, kept = new_state(stage), golden(stage, form)
    ours = bytes.fromhex(form) == state.FORMAT
    for key, value in kept.items():
        assert load_record(state, key, value) is (not ours and key != POSITION_KEY)
    state.changes = dict(state.entries)
    written = {key: value for key, value, _ in records_of(state)}
    if ours:
        assert written == kept
    assert written.keys() == kept.keys()


def test_stitch_goes_on_where_format_01_has_stopped() -> None:
    starts = touch(82, START + 730_000, "service.started", "ride")
    copy = touch(83, START, "presence.seen", "hall") | {"e": "e0"}
    ledger = continued("stitch", record(82, starts, "wristband:a"), record(83, copy, "wristband:a"))
    rows = [orjson.loads(row) for row in b"\n".join(ledger.values("rows.stays")).splitlines()]
    (stay,) = [row for row in rows if row["kind"] == "queue"]
    assert (stay["joined_at"], stay["wait_seconds"]) == ((START + 700_000) / 1_000, 30)
    counts = orjson.loads(ledger.values("rows.identifiers")[-1])
    assert (counts["touchpoints"], counts["duplicates"]) == (72, 1)


def test_load_goes_on_where_format_01_has_stopped() -> None:
    ledger = continued("load", record(20, watermark(START + HOUR, "stitch/0")))
    rows = [orjson.loads(row) for row in b"\n".join(ledger.values("rows.queue_load")).splitlines()]
    last = [row for row in rows if row["place"] == "ride"][-1]
    assert (last["waiting"], last["being_served"], last["servers"], last["posted_minutes"]) == (4, 2, 3, 12.5)
    assert {row["place"] for row in rows} == {"ride", "hall", "od\x1fd"}


def test_the_event_clock_goes_on_where_format_01_has_stopped() -> None:
    state = new_state("validate")
    for key, value in golden("validate").items():
        load_record(state, key, value)
    state.recovered()
    assert (state.offset, state.watermark, state.entries["clock"].at_ms) == (41, START, START)


class Newer(Partition[str]):
    """A stage whose format has changed: once it kept a text in upper case, now as it is."""

    FORMAT = b"\x03"

    def encode(self, entry: str) -> bytes:
        return entry.encode()

    def decode(self, _key: str, value: bytes) -> str:
        return value.decode()

    def predecessors(self) -> dict[bytes, Any]:
        return {b"\x02": lambda _, value: value.decode().lower()}


def test_the_format_before_is_read_beside_ours_and_told_to_be_written_anew() -> None:
    state = Newer(0, epoch=1, senders=1)
    assert load_record(state, b"old", b"\x02ABC") is True
    assert load_record(state, b"new", b"\x03Abc") is False
    assert state.entries == {"old": "abc", "new": "Abc"}
    state.changes = dict(state.entries)
    assert [value for _, value, _ in records_of(state)][:2] == [b"\x03abc", b"\x03Abc"]


@pytest.mark.parametrize(("key", "value"), [(b"who", b"\x01ABC"), (POSITION_KEY, b"\x04{}"), (b"who", b"")])
def test_any_other_format_is_refused_with_what_to_do_and_without_the_key(key: bytes, value: bytes) -> None:
    with pytest.raises(UnknownFormatError, match=r"reads 02, 03: .*Start the newer version") as refused:
        load_record(Newer(0, epoch=1, senders=1), key, value)
    assert "who" not in str(refused.value)
