"""The rows of whole worlds as the store gets them: touchpoints by validate, who is who and the waits by the oracle.

Many worlds share a store; each has names of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from support.identity_check import Truth, row_named, truth
from support.identity_oracle import LEASED, kind_of, plain
from support.identity_people import Person, customers_of
from support.identity_road import Road, codes
from support.identity_world import World

from streams.outbox import Outbox
from streams.validate.marker import COMMAND_HEADER

Row = dict[str, Any]
Tables = dict[str, list[Row]]
NAMED = ("identifier", "holder", "customer", "before", "after", "other")
SAID = ("customers", "visits", "identity_links", "identity_ledger", "identifiers", "stays", "erasures")
BEGINNING = -(1 << 50)


class _Record:
    def __init__(self, offset: int, timestamp: int, value: bytes, headers: Any) -> None:
        self.offset, self.timestamp, self.key, self.value, self.headers = offset, timestamp, None, value, headers


def at_the_end(world: World) -> Truth:
    return truth(world, world.quiet[-1])


def rows_of(world: World, known: Truth, name: str) -> Tables:
    """What stands in the tables once the whole world is known; `name` keeps it apart from other worlds."""
    tables = {
        "touchpoints": [row | {"event_id": f"{name} {row['event_id']}"} for row in touchpoints_of(world)],
        "identity_links": list(links_of(known)),
        "stays": [row | {"epoch": 1, "version": 1} for row in known.stays.values()],
    }
    return {table: [_apart(row, name) for row in rows] for table, rows in tables.items()}


def touchpoints_of(world: World) -> Iterator[Row]:
    """Copies included."""
    code = codes(1, world.zone)["validate"]
    state = code.new_state(0)
    for offset, arrival in enumerate(world.arrivals):
        if arrival.at > world.quiet[-1]:
            continue
        out = Outbox()
        state.begin(offset)
        headers = [COMMAND_HEADER] if arrival.orders else ()
        code.step(state, _Record(offset, arrival.at, orjson.dumps(arrival.told), headers), out)
        yield from map(orjson.loads, out.rows.get("touchpoints", []))


def links_of(known: Truth) -> Iterator[Row]:
    identity = known.identity
    for one in sorted({*identity.known, *identity.links, *identity.merged}):
        if kind_of(one) in LEASED:
            steps = [(max(run.start, BEGINNING), run.holder, 0) for run in identity.runs[one]]
        else:
            holder, at = identity.holder(one, 0)
            _, start = row_named(known, one)
            steps = [(start, holder, at if kind_of(holder) in LEASED else 0)]
        for start, holder, at in steps:
            row = {"identifier": plain(one), "from_pos": start, "holder": holder, "holder_pos": at}
            top = identity.top(holder, at) if holder else plain(one)
            yield row | {"customer": top, "status": "held" if holder else "open", "epoch": 1, "version": 1}


def people_of(known: Truth, name: str) -> dict[str, Person]:
    """The oracle's customers under the names that they have in the store."""
    return {f"{customer}@{name}": person for customer, person in customers_of(known.people).items()}


def _apart(row: Row, name: str) -> Row:
    return row | {column: f"{row[column]}@{name}" for column in NAMED if row.get(column)}


def fill(insert: Callable[..., None], worlds: Mapping[str, Tables]) -> None:
    """One insert per table, however many worlds there are."""
    for table in ("touchpoints", *SAID):
        rows = [row for tables in worlds.values() for row in tables.get(table, ())]
        if rows:
            insert(table, *rows)


def rows_said(world: World, name: str) -> Tables:
    """What the real stages say of a world, every version of every row, to whoever stores it."""
    road = Road(world)
    said: Tables = {table: [] for table in (*SAID, "touchpoints")}
    hear = road.reader.hear

    def hear_and_keep(table: str, line: bytes) -> None:
        hear(table, line)
        if table in SAID:
            said[table].append(_apart(orjson.loads(line), name))

    road.reader.hear = hear_and_keep  # type: ignore[method-assign]
    for time in world.quiet:
        road.read_until(time)
    told = [row | {"event_id": f"{name} {row['event_id']}"} for row in touchpoints_of(world)]
    said["touchpoints"] = [_apart(row, name) for row in told]
    return said
