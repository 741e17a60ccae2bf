"""The HTTP protocol as curl and drivers speak it."""

import gzip
import re
import shutil
import subprocess
import zlib

import orjson
import pytest
from support.http_ask import ask


def test_a_ping_is_answered(port: int) -> None:
    for path in ("/ping", "/replicas_status"):
        assert ask(port, method="GET", path=path).text == "Ok.\n"
    assert ask(port, method="HEAD", path="/ping").status == 200


def test_nothing_asked_is_ok(port: int) -> None:
    assert ask(port, method="GET").text == "Ok.\n"


def test_a_query_may_stand_in_the_url_in_the_body_or_in_both(port: int) -> None:
    assert ask(port, method="GET", query="SELECT 1 + 1").text == "2\n"
    assert ask(port, "SELECT 1 + 1").text == "2\n"
    assert ask(port, "+ 1", query="SELECT 1").text == "2\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_gets_rows(port: int) -> None:
    command = ["curl", "-sS", f"http://127.0.0.1:{port}/", "--data-binary", "@-"]
    sql = "SELECT place, max(waiting) AS waiting FROM queue_load GROUP BY place FORMAT JSONEachRow"
    said = subprocess.run(command, input=sql.encode(), capture_output=True, check=True)
    assert orjson.loads(said.stdout) == {"place": "ride", "waiting": 99}


@pytest.mark.parametrize(
    ("answer_format", "content", "body"),
    [
        ("TabSeparated", "text/tab-separated-values; charset=UTF-8", b"7\ta\n"),
        ("CSVWithNames", "text/csv; charset=UTF-8; header=present", b'"n","t"\n7,"a"\n'),
        ("JSONEachRow", "application/x-ndjson; charset=UTF-8", b'{"n":7,"t":"a"}\n'),
        ("JSONCompactEachRow", "application/x-ndjson; charset=UTF-8", b'[7, "a"]\n'),
        ("RowBinary", "application/octet-stream", b"\x07\x01a"),
        ("Values", "text/plain; charset=UTF-8", b"(7,'a')"),
    ],
)
def test_formats_are_answered_with_their_type(port: int, answer_format: str, content: str, body: bytes) -> None:
    sql = "SELECT toUInt8(7) AS n, 'a' AS t"
    for answer in (ask(port, f"{sql} FORMAT {answer_format}"), ask(port, sql, default_format=answer_format)):
        assert (answer.body, answer.headers["content-type"]) == (body, content)
        assert answer.headers["x-clickhouse-format"] == answer_format


def test_the_format_header_counts_where_the_query_names_none(port: int) -> None:
    headers = {"X-ClickHouse-Format": "CSV"}
    assert ask(port, "SELECT 'a'", headers=headers).text == '"a"\n'
    assert ask(port, "SELECT 'a' FORMAT TSV", headers=headers).text == "a\n"


def test_a_column_called_format_is_no_format(port: int) -> None:
    answer = ask(port, "SELECT 1 AS FORMAT, 2 AS `FORMAT CSV`")
    assert (answer.text, answer.headers["x-clickhouse-format"]) == ("1\t2\n", "TabSeparated")


def test_parameters_fill_their_places(port: int) -> None:
    sql = "SELECT {n:UInt8} + 1, {t:String}, {list:Array(String)}, {gone:Nullable(Int8)}"
    answer = ask(port, sql, param_n="4", param_t="it's\\ta", param_list="['x','y']", param_gone="\\N")
    assert answer.text == "5\tit\\'s\\ta\t['x','y']\t\\N\n"


def test_parameters_may_come_as_a_form(port: int) -> None:
    fields = {"query": "SELECT length({t:String})", "param_t": "x" * 50_000}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    body = ("".join(parts) + "--b--\r\n").encode()
    assert ask(port, body, headers={"Content-Type": "multipart/form-data; boundary=b"}).text == "50000\n"


def test_settings_of_the_url_are_applied(port: int) -> None:
    assert ask(port, "SELECT number FROM numbers(10)", limit="2").text == "0\n1\n"
    assert ask(port, "SELECT getSetting('session_timezone')", session_timezone="Asia/Tokyo").text == "Asia/Tokyo\n"


def test_parameters_of_the_transport_are_no_settings(port: int) -> None:
    transport = {"session_id": "s", "wait_end_of_query": "1", "query_id": "mine", "compress": "0", "quota_key": "q"}
    answer = ask(port, "SELECT 1", send_progress_in_http_headers="1", buffer_size="1024", role="x", **transport)
    assert (answer.status, answer.text) == (200, "1\n")
    assert answer.headers["x-clickhouse-query-id"] == "mine"


