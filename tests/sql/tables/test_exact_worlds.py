"""The exact views say of random worlds what the batch oracle says: the same people, the same visits."""

from collections.abc import Callable, Iterator

import pytest
from support.identity_check import Truth
from support.identity_people import Person
from support.identity_world import ZONES, random_world
from support.world_rows import at_the_end, fill, people_of, rows_of

from schemas.place import Places
from streams.store.client import Store
from streams.store.migrate import migrate

Insert = Callable[..., None]
WORLDS = 60
"""In each zone."""

CUSTOMERS = """
SELECT customer, toUnixTimestamp64Milli(first_seen), toUnixTimestamp64Milli(last_seen), touchpoints, visits, orders,
       amount, other_currencies, is_returning, waits, round(wait_seconds * 1000), consents, arraySort(audiences)
FROM customers_exact ORDER BY customer"""
VISITS = """
SELECT customer, toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(ended_at),
       toUnixTimestamp64Milli(covers_until), touchpoints, channels, places, bookings, amount, waits,
       round(wait_seconds * 1000)
FROM visits_exact ORDER BY customer, started_at"""


@pytest.fixture
def zoned(store: Store, request: pytest.FixtureRequest) -> Iterator[str]:
    """The store belongs to an installation of that time zone meanwhile."""
    migrate(store, Places(), timezone=request.param)
    yield request.param
    migrate(store, Places())


def customer_row(name: str, one: Person) -> tuple[object, ...]:
    others = {currency: amount for currency, amount in one.amounts.items() if amount and currency != "EUR"}
    return (
        *(name, one.first, one.last, one.touchpoints, len(one.visits), one.orders, one.amounts.get("EUR", 0), others),
        *(len(one.visits) >= 2, one.waits, one.wait_ms, one.consents, sorted(one.audiences)),
    )


def visit_rows(name: str, one: Person) -> list[tuple[object, ...]]:
    return [
        (
            *(name, visit.start, visit.last, visit.cover, visit.touchpoints, sorted(visit.channels)),
            *(sorted(visit.places), sorted(visit.bookings), visit.amount, visit.waits, visit.wait_ms),
        )
        for visit in one.visits
    ]


@pytest.mark.parametrize("zoned", ZONES, indirect=True)
def test_customers_and_visits_are_those_of_the_oracle(store: Store, insert: Insert, zoned: str) -> None:
    worlds = {str(seed): random_world(seed)._replace(zone=zoned) for seed in range(WORLDS)}
    known: dict[str, Truth] = {name: at_the_end(world) for name, world in worlds.items()}
    fill(insert, {name: rows_of(world, known[name], name) for name, world in worlds.items()})
    people = {customer: one for name in worlds for customer, one in people_of(known[name], name).items()}
    assert store.query(CUSTOMERS).rows == [customer_row(name, one) for name, one in sorted(people.items())]
    assert store.query(VISITS).rows == [row for name, one in sorted(people.items()) for row in visit_rows(name, one)]
