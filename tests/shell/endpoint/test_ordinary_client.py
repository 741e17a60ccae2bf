"""clickhouse-connect's ordinary HTTP client, as an analyst uses it."""

from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from streams.store.opening import connect


@pytest.fixture(scope="module")
def client(port: int) -> Iterator[Client]:
    with clickhouse_connect.get_client(host="127.0.0.1", port=port) as opened:
        yield opened


def test_it_connects_and_knows_the_server(client: Client) -> None:
    assert client.server_version.startswith("26.")
    assert client.ping()


def test_rows_come_as_python_values(client: Client) -> None:
    sql = "SELECT place, at, waiting, load FROM queue_load ORDER BY at LIMIT 2"
    answer = client.query(sql, tz_mode="aware")
    first = datetime.fromtimestamp(1_780_000_000, timezone.utc)
    assert answer.column_names == ("place", "at", "waiting", "load")
    assert answer.result_rows[0] == ("ride", first, 0, None)
    assert answer.summary["read_rows"] != "0"


def test_no_rows_have_columns(client: Client) -> None:
    answer = client.query("SELECT place, joined_at FROM stays")
    assert (answer.column_names, answer.result_rows) == (("place", "joined_at"), [])
    assert client.query("SELECT place FROM queue_load LIMIT 0").column_names == ("place",)


def test_parameters_of_both_kinds_are_bound(client: Client) -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, 678_000)  # noqa: DTZ001 - this client's default is naive UTC
    sql = "SELECT {t:String}, {n:UInt8}, {l:Array(String)}, {at:DateTime64(3)}, {d:Decimal(9, 2)}"
    text = "it's \\ a\ttab\nand {n:UInt8}"
    values = {"t": text, "n": 7, "l": ["a'b", "c"], "at": when, "d": Decimal("1.25")}
    assert client.query(sql, parameters=values).result_rows == [(text, 7, ["a'b", "c"], when, Decimal("1.25"))]
    assert client.query("SELECT %(t)s", parameters={"t": text}).result_rows == [(text,)]


def test_large_parameters_go_as_a_form(port: int) -> None:
    with clickhouse_connect.get_client(host="127.0.0.1", port=port, form_encode_query_params=True) as client:
        answer = client.query("SELECT length({t:String})", parameters={"t": "x" * 100_000})
    assert answer.result_rows == [(100_000,)]


def test_frames_and_arrow_tables_come_too(client: Client) -> None:
    sql = "SELECT place, waiting FROM queue_load ORDER BY at LIMIT 3"
    assert client.query_df(sql)["waiting"].tolist() == [0, 1, 2]
    assert client.query_arrow(sql)["waiting"].to_pylist() == [0, 1, 2]
    assert client.query_np(sql).shape == (3,)


def test_streams_of_blocks_are_read_to_the_end(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(100000)") as blocks:
        assert sum(len(block) for block in blocks) == 100_000


def test_raw_answers_are_the_bytes(client: Client) -> None:
    assert client.raw_query("SELECT 1 AS n", fmt="JSONEachRow") == b'{"n":1}\n'


def test_commands_that_read_are_answered(client: Client) -> None:
    assert client.command("SELECT count() FROM queue_load") == 100
    assert "stays" in str(client.command("SHOW TABLES"))
    assert client.command("EXISTS TABLE stays") == 1


def test_settings_are_sent_along(client: Client) -> None:
    assert client.query("SELECT number FROM numbers(5)", settings={"limit": 2}).result_rows == [(0,), (1,)]
    assert client.query("SELECT 1", settings={"max_execution_time": 900}).result_rows == [(1,)]


def test_errors_carry_their_code(client: Client) -> None:
    with pytest.raises(DatabaseError, match="UNKNOWN_IDENTIFIER") as unknown:
        client.query("SELECT nope")
    assert unknown.value.code == 47
    with pytest.raises(DatabaseError, match="READONLY") as written:
        client.command("DROP TABLE stays")
    assert written.value.code == 164


def test_an_insert_is_refused(client: Client) -> None:
    with pytest.raises(DatabaseError):
        client.insert(
            "epochs",
            [[9, datetime.fromtimestamp(0, timezone.utc), None]],
            column_names=["epoch", "started_at", "finished_at"],
        )


@pytest.mark.parametrize("compress", [True, False, "gzip", "lz4"])
def test_it_works_however_it_wants_answers_packed(port: int, compress: bool | str) -> None:
    with clickhouse_connect.get_client(host="127.0.0.1", port=port, compress=compress) as client:
        assert client.query("SELECT repeat('x', 9000)").result_rows == [("x" * 9000,)]


def test_our_own_store_port_reads_through_it(port: int) -> None:
    store = connect(f"http://127.0.0.1:{port}")
    answer = store.query(
        "SELECT place, max(waiting) FROM queue_load WHERE place = {p:String} GROUP BY place", {"p": "ride"}
    )
    assert answer.rows == [("ride", 99)]
    store.close()
