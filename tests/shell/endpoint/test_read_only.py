"""Nothing but reading this database gets through, however it is written, and the engine itself holds that too."""

from contextlib import suppress
from pathlib import Path

import pytest
from support.http_ask import Answer, ask

from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreRefused
from streams.store.guard import table_functions

READONLY, ACCESS_DENIED, SYNTAX_ERROR, SETTING_CONSTRAINT_VIOLATION = "164", "497", "62", "452"
QUERY_IS_PROHIBITED, TIMEOUT_EXCEEDED = "392", "159"

WRITING = (
    "INSERT INTO epochs VALUES (9, 1, 1)",
    "INSERT INTO epochs SELECT 9, 1, 1",
    "WITH 9 AS n INSERT INTO epochs SELECT n, 1, 1",
    "insert\ninto epochs format JSONEachRow {}",
    "DROP TABLE epochs",
    "DROP VIEW IF EXISTS stays",
    "TRUNCATE TABLE epochs",
    "ALTER TABLE epochs DELETE WHERE 1",
    "DELETE FROM epochs WHERE 1",
    "UPDATE epochs SET finished_at = NULL WHERE 1",
    "CREATE TABLE mine (n UInt8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE mine (n UInt8)",
    "CREATE FUNCTION mine AS (x) -> x",
    "CREATE USER mine",
    "ATTACH TABLE epochs",
    "DETACH TABLE epochs",
    "RENAME TABLE epochs TO mine",
    "EXCHANGE TABLES epochs AND places",
    "OPTIMIZE TABLE epochs FINAL",
    "SYSTEM FLUSH LOGS",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    "SET readonly = 0",
    "SET max_memory_usage = 0",
    "SET ROLE owner",
    "SET ROLE ALL",
    "SET profile = 'default'",
    "GRANT ALL ON *.* TO default",
    "USE system",
    "EXECUTE AS default SELECT 1",
    "BACKUP TABLE epochs TO File('/tmp/x')",
    "CHECK TABLE epochs",
    "BEGIN TRANSACTION",
    "COPY epochs TO '/tmp/x'",
)

TWO_STATEMENTS = (
    "SELECT 1; DROP TABLE epochs",
    "SELECT 1;\n\nINSERT INTO epochs VALUES (9, 1, 1)",
    "SELECT ';'; SET ROLE owner",
    "SELECT 1 /* ; */ ; DROP TABLE epochs -- ;",
)

REACHING = (
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM FiLe('/etc/passwd', 'LineAsString')",
    "SELECT * FROM `file`('/etc/passwd', 'LineAsString')",
    "SELECT * FROM \"file\"('/etc/passwd', 'LineAsString')",
    "SELECT * FROM file/**/('/etc/passwd', 'LineAsString')",
    "SELECT * FROM/**/file -- x\n ('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT (SELECT file('/etc/passwd'))",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "WITH file('/etc/passwd') AS f SELECT f",
    "SELECT 1 FROM numbers(1) WHERE file('/etc/passwd') != ''",
    "DESCRIBE TABLE file('/etc/passwd')",
    "DESC file('/etc/passwd')",
    "EXPLAIN SELECT * FROM file('/etc/passwd')",
    "SELECT * FROM view(SELECT * FROM file('/etc/passwd'))",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM urlCluster('c', 'http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/x', 'CSV', 'a String')",
    "SELECT * FROM gcs('http://127.0.0.1:1/bucket/x', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM clusterAllReplicas('default', system.one)",
    "SELECT * FROM executable('ls', 'TSV', 'x String')",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM sqlite('/tmp/x', 'y')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'e Int8')",
    "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')",
    "SELECT * FROM jdbc('x', 'y')",
    "SELECT * FROM odbc('x', 'y', 'z')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'CSV', 'a Int8')",
    "SELECT * FROM azureBlobStorage('x', 'y', 'z', 'u', 'v', 'CSV', 'a Int8')",
    "SELECT * FROM iceberg('http://127.0.0.1:1/x')",
    "SELECT * FROM deltaLake('http://127.0.0.1:1/x')",
    "SELECT * FROM dictionary('x')",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM python(x)",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM input('a Int8')",
    "SELECT * FROM filesystem('/etc')",
    "SELECT aiGenerate('x', 'y')",
    "SELECT AIClassify('x', 'y')",
    "SELECT 1 INTO OUTFILE '{outside}'",
    "SELECT 1 into /* x */ outfile '{outside}' TRUNCATE FORMAT TSV",
    "SELECT * FROM queue_load INTO OUTFILE '{outside}' AND STDOUT",
    "(SELECT 1) INTO OUTFILE '{outside}'",
    "EXPLAIN SELECT 1 INTO OUTFILE '{outside}'",
    "SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/passwd'",
    "SELECT 1 FORMAT `Template`",
    "SELECT 1 FORMAT Protobuf",
)

