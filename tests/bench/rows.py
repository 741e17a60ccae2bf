"""How fast boards read people from a store of twenty million touchpoints: customers, visits, one person's history.

    PYTHONPATH=tests python tests/bench/rows.py [--touchpoints 20000000] [--store DIRECTORY]

The rows are made in the engine itself: 20 touchpoints, 4 visits and 4 identifiers for each customer, with one row in
ten told twice, as live rows are. Each question is asked once unmeasured and three times measured; the best counts.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.place import Places
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect

MOST_SECONDS = 0.5
"""What boards may take, by the store's promise."""

_START = 1_780_000_000
_WEEK = 604_800
_MILLION = 1_000_000

_TOUCHPOINTS = """
INSERT INTO touchpoints (source, event_id, channel, type, occurred_at, received_at, identifier, identifiers, place,
                         amount, currency, data, audience, topic, offset, version)
SELECT 'app', leftPad(toString(number), 9, '0'), 'app', if(number % 5 = 3, 'sale.made', 'page.viewed'),
       fromUnixTimestamp64Milli(toInt64(({start} + intDiv(visit, {people}) * {week}
           + intDiv((visit % {people}) * {week}, {people}) + number % 5 * 180) * 1000)) AS occurred, occurred,
       concat(['customer', 'device', 'device', 'cookie', 'email'][number % 5 + 1], ':', person), map(),
       concat('place-', toString(visit % 50)), if(number % 5 = 3, toDecimal64(12.5, 4), NULL),
       if(number % 5 = 3, 'EUR', ''), '{{}}', 'customer', 'touchpoints', number, number
FROM (SELECT number, intDiv(number, 5) AS visit, toString(visit % {people}) AS person
      FROM numbers({first}, {count}))"""

_CUSTOMERS = """
INSERT INTO customers_all (customer, first_seen, last_seen, touchpoints, visits, orders, amount, is_returning, waits,
                           wait_seconds, audiences, epoch, version)
SELECT concat('customer:', toString(number)), fromUnixTimestamp64Milli(toInt64(({start} + spread) * 1000)),
       fromUnixTimestamp64Milli(toInt64(({start} + 3 * {week} + spread + 720) * 1000)), 20, 4, 1, 50, 1, 2, 600,
       ['customer'], 1, {version} + number
FROM (SELECT number, intDiv(number * {week}, {people}) AS spread FROM numbers({first}, {count}))"""

_VISITS = """
INSERT INTO visits_all (customer, started_at, ended_at, covers_until, touchpoints, channels, places, amount,
                        epoch, version)
SELECT concat('customer:', toString(number % {people})), fromUnixTimestamp64Milli(toInt64(began * 1000)),
       fromUnixTimestamp64Milli(toInt64((began + 720) * 1000)),
       fromUnixTimestamp64Milli(toInt64((began + 2520) * 1000)), 5, ['app'],
       [concat('place-', toString(number % 50))], 12.5, 1, {version} + number
FROM (SELECT number,
             {start} + intDiv(number, {people}) * {week} + intDiv((number % {people}) * {week}, {people}) AS began
      FROM numbers({first}, {count}))"""

_LINKS = """
INSERT INTO identity_links_all (identifier, from_pos, from_time, holder, customer, status, epoch, version)
SELECT concat(kind, ':', person), if(kind = 'email', 0, -1125899906842624), NULL,
       concat(if(kind = 'cookie', 'email:', 'customer:'), person), concat('customer:', person), 'held', 1,
       {version} + number
FROM (SELECT number, toString(number) AS person FROM numbers({first}, {count}))
ARRAY JOIN ['email', 'device', 'cookie'] AS kind"""


def fill(store: Store, touchpoints: int) -> None:
    """Blocks of a million rows, so that memory stays small; then one row in ten again, as a newer version."""
    people = touchpoints // 20
    tables = ((_TOUCHPOINTS, touchpoints), (_CUSTOMERS, people), (_VISITS, people * 4), (_LINKS, people))
    for statement, rows in tables:
        for first in range(0, rows, _MILLION):
            _insert(store, statement, people, first, min(_MILLION, rows - first), 1)
    for statement, rows in tables[1:]:
        _insert(store, statement, people, rows - rows // 10, rows // 10, 1 << 40)


def _insert(store: Store, statement: str, people: int, first: int, count: int, version: int) -> None:
    values = {"start": _START, "week": _WEEK, "people": people, "first": first, "count": count, "version": version}
    store.command(statement.format(**values))


def questions(store: Store, people: int) -> Iterator[tuple[str, str]]:
    """What boards ask, by name."""
    today = store.query("SELECT toDate(max(started_at)) FROM visits_all").rows[0][0]
    one = f"customer:{people // 2}"
    yield "people, latest first", "SELECT * FROM customers ORDER BY last_seen DESC LIMIT 100"
    yield "one customer", f"SELECT * FROM customers WHERE customer = '{one}'"
    yield "numbers of all customers", "SELECT count(), sum(visits), avg(is_returning), sum(amount) FROM customers"
    yield (
        "visits of a day",
        f"SELECT * FROM visits WHERE toDate(started_at) = '{today}' ORDER BY started_at DESC LIMIT 100",
    )
    yield (
        "visits of a day, counted",
        (
            f"SELECT count(), avg(dateDiff('second', started_at, ended_at)), sum(open) FROM visits "
            f"WHERE toDate(started_at) = '{today}'"
        ),
    )
    yield "visits that are open", "SELECT count() FROM visits WHERE open"
    yield "visits of one customer", f"SELECT * FROM visits WHERE customer = '{one}' ORDER BY started_at DESC"
    yield "who holds an identifier", f"SELECT * FROM identity_links WHERE identifier = 'cookie:{people // 2}'"
    yield "all identifiers of a customer", f"SELECT * FROM identity_links WHERE customer = '{one}'"
    yield "touchpoints of a customer", f"SELECT * FROM touchpoints_of(customer = '{one}') ORDER BY occurred_at DESC"
    yield (
        "touchpoints of an hour",
        (
            "SELECT uniqExact(customer) FROM customer_touchpoints WHERE occurred_at >= toDateTime(1780300000) "
            "AND occurred_at < toDateTime(1780303600)"
        ),
    )


@contextmanager
def opened(folder: str | None) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as temporary:
        store = connect(f"chdb://{Path(folder or temporary).resolve()}")
        try:
            migrate(store, Places())
            yield store
        finally:
            store.close()


def seconds(store: Store, sql: str) -> tuple[float, float]:
    """(elapsed, of all processors) of the quickest of three, after one that fills the caches."""
    store.query(sql)
    taken = []
    for _ in range(3):
        began, worked = time.monotonic(), time.process_time()
        store.query(sql)
        taken.append((time.monotonic() - began, time.process_time() - worked))
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--touchpoints", type=int, default=20 * _MILLION)
    parser.add_argument("--store", help="a directory to keep the store in; filled only where it is empty")
    asked = parser.parse_args()
    with opened(asked.store) as store:
        if not store.query("SELECT count() FROM customers_all").rows[0][0]:
            began = time.monotonic()
            fill(store, asked.touchpoints)
            print(f"filled in {time.monotonic() - began:.0f} s")
        for name, sql in questions(store, asked.touchpoints // 20):
            taken, worked = seconds(store, sql)
            note = "" if taken < MOST_SECONDS else "   slower than promised"
            print(f"{name:<32}{taken:>8.3f} s {worked:>8.3f} s of processors{note}", flush=True)


if __name__ == "__main__":
    main()
