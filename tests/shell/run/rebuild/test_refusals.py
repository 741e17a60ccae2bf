"""What a rebuild says no to before it has touched anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.place import Places
from streams.kafka.connection import Connection
from streams.kafka.ending import Failpoint
from streams.kafka.topics import RefusedError
from streams.run.rebuild.steps import Rebuild
from streams.run.settings import Settings
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect


class Nobody:
    def at(self, *_: object) -> None: ...

    def say(self, words: str) -> None: ...


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = connect(f"chdb://{Path(tmp_path_factory.mktemp('rebuild'))}")
    yield opened
    opened.close()


def check(store: Store, *, forget: bool = False, **settings: object) -> None:
    chosen = Settings(pseudonym_key="a key for tests only", **settings)  # type: ignore[arg-type]
    nowhere = Connection("127.0.0.1:1", "embedded")
    Rebuild(chosen, nowhere, store, Nobody(), forget, Failpoint()).check()


def test_a_store_without_touchpoints_is_pointed_to_migrate(store: Store) -> None:
    with pytest.raises(RefusedError, match="run `touchline migrate`"):
        check(store)


def test_a_history_that_expires_is_forgotten_only_on_demand(store: Store) -> None:
    migrate(store, Places(()))
    check(store)
    store.command("ALTER TABLE touchpoints MODIFY TTL toDateTime(received_at) + INTERVAL 9 YEAR")
    with pytest.raises(RefusedError, match=r"stored touchpoints expire here.*--forget"):
        check(store)
    check(store, forget=True)


def test_one_order_of_time_needs_one_log(store: Store) -> None:
    with pytest.raises(RefusedError, match="TOUCHLINE_CLOCK=event needs TOUCHLINE_PARTITIONS=1"):
        check(store, forget=True, clock="event", partitions=2)
