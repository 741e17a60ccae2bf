"""The product's own tables on the real engine."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from schemas.place import Place, Places, ServiceLevel
from schemas.rows import ROWS
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect

PLACES = Places(
    (
        Place(id="resort", kind="area", name="The resort", site="resort"),
        Place(id="ride", within="resort", capacity=40, servers=2, target_wait_seconds=600, levers=("virtual queue",)),
        Place(
            id="hotline",
            kind="call_queue",
            service_level=ServiceLevel(goal=0.9, within_seconds=30, short_abandon_seconds=10),
        ),
    )
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = connect(f"chdb://{tmp_path_factory.mktemp('store')}")
    migrate(opened, PLACES)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def empty(store: Store) -> None:
    for table in ROWS.values():
        if table.name != "epochs":
            store.command(f"TRUNCATE TABLE {table.stored_in}")
    for name in ("receipts", "erasure_receipts", "erased"):
        store.command(f"TRUNCATE TABLE {name}")


@pytest.fixture
def insert(store: Store) -> Callable[..., None]:
    """Insert rows of one table, each made of the defaults below and what is given."""
    count = iter(range(1_000_000))

    def insert_rows(table: str, *rows: dict[str, Any]) -> None:
        lines = [orjson.dumps({**DEFAULTS.get(table, {}), "version": next(count), **row}) for row in rows]
        store.insert_rows(ROWS[table].stored_in, b"\n".join(lines))

    return insert_rows


DEFAULTS: dict[str, dict[str, Any]] = {
    "stays": {"epoch": 1, "place": "ride", "identifier": "wristband:1", "kind": "queue", "joined_at": 100.0},
    "queue_load": {"epoch": 1, "place": "ride", "at": 100.0},
    "staffing": {"epoch": 1, "place": "ride", "at": 100.0},
    "identifiers": {"epoch": 1, "identifier": "wristband:1", "touchpoints": 1},
    "customers": {"epoch": 1, "customer": "customer:1", "touchpoints": 1},
    "visits": {"epoch": 1, "customer": "customer:1", "started_at": 100.0, "ended_at": 160.0, "covers_until": 1_960.0},
    "identity_links": {"epoch": 1, "identifier": "email:1", "holder": "customer:1", "customer": "customer:1"},
    "identity_ledger": {"epoch": 1, "identifier": "email:1", "change": "link", "known_at": 100.0},
    "touchpoints": {
        "source": "app",
        "event_id": "e1",
        "type": "page.viewed",
        "occurred_at": 1_780_000_000.5,
        "received_at": 1_780_000_001.0,
        "topic": "touchpoints",
    },
}
