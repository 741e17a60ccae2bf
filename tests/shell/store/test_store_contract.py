"""What every store promises, whatever is behind it."""

import threading
from datetime import datetime, timezone
from decimal import Decimal

import orjson
import pytest

from schemas.place import Places
from streams.store.client import Store
from streams.store.errors import StoreMisconfigured, StoreRefused, StoreUnavailable
from streams.store.migrate import migrate


@pytest.fixture(autouse=True)
def numbers(store: Store) -> None:
    """An empty table `numbers` (n, at)."""
    migrate(store, Places())
    store.command("DROP TABLE IF EXISTS numbers")
    store.command(
        "CREATE TABLE numbers (n UInt64, at DateTime64(3, 'UTC'), note String) ENGINE = ReplacingMergeTree ORDER BY n"
    )


def rows(*numbers: int) -> bytes:
    return b"\n".join(orjson.dumps({"n": n, "at": 1_700_000_000.123, "unknown": 1}) for n in numbers)


def count(store: Store) -> int:
    return int(store.query("SELECT count() FROM numbers", settings={"final": 0}).rows[0][0])


def test_answers_come_as_python_values_with_names_and_types(store: Store) -> None:
    answer = store.query(
        "SELECT toUInt8(1) AS n, toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC') AS at, toDecimal64('1.20', 2) AS d, "
        "CAST(NULL AS Nullable(Float64)) AS unknown"
    )
    assert answer.names == ["n", "at", "d", "unknown"]
    assert answer.types == ["UInt8", "DateTime64(3, 'UTC')", "Decimal(18, 2)", "Nullable(Float64)"]
    assert answer.rows == [(1, datetime(2026, 1, 2, 3, 4, 5, 678_000, timezone.utc), Decimal("1.20"), None)]


def test_an_answer_without_rows_still_has_names_and_types(store: Store) -> None:
    answer = store.query("SELECT n, at FROM numbers WHERE n = {n:UInt64};", {"n": 7})
    assert (answer.names, answer.types, answer.rows) == (["n", "at"], ["UInt64", "DateTime64(3, 'UTC')"], [])


def test_parameters_reach_the_engine_as_they_are(store: Store) -> None:
    text = "it's\ta \\ and\na {n:UInt8}"
    answer = store.query("SELECT {text:String}, {many:Array(String)}", {"text": text, "many": ["a'b", "c"]})
    assert answer.rows == [(text, ["a'b", "c"])]


def test_replaced_rows_never_show(store: Store) -> None:
    store.insert_rows("numbers", rows(1))
    store.insert_rows("numbers", rows(1))
    assert count(store) == 2
    assert store.query("SELECT count() FROM numbers").rows == [(1,)]


def test_unknown_fields_are_left_out_and_times_kept_to_the_millisecond(store: Store) -> None:
    store.insert_rows("numbers", rows(1))
    assert store.query("SELECT at FROM numbers").rows == [(datetime(2023, 11, 14, 22, 13, 20, 123_000, timezone.utc),)]


@pytest.mark.parametrize("bad", [b"no json", b'{"n": "x"}', b'{"at": null}', b'{"n": 1', b'{"n": -1}', b"\xff\xfe"])
def test_a_row_that_does_not_fit_is_refused(store: Store, bad: bytes) -> None:
    with pytest.raises(StoreRefused) as refused:
        store.insert_rows("numbers", b"\n".join([rows(1), bad]))
    assert refused.value.code
    assert count(store) == 0


def test_a_missing_table_is_a_matter_for_people(store: Store) -> None:
    with pytest.raises(StoreMisconfigured, match="nowhere"):
        store.insert_rows("nowhere", rows(1))


def test_a_mistake_in_a_query_is_refused_with_its_code(store: Store) -> None:
    with pytest.raises(StoreRefused, match="nope") as refused:
        store.query("SELECT nope FROM numbers")
    assert refused.value.code == 47


def test_an_answer_after_a_failed_one_begins_anew(store: Store) -> None:
    with pytest.raises(StoreRefused):
        store.query("SELECT throwIf(number = 150000) FROM numbers_mt(200000) SETTINGS max_block_size = 1000")
    assert store.query("SELECT 1 AS one").rows == [(1,)]


def test_threads_insert_and_query_at_the_same_time(store: Store) -> None:
    seen: list[int] = []
    errors: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for turn in range(5):
                store.insert_rows("numbers", rows(thread * 100 + turn))
                seen.append(count(store))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert count(store) == 30


def test_rows_for_which_there_is_no_room_are_an_outage_and_never_lost_in_silence(store: Store) -> None:
    store.command("ALTER TABLE numbers MODIFY SETTING min_free_disk_bytes_to_perform_insert = 1000000000000000000")
    with pytest.raises(StoreUnavailable, match="NOT_ENOUGH_SPACE"):
        store.insert_rows("numbers", rows(1))
    store.command("ALTER TABLE numbers RESET SETTING min_free_disk_bytes_to_perform_insert")
    store.insert_rows("numbers", rows(1))
    assert count(store) == 1
