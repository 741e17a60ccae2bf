"""`touchline erase` as a person types it: who would be forgotten, and what it refuses."""

import json
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from support.clickhouse_standin import Standin
from support.kafka_broker import free_ports
from support.people_rows import ANN, ANNS_EMAIL, seed_people
from typer.testing import CliRunner, Result

from schemas.place import Places
from streams.run.cli import app
from streams.run.identity.erase import Receipt, _lines, receipts_of
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect


class Into:
    def __init__(self, store: Store) -> None:
        self.store = store

    def insert(self, table: str, rows: list[Any]) -> None:
        self.store.insert_rows(table, b"\n".join(map(orjson.dumps, rows)))


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    standin = Standin(tmp_path_factory.mktemp("store"))
    store = connect(standin.url)
    migrate(store, Places())
    seed_people(Into(store), int(time.time()) * 1_000)
    receipt = {"command": "x", "checked_at": 1.0, "erased": 3, "survivors": 0, "gone_by": None}
    topic = {**receipt, "store": "topic:touchpoints", "erased": 0, "survivors": None, "gone_by": 9.0}
    Into(store).insert("erasure_receipts", [topic, {**receipt, "store": "touchpoints"}])
    yield standin
    store.close()
    standin.stop()


def erase(standin: Standin, *arguments: str) -> Result:
    settings = {
        "TOUCHLINE_KAFKA": f"127.0.0.1:{free_ports(1)[0]}",
        "TOUCHLINE_CLICKHOUSE": standin.url,
        "TOUCHLINE_PSEUDONYM_KEY": "a key for tests only",
    }
    done = CliRunner().invoke(app, ["erase", *arguments], env=settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_any_identifier_names_the_whole_person_and_a_preview_forgets_nothing(standin: Standin) -> None:
    foreseen = json.loads(erase(standin, "ann@example.org", "--preview", "--json").stdout)
    assert (foreseen["person"], foreseen["touchpoints"], foreseen["visits"]) == (ANN, 68, 4)
    assert {ANN, ANNS_EMAIL, "cookie:ann-web", "wristband:w-1"} <= set(foreseen["identifiers"])
    assert erase(standin, ANN, "--preview").stdout.startswith(f"{ANN}: 68 touchpoints, 4 visits")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((ANN,), 2, "--why is missing"),
        (("customer:somebody-else", "--why", "asked for"), 1, "no touchpoint has named it"),
        ((ANN, "--why", "asked for", "--yes"), 2, "no broker answers"),
    ],
)
def test_what_cannot_be_done_is_said(standin: Standin, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = erase(standin, *arguments)
    assert (done.exit_code, said in " ".join(done.stderr.split())) == (status, True)


def test_a_receipt_tells_of_tables_then_of_topics(standin: Standin) -> None:
    store = connect(standin.url)
    assert receipts_of(store.query, "x") == [
        Receipt("touchpoints", 3, 0, None),
        Receipt("topic:touchpoints", 0, None, 9_000),
    ]
    store.close()


def test_a_receipt_is_a_table_with_what_nobody_can_read_and_why_there_is_a_date() -> None:
    letters = Receipt("rejected", 2, None, 1_700_000_000_000, 1_234, "they expire")
    receipts = [one._asdict() for one in (Receipt("touchpoints", 12_345, 0, None), letters)]
    assert _lines({"command": "x", "receipts": receipts}) == [
        "command x",
        "store        erased    survive  unreadable  gone by                   why",
        "touchpoints  12,345          0           0",
        "rejected          2  not known       1,234  2023-11-14T22:13:20.000Z  they expire",
    ]
