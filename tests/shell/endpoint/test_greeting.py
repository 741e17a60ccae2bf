"""The bytes that Grafana's ClickHouse driver needs, held as they were when the driver (clickhouse-go) read them."""

from support.http_ask import ask

from streams.store.native import empty, greeting, varint

HELLO = "SELECT displayName(), version(), revision(), timezone()"

FRAMED = bytes.fromhex(
    "01 00 02 ffffffff 00"  # block info: no overflows, bucket -1, end
    "04 01"  # four columns, one row
    "0d 646973706c61794e616d652829 06 537472696e67 00 09 746f7563686c696e65"  # displayName() String 'touchline'
    "09 76657273696f6e2829 06 537472696e67 00 08 32362e392e322e31"  # version() String '26.9.2.1'
    "0a 7265766973696f6e2829 06 55496e743332 00 00000000"  # revision() UInt32 0
    "0a 74696d657a6f6e652829 06 537472696e67 00 03 555443"  # timezone() String 'UTC'
)


def test_the_greeting_is_framed_as_the_driver_reads_it() -> None:
    assert greeting("touchline", "26.9.2.1", "UTC") == FRAMED


def test_the_driver_is_greeted_in_its_own_frame_and_told_revision_0(port: int) -> None:
    version = ask(port, "SELECT version()").text.strip()
    answer = ask(port, HELLO, client_protocol_version="54460", database="touchline", default_format="Native")
    assert answer.status == 200
    assert answer.body == greeting("touchline", version, "UTC")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_who_does_not_ask_for_the_frame_gets_the_engines_own_answer(port: int) -> None:
    assert ask(port, HELLO).text.split("\t")[2] != "0"
    assert not ask(port, HELLO, default_format="Native").body.startswith(FRAMED[:8])


def test_later_blocks_are_plain(port: int) -> None:
    answer = ask(port, "SELECT toUInt8(7) AS n", client_protocol_version="54460", default_format="Native")
    assert answer.body == bytes.fromhex("01 01 01 6e 05 55496e7438 07")


def test_the_health_check_answers_with_one_column_named_1(port: int) -> None:
    answer = ask(port, "SELECT 1", client_protocol_version="54460", default_format="Native")
    assert answer.body == bytes.fromhex("01 01 01 31 05 55496e7438 01")


def test_no_rows_still_have_columns(port: int) -> None:
    sql = "SELECT place, waiting FROM queue_load WHERE place = {place:String}"
    answer = ask(port, sql, default_format="Native", param_place="nowhere")
    assert answer.body == empty([("place", "LowCardinality(String)"), ("waiting", "UInt32")])
    assert ask(port, sql + "\n FORMAT Native", param_place="nowhere").body == answer.body


def test_lengths_above_127_take_two_bytes() -> None:
    assert (varint(0), varint(127), varint(128), varint(300)) == (b"\x00", b"\x7f", b"\x80\x01", b"\xac\x02")
