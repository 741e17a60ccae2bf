"""Opening and closing a store: which URLs are right, who may open it, what a closed one says."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreUnavailable
from streams.store.opening import connect


@pytest.mark.parametrize("url", ["chdb://", "chdb:///", "sqlite:///x", "localhost:8123", "http://", ""])
def test_another_url_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match=r"chdb:///"):
        connect(url)


def test_a_password_in_a_wrong_url_is_not_repeated() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - its text is what is looked at
        connect("ftp://user:secret@host")
    assert "secret" not in str(refused.value)


def test_a_server_that_is_away_is_met_at_the_first_use_only() -> None:
    store = connect("http://127.0.0.1:1")
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1"):
        store.query("SELECT 1")


def test_a_second_process_is_told_who_has_the_store(embedded_path: Path) -> None:
    store = connect(f"chdb://{embedded_path}")
    code = f"from streams.store.opening import connect; connect('chdb://{embedded_path}')"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    store.close()
    assert "open in another process" in other.stderr


def test_what_was_stored_is_there_when_it_is_opened_again(embedded_path: Path) -> None:
    store = connect(f"chdb://{embedded_path}")
    store.command("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
    store.insert_rows("t", b'{"n": 1}')
    store.close()
    again = connect(f"chdb://{embedded_path}")
    assert again.query("SELECT n FROM t").rows == [(1,)]
    again.close()


def test_closing_waits_for_the_call_that_is_running(embedded_path: Path) -> None:
    store = EmbeddedStore(embedded_path)
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(store.query("SELECT sleep(1)").rows))
    thread.start()
    while not store.query("SELECT count() FROM system.processes WHERE query LIKE '%sleep(1)%'").rows[0][0] > 1:
        pass
    store.close()
    thread.join()
    assert answers == [[(0,)]]


def test_a_closed_store_is_unavailable(embedded_path: Path) -> None:
    store = EmbeddedStore(embedded_path)
    store.close()
    for call in (lambda: store.query("SELECT 1"), lambda: store.insert_rows("t", b"{}"), store.reader):
        with pytest.raises(StoreUnavailable, match="closed"):
            call()


def test_the_engine_keeps_to_two_cores(embedded_path: Path) -> None:
    store = connect(f"chdb://{embedded_path}")
    pools = store.query("SELECT name, value FROM system.server_settings WHERE name LIKE 'background%pool_size'").rows
    threads = store.query("SELECT getSetting('max_threads')").rows
    merges = store.query(
        "SELECT value FROM system.merge_tree_settings "
        "WHERE name = 'number_of_free_entries_in_pool_to_lower_max_size_of_merge'"
    ).rows
    store.close()
    assert all(int(value) <= 4 for _, value in pools)
    assert threads == [(2,)]
    assert merges == [("1",)]


def test_times_are_utc_wherever_the_machine_stands(embedded_path: Path) -> None:
    code = (
        "from streams.store.opening import connect; "
        f"print(connect('chdb://{embedded_path}').query('SELECT timezone(), toStartOfHour(toDateTime(0))').rows)"
    )
    environment = {"TZ": "Asia/Tokyo", "PATH": "/usr/bin:/bin"}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert "'UTC', datetime.datetime(1970, 1, 1, 0, 0" in said.stdout
