"""The rows that the real stages say of random worlds are those that the exact views reckon from the touchpoints."""

from collections.abc import Callable

import pytest
from support.identity_world import random_world
from support.world_rows import at_the_end, fill, rows_said

from schemas.place import Places
from streams.store.client import Store
from streams.store.migrate import migrate

Insert = Callable[..., None]
ZONES = ("UTC", "Australia/Lord_Howe")
WORLDS = 80
"""In each zone."""

CUSTOMERS = """
SELECT customer, first_seen, last_seen, touchpoints, visits, orders, amount, other_currencies, is_returning, waits,
       round(wait_seconds, 3), consents, arraySort(audiences)
FROM {} ORDER BY customer"""
VISITS = """
SELECT customer, started_at, ended_at, covers_until, touchpoints, channels, places, bookings, amount, waits,
       round(wait_seconds, 3)
FROM {} ORDER BY customer, started_at"""


@pytest.mark.parametrize("zone", ZONES)
def test_live_rows_and_exact_views_agree(store: Store, insert: Insert, zone: str) -> None:
    migrate(store, Places(), timezone=zone)
    worlds = {str(seed): random_world(seed)._replace(zone=zone) for seed in range(5_000, 5_000 + WORLDS)}
    fill(insert, {name: rows_said(world, name) for name, world in worlds.items()})
    for live, exact, sql in (("customers", "customers_exact", CUSTOMERS), ("visits", "visits_exact", VISITS)):
        told, right = store.query(sql.format(live)).rows, store.query(sql.format(exact)).rows
        assert [row for row in told if row not in right] == []
        assert [row for row in right if row not in told] == []
    migrate(store, Places())


def test_open_conflicts_are_those_of_the_oracle(store: Store, insert: Insert) -> None:
    worlds = {str(seed): random_world(seed) for seed in range(7_000, 7_060)}
    fill(insert, {name: rows_said(world, name) for name, world in worlds.items()})
    right = []
    for name, world in worlds.items():
        identity = at_the_end(world).identity
        for one, rivals in identity.conflicts().items():
            holder, _ = identity.holder(one, 0)
            right += [(f"{one}@{name}", f"{rival}@{name}", f"{holder}@{name}") for rival in rivals if rival != holder]
    told = store.query("SELECT identifier, other, holder FROM identity_conflicts WHERE open").rows
    assert sorted(told) == sorted(right)
    assert right
