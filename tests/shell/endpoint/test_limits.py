"""A slow or huge query costs its asker an error, and nobody else anything."""

import http.client
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.http_ask import Answer, ask

from streams.store import endpoint
from streams.store.embedded import EmbeddedStore
from streams.store.endpoint import CONCURRENT

SLOW = "SELECT sum(cityHash64(number, number)) FROM numbers(1000000000000)"
Until = Callable[[Callable[[], bool]], None]


def code(answer: Answer) -> str:
    assert answer.status >= 400
    return answer.headers["x-clickhouse-exception-code"]


def running(store: EmbeddedStore) -> int:
    queries = "SELECT query FROM system.processes WHERE query LIKE '%cityHash64(number, number)%'"
    sql = f"SELECT count() FROM ({queries}) WHERE query NOT LIKE '%system.processes%'"
    return int(store.query(sql).rows[0][0])


def test_a_query_ends_when_its_time_is_up(port: int) -> None:
    began = time.monotonic()
    answer = ask(port, SLOW)
    assert (answer.status, code(answer)) == (408, "159")
    assert time.monotonic() - began < 20


def test_a_query_may_ask_for_less_time(port: int) -> None:
    began = time.monotonic()
    assert code(ask(port, SLOW, max_execution_time="0.3")) == "159"
    assert time.monotonic() - began < 3.5


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT groupArray(number) FROM numbers(1000000000)",
        "SELECT length(arrayMap(x -> toString(x), range(100000000)))",
        "SELECT number FROM numbers(100000000) ORDER BY cityHash64(number) LIMIT 99999999, 1",
    ],
)
def test_a_query_that_wants_too_much_memory_is_refused(port: int, sql: str) -> None:
    answer = ask(port, sql)
    assert code(answer) in ("241", "396", "159")
    assert ask(port, "SELECT 1").text == "1\n"


def test_an_answer_of_too_many_rows_is_refused(port: int) -> None:
    answer = ask(port, "SELECT number FROM numbers(100001)")
    assert (answer.status, code(answer)) == (413, "396")
    assert ask(port, "SELECT number FROM numbers(100000)").body.count(b"\n") == 100_000


def test_an_answer_of_too_many_bytes_is_refused(port: int) -> None:
    assert ask(port, "SELECT repeat('x', 10000) FROM numbers(100000)").status >= 400


def test_a_slow_query_holds_up_no_other(port: int) -> None:
    with ThreadPoolExecutor(2) as askers:
        slow = [askers.submit(ask, port, SLOW) for _ in range(2)]
        time.sleep(0.3)
        began = time.monotonic()
        assert ask(port, "SELECT count() FROM queue_load").text == "100\n"
        assert time.monotonic() - began < 2
        assert all(code(future.result()) == "159" for future in slow)


def test_a_slow_query_holds_up_no_insert(port: int, store: EmbeddedStore) -> None:
    with ThreadPoolExecutor(1) as asker:
        slow = asker.submit(ask, port, SLOW)
        time.sleep(0.3)
        began = time.monotonic()
        store.insert_rows("pipeline", b'{"stage": "load", "at": 1e9}')
        assert time.monotonic() - began < 2
        slow.result()


def test_more_queries_than_may_run_take_turns(port: int) -> None:
    with ThreadPoolExecutor(3 * CONCURRENT) as askers:
        answers = list(askers.map(lambda n: ask(port, f"SELECT sleep(0.1), {n}").text, range(3 * CONCURRENT)))
    assert answers == [f"0\t{n}\n" for n in range(3 * CONCURRENT)]


def test_who_would_wait_too_long_is_told_so(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "PATIENCE_SECONDS", 0.2)
    with ThreadPoolExecutor(CONCURRENT) as askers:
        slow = [askers.submit(ask, port, "SELECT sleep(2)") for _ in range(CONCURRENT)]
        time.sleep(0.5)
        answer = ask(port, "SELECT 1")
        assert (answer.status, code(answer)) == (503, "202")
        assert [future.result().text for future in slow] == ["0\n"] * CONCURRENT


def test_a_query_whose_asker_has_gone_is_ended(port: int, store: EmbeddedStore, until: Until) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/", SLOW)
    until(lambda: running(store) == 1)
    began = time.monotonic()
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    until(lambda: running(store) == 0)
    assert time.monotonic() - began < 3  # its time is up after 4 s


def test_sessions_do_not_see_each_others_settings(port: int) -> None:
    seen: list[str] = []

    def look(number: int) -> None:
        for _ in range(10):
            answer = ask(port, "SELECT getSetting('max_block_size')", max_block_size=str(1000 + number))
            seen.append(answer.text.strip() if answer.text.strip() != str(1000 + number) else "")

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {""}