def test_an_answer_says_what_it_cost(port: int) -> None:
    headers = ask(port, "SELECT count() FROM queue_load_all WHERE waiting > 0").headers
    summary = orjson.loads(headers["x-clickhouse-summary"])
    assert int(summary["read_rows"]) == 100
    assert int(summary["elapsed_ns"]) > 0
    assert headers["x-clickhouse-timezone"] == "UTC"


@pytest.mark.parametrize(
    ("sql", "status", "code", "words"),
    [
        ("SELECT nope", 404, 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT * FROM nope", 404, 60, "UNKNOWN_TABLE"),
        ("SELEC 1", 400, 62, "SYNTAX_ERROR"),
        ("SELECT throwIf(1, 'as asked')", 500, 395, "as asked"),
        ("SELECT {a:UInt8}", 400, 456, "`a`"),
        ("SELECT 1 SETTINGS no_such_setting = 1", 404, 115, "no_such_setting"),
        ("SELECT 1; SELECT 2", 400, 62, "Multi-statements are not allowed"),
    ],
)
def test_an_error_is_told_as_clickhouse_tells_it(port: int, sql: str, status: int, code: int, words: str) -> None:
    answer = ask(port, sql)
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (status, str(code))
    assert re.fullmatch(rf"Code: {code}\. DB::Exception: .*\([A-Z_]+\) \(version [\d.]+\)\n", answer.text, re.DOTALL)
    assert words in answer.text
    assert "formatQuery" not in answer.text


def test_an_unknown_setting_in_the_url_is_an_error(port: int) -> None:
    assert ask(port, "SELECT 1", no_such_setting="1").headers["x-clickhouse-exception-code"] == "115"
    assert ask(port, "SELECT 1", **{"max_threads = 64, readonly": "0"}).status == 404


def test_a_text_in_a_query_is_data_whatever_it_says(port: int) -> None:
    text = "'; DROP TABLE stays; -- INTO OUTFILE file(1) \\' /* "
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    assert ask(port, f"SELECT '{escaped}' FORMAT RawBLOB").text == text


def test_a_query_that_is_not_utf8_is_refused(port: int) -> None:
    assert ask(port, b"SELECT '\xff'").status == 400


def test_a_request_that_is_too_long_is_refused(port: int) -> None:
    assert ask(port, b"SELECT " + b"1," * 3_000_000).status == 400
    assert "Max query size" in ask(port, "SELECT '" + "x" * 400_000 + "'").text


@pytest.mark.parametrize(("name", "unpack"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_answers_are_compressed_where_the_client_wants_it(port: int, name: str, unpack: object) -> None:
    answer = ask(
        port, "SELECT repeat('x', 5000)", headers={"Accept-Encoding": f"br, {name};q=1"}, enable_http_compression="1"
    )
    assert answer.headers["content-encoding"] == name
    assert len(answer.body) < 200
    assert unpack(answer.body) == b"x" * 5_000 + b"\n"  # type: ignore[operator]


def test_answers_are_plain_where_it_does_not(port: int) -> None:
    sql = "SELECT repeat('x', 5000)"
    assert "content-encoding" not in ask(port, sql, headers={"Accept-Encoding": "gzip"}).headers
    assert "content-encoding" not in ask(port, sql, enable_http_compression="1").headers


def test_a_compressed_request_is_read(port: int) -> None:
    assert ask(port, gzip.compress(b"SELECT 5"), headers={"Content-Encoding": "gzip"}).text == "5\n"


def test_clickhouses_own_framing_is_refused_in_words(port: int) -> None:
    answer = ask(port, "SELECT 1", compress="1")
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (501, "48")
    assert "gzip" in answer.text


def test_other_databases_are_named_in_the_url_or_not_at_all(port: int) -> None:
    assert ask(port, "SELECT currentDatabase()").text == "touchline\n"
    assert ask(port, "SELECT currentDatabase()", database="default").text == "touchline\n"
    assert ask(port, "SELECT count() > 0 FROM columns", database="system").text == "1\n"
    assert ask(port, "SELECT 1", database="nope").headers["x-clickhouse-exception-code"] == "81"
    assert ask(port, "SELECT 1", database="a`; SET readonly = 0").status == 404