LOOSENING = (
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS final = 0",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT 1 SETTINGS max_execution_time = 3600",
    "SELECT 1 SETTINGS max_threads = 64",
    "SELECT 1 SETTINGS max_result_rows = 0",
    "SELECT 1 SETTINGS result_overflow_mode = 'break'",
    "SELECT 1 SETTINGS allow_ddl = 1",
    "SELECT 1 SETTINGS format_template_row = '/etc/passwd'",
)

LONG = "SELECT max(cityHash64(number, 1)) FROM numbers(1000000000000)"
LIFTING = (
    f"SELECT * FROM ({LONG} SETTINGS max_execution_time = 0)",
    f"SELECT * FROM ({LONG} SETTINGS max_execution_time = 900)",
    f"WITH ({LONG} SETTINGS max_execution_time = 900) AS longest SELECT longest",
    f"{LONG} SETTINGS profile = 'default'",
    f"SELECT * FROM ({LONG} SETTINGS profile = 'default', max_execution_time = 900)",
)


def code(answer: Answer) -> str:
    assert answer.status >= 400
    return answer.headers["x-clickhouse-exception-code"]


@pytest.mark.parametrize("sql", WRITING)
def test_a_statement_that_is_no_reading_is_refused(port: int, store: EmbeddedStore, sql: str) -> None:
    assert code(ask(port, sql)) in (READONLY, SYNTAX_ERROR)
    assert store.query("SELECT epoch FROM epochs").rows == [(1,)]


@pytest.mark.parametrize("sql", TWO_STATEMENTS)
def test_a_second_statement_is_refused(port: int, store: EmbeddedStore, sql: str) -> None:
    assert code(ask(port, sql)) == SYNTAX_ERROR
    assert store.query("SELECT epoch FROM epochs").rows == [(1,)]


@pytest.mark.parametrize("sql", REACHING)
def test_what_reaches_out_of_the_database_is_refused(port: int, tmp_path: Path, sql: str) -> None:
    answer = ask(port, sql.replace("{outside}", str(tmp_path / "outside")))
    assert code(answer) == ACCESS_DENIED
    assert b"root:" not in answer.body
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sql", LOOSENING)
def test_what_a_reader_was_given_cannot_be_loosened(port: int, sql: str) -> None:
    assert code(ask(port, sql)) in (READONLY, SETTING_CONSTRAINT_VIOLATION, ACCESS_DENIED, QUERY_IS_PROHIBITED)


@pytest.mark.parametrize("sql", LIFTING)
def test_a_part_of_a_query_cannot_have_more_than_the_whole(port: int, sql: str) -> None:
    assert code(ask(port, sql, max_execution_time="0.5")) == TIMEOUT_EXCEEDED


def test_the_url_cannot_take_the_constraints_away(port: int) -> None:
    answer = ask(port, "SELECT 1 SETTINGS max_execution_time = 0", profile="default", role="owner")
    assert code(answer) == SETTING_CONSTRAINT_VIOLATION


@pytest.mark.parametrize("sql", [*WRITING[:-1], *TWO_STATEMENTS])
def test_the_engine_refuses_without_the_guard_what_would_write(store: EmbeddedStore, sql: str) -> None:
    """The session's own rights: the second wall behind the guard."""
    with store.reader() as reader, suppress(StoreRefused):
        reader.run(sql, "TabSeparated")
    assert store.query("SELECT epoch, isNull(finished_at) FROM epochs").rows == [(1, 0)]
    assert store.query("SELECT count() FROM places").rows == [(1,)]
    with pytest.raises(StoreRefused):
        store.query("SELECT * FROM mine")


