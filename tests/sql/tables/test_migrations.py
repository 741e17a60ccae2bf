"""A store is made and brought up to date by numbered files."""

import hashlib
import re
from collections.abc import Iterator

import pytest

from schemas.place import Place, Places
from streams.store import migrate as module
from streams.store.client import Store
from streams.store.errors import StoreMisconfigured
from streams.store.migrate import Migration, migrate, migrations
from streams.store.opening import connect


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A database of its own in the engine that this process has open."""
    opened = connect(f"chdb://{tmp_path_factory.mktemp('fresh')}")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def empty() -> None:
    """The tables of the shared store are not touched here."""


def also(*more: Migration) -> list[Migration]:
    return [*migrations(), *more]


def migration(name: str, statement: str) -> Migration:
    return Migration(name, statement, hashlib.sha256(statement.encode()).hexdigest())


def test_everything_is_applied_once_in_the_order_of_its_numbers(fresh: Store) -> None:
    applied = migrate(fresh, Places())
    assert applied == sorted(applied)
    assert len(applied) == len(migrations())
    assert migrate(fresh, Places()) == []


def test_every_number_is_used_once_and_every_file_holds_one_statement() -> None:
    names = [found.name for found in migrations()]
    assert len({name[:3] for name in names}) == len(names)
    assert not any(";" in re.sub(r"'[^']*'", "", found.statement) for found in migrations())


def test_a_later_file_is_applied_to_a_store_that_has_the_others(fresh: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(fresh, Places())
    later = migration("900_later.sql", "CREATE TABLE later (n UInt8) ENGINE = MergeTree ORDER BY n")
    monkeypatch.setattr(module, "migrations", lambda: also(later))
    assert migrate(fresh, Places()) == ["900_later.sql"]
    assert fresh.query("SELECT count() FROM later").rows == [(0,)]


def test_a_file_that_changed_after_it_was_applied_is_refused(fresh: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(fresh, Places())
    first, *rest = migrations()
    monkeypatch.setattr(module, "migrations", lambda: [first._replace(checksum="other"), *rest])
    with pytest.raises(StoreMisconfigured, match=first.name):
        migrate(fresh, Places())


def test_a_store_of_a_newer_program_is_refused(fresh: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(fresh, Places())
    monkeypatch.setattr(module, "migrations", lambda: migrations()[:-1])
    with pytest.raises(StoreMisconfigured, match=migrations()[-1].name):
        migrate(fresh, Places())


def test_a_crash_between_a_statement_and_its_note_does_no_harm(fresh: Store) -> None:
    fresh.command(migrations()[0].statement)
    assert migrate(fresh, Places())[0] == migrations()[0].name


def test_places_follow_their_file(fresh: Store) -> None:
    migrate(fresh, Places((Place(id="a", name="A"), Place(id="b"))))
    migrate(fresh, Places((Place(id="a", name="new"), Place(id="c", within="a"))))
    assert fresh.query("SELECT id, name, within FROM places ORDER BY id").rows == [("a", "new", ""), ("c", "", "a")]


def test_places_that_have_not_changed_are_not_written_again(fresh: Store) -> None:
    places = Places((Place(id="a", opens="09:30", closes="18:00", lat=1.5, lon=-2.5, levers=("x", "y")),))
    for _ in range(3):
        migrate(fresh, places)
    assert fresh.query("SELECT count() FROM places", settings={"final": 0}).rows == [(1,)]
    row = fresh.query("SELECT opens, closes, lat, lon, levers, servers FROM places").rows
    assert row == [("09:30:00", "18:00:00", 1.5, -2.5, ["x", "y"], None)]
