"""No line of any log tells anything of a person, whatever is sent and whatever goes wrong with it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.road import Road

pytestmark = pytest.mark.slow

SECRETS = {
    "email": "Anna.Privat@example.org",
    "phone": "+4917612345678",
    "loyalty_card": "LC-998877",
    "wristband": "WB-556677",
    "name": "Annegret Geheim",
    "token": "sk_live_verysecret",
}
TRACES = [*SECRETS.values(), "anna.privat", "17612345678", "998877", "556677", "Geheim", "verysecret"]


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with Road(tmp_path, settings={"TOUCHLINE_REJECT_LIMIT": "0", "TOUCHLINE_METRICS_PORT": "0"}) as road:
        yield road


def touch(number: int, **change: Any) -> bytes:
    touchpoint = {
        "event_id": f"e{number}",
        "source": "gate",
        "channel": "wristband",
        "type": "queue.joined",
        "occurred_at": "2026-01-01T10:00:00Z",
        "identifiers": {name: SECRETS[name] for name in ("email", "phone", "loyalty_card", "wristband")},
        "place": "comet",
        "data": {"name": SECRETS["name"], "token": SECRETS["token"]},
    }
    return orjson.dumps({**touchpoint, **change})


GOOD = [touch(1), touch(2, type="service.started"), touch(1), touch(1, place="other")]
BAD = [
    touch(3, occurred_at=SECRETS["email"]),
    touch(4, identifiers={SECRETS["email"]: SECRETS["phone"]}),
    touch(5, channel=SECRETS["name"]),
    touch(6, type=SECRETS["token"]),
    touch(7, source=SECRETS["email"]),
    touch(8, data=SECRETS["name"]),
    touch(9, amount=SECRETS["phone"]),
    touch(10, **{SECRETS["token"]: SECRETS["email"]}),
    SECRETS["email"].encode(),
    touch(11)[:-9],
    b"\xff" + touch(12),
    touch(13, place=SECRETS["phone"] * 200),
    touch(14, data={SECRETS["name"]: ["x" * 100_000]}),
]


def send(road: Road, records: list[bytes]) -> None:
    """As a service that does not check what it sends."""
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=road.servers, enable_idempotence=False)
    for record in records:
        producer.send("touchpoints", record)
    producer.flush(30)
    producer.close()


def test_no_log_tells_of_a_person(road: Road) -> None:
    send(road, GOOD + BAD)
    road.until(lambda: road.query("SELECT count() FROM rejected")[0][0] >= 8, 60, "the bad ones are dead letters")
    road.until(lambda: road.query("SELECT count() FROM touchpoints")[0][0] >= 2, 60, "the good ones are stored")
    ((last,),) = road.query("SELECT max(offset) FROM rejected")
    for part in ("worker", "store"):
        road.kill(part)
    send(road, GOOD + BAD)
    road.until(lambda: road._answers(), 60, "the store is back")
    road.until(lambda: road.query("SELECT max(offset) FROM rejected")[0][0] > last, 90, "the worker is back")
    road.stop()
    said = {log.name: log.read_text() for log in (road.folder / "logs").iterdir()}
    assert all(said[f"{part}.log"] for part in ("worker", "store"))
    found = [(name, trace) for name, text in said.items() for trace in TRACES if trace.lower() in text.lower()]
    assert found == []


STORE_WORDS = (
    "Code: {code}. DB::Exception: Cannot parse '{email}': while reading the value of key occurred_at: "
    "(at row 1): {{name: {name}}}. (SOME_ERROR)"
)


@pytest.mark.parametrize("code", [27, 99_999])
def test_what_the_store_says_of_a_row_is_in_no_log(code: int) -> None:
    """27: data that does not fit; 99999: an error that nobody knows, so that the insert is tried again."""
    words = STORE_WORDS.format(code=code, **SECRETS)
    program = f"""
import asyncio
from schemas.rows import ROWS
from streams.run import logs
from streams.sink.batch import Batch, RowRecord
from streams.sink.run import TableSink
from streams.store.errors import insert_error
logs.configure()
class Store:
    def insert_rows(self, *_):
        raise insert_error({code}, {words!r})
async def letters(rows): ...
table = TableSink(ROWS["stays"], Store(), letters)
batch = Batch("stays_all", "rows.stays", (RowRecord(1, 1, b"{{}}"),))
try:
    asyncio.run(asyncio.wait_for(table._store_batch(batch), 1))
except asyncio.TimeoutError:
    print(table.trouble)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert str(code) in done.stderr
    assert [trace for trace in TRACES if trace in done.stderr + done.stdout] == []