HARMLESS_IN_ITSELF = ("merge(", "eval(", "input(", "{outside}")
"""They see no more than the session may see; INTO OUTFILE is the binding's own doing, which only the guard refuses."""


@pytest.mark.parametrize(
    "sql", [sql for sql in REACHING if "SELECT * FROM" in sql and not any(word in sql for word in HARMLESS_IN_ITSELF)]
)
def test_the_engine_refuses_without_the_guard_what_would_reach_out(store: EmbeddedStore, sql: str) -> None:
    with store.reader() as reader, pytest.raises(StoreRefused):
        reader.run(sql, "TabSeparated")


def test_a_reader_sees_this_database_and_nothing_of_the_machine(port: int) -> None:
    assert ask(port, "SELECT name FROM system.databases").text == "touchline\n"
    assert code(ask(port, "SELECT * FROM default.`/etc/passwd`")) == ACCESS_DENIED
    assert code(ask(port, "SELECT * FROM system.users")) == ACCESS_DENIED


def test_settings_of_the_url_are_cut_down_to_the_caps(port: int) -> None:
    names = ("max_execution_time", "max_memory_usage", "max_threads", "max_result_rows", "readonly", "final")
    sql = "SELECT " + ", ".join(f"toFloat64(getSetting('{name}'))" for name in names)
    generous = {"max_execution_time": "600", "max_memory_usage": "0", "max_threads": "64", "max_result_rows": "x"}
    answer = ask(port, sql, readonly="0", final="0", **generous)
    assert answer.text.split() == ["4", str(256 << 20), "2", "100000", "2", "1"]
    assert ask(port, "SELECT getSetting('max_execution_time')", max_execution_time="0.5").text == "0.5\n"


def test_readers_always_get_the_last_version_of_a_row(port: int, store: EmbeddedStore) -> None:
    for version in (1, 2):
        row = b'{"epoch": 1, "identifier": "device:1", "touchpoints": %d, "version": %d}' % (version, version)
        store.insert_rows("identifiers_all", row)
    assert ask(port, "SELECT touchpoints FROM identifiers_all").text == "2\n"
    assert ask(port, "SELECT count() FROM identifiers").text == "1\n"


READING = (
    "SELECT 1",
    "  -- a comment\n/* another */ SELECT 1",
    "(SELECT 1) UNION ALL (SELECT 1)",
    "WITH t AS (SELECT 1) SELECT * FROM t",
    "FROM queue_load SELECT count()",
    "SELECT 1;",
    "SHOW TABLES",
    "SHOW CREATE TABLE stays",
    "DESCRIBE TABLE stays",
    "DESC queue_load",
    "EXISTS TABLE stays",
    "EXPLAIN SELECT * FROM stays",
    "SELECT * FROM numbers(3)",
    "SELECT * FROM values('a UInt8', 1, 2)",
    "SELECT * FROM generateSeries(1, 3)",
    "SELECT * FROM view(SELECT 1)",
    "SELECT windowFunnel(10)(toDateTime(at), waiting > 1) FROM queue_load",
    "SELECT name AS file, unit AS url FROM metrics WHERE file IN ('a') AND url IN ('b')",
    "WITH file AS (SELECT 1) SELECT * FROM file",
    "SELECT count() FROM system.columns WHERE table = 'stays'",
    "SELECT name, value FROM system.settings LIMIT 2",
    "SELECT * FROM queue_load LIMIT 1 SETTINGS additional_table_filters = {'queue_load': 'waiting > 3'}",
    "SELECT 'INTO OUTFILE; DROP TABLE stays' AS `INTO OUTFILE`",
)


@pytest.mark.parametrize("sql", READING)
def test_what_reads_is_answered(port: int, sql: str) -> None:
    answer = ask(port, sql)
    assert (answer.status, answer.body[:0]) == (200, b"")


def test_the_engine_tells_which_table_functions_it_has(store: EmbeddedStore) -> None:
    with store.reader() as reader:
        assert {"file", "url", "s3", "remote", "executable", "numbers"} <= table_functions(reader)
