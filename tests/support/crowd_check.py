"""What the stages say of a world of crowds against what is true of it: each difference as a line of text."""

from collections.abc import Iterator
from typing import Any

from support.crowd_road import CrowdRoad
from support.crowd_world import HOUR, Truth, World, truth
from support.load_oracle import sweep
from support.stitch_oracle import OracleStay, row_of

COUNTS = ("waiting", "being_served", "present", "arrivals", "starts", "ends", "abandons")
GRID, QUARTER = 5_000, 900_000


def differences(world: World, *, prompt: bool) -> list[str]:
    """`prompt`: nothing was under way for longer than 5 s, so each snapshot must be right, not only the end."""
    road, known = CrowdRoad(world).run(), truth(world)
    return [
        *_of_stays(road, known),
        *_of_customers(road, known),
        *(f"below zero: {look}" for look in road.looks if any(look[count] < 0 for count in COUNTS)),
        *_of_the_end(road, known),
        *(_of_snapshots(road, known) if prompt else ()),
    ]


def true_rows(known: Truth) -> list[dict[str, Any]]:
    return [row_of(thing, stay) for thing, stays in known.stays.items() for stay in stays]


def _named(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["place"], row["identifier"], row["joined_at"], row["nth"])


def _of_stays(road: CrowdRoad, known: Truth) -> Iterator[str]:
    rows, said = {_named(row): row for row in true_rows(known)}, {_named(row): row for row in road.rows()}
    for name in rows.keys() | said.keys():
        row, told = rows.get(name), said.get(name)
        if row is None or told is None or row != {column: told[column] for column in row}:
            yield f"stay {name}: {told} is {row}"


def _of_customers(road: CrowdRoad, known: Truth) -> Iterator[str]:
    """A thing is its customer's from its first touchpoint on, however late that is known, within the lateness."""
    for row in road.rows():
        customer, heard = known.customers.get(row["identifier"], ("", 0))
        nobody = row["identifier"] if row["identifier"].startswith("wristband:") else ""
        in_time = row["ended_at"] is None or heard <= row["ended_at"] * 1_000 + HOUR
        if row["customer"] != customer and (row["customer"] != nobody or (customer and in_time)):
            yield f"customer of {row}: {customer}"


def _bodies(known: Truth, place: str) -> list[dict[str, Any]]:
    """As a sweep takes them."""
    there = [(thing, stay) for thing, stays in known.stays.items() for stay in stays if stay.place == place]
    return [_body(thing, stay) for thing, stay in there if stay.kind != "menu"]


def _body(thing: str, stay: OracleStay) -> dict[str, Any]:
    times = {"j": stay.joined, "st": stay.started, "en": stay.ended}
    return times | {"m": stay.kind, "w": "", "i": thing, "n": stay.nth}


def _of_the_end(road: CrowdRoad, known: Truth) -> Iterator[str]:
    """What load counts after everything: as many as there are."""
    for state in road.loads():
        for place, crowd in state.crowds.items():
            found = sweep(_bodies(known, place), crowd.at)
            counted = (crowd.tally.waiting, crowd.tally.being_served)
            if counted != (found["waiting"], found["being_served"]):
                yield f"at the end of {place}: {counted}, not {found}"


def _of_snapshots(road: CrowdRoad, known: Truth) -> Iterator[str]:
    looks = {(look["place"], round(look["at"] * 1_000)): look for look in road.looks}
    for place in {stay.place for stays in known.stays.values() for stay in stays} - {""}:
        bodies = _bodies(known, place)
        times = {time for body in bodies for time in (body["j"], body["st"], body["en"]) if time is not None}
        for at in {time + -time % GRID for time in times}:
            if at < road.world.end - GRID and (place, at) not in looks:
                yield f"no look at {place}, {at}"
        for (where, at), look in looks.items():
            if where == place:
                found = sweep(bodies, at)
                if any(look[count] != found[count] for count in ("waiting", "being_served")):
                    yield f"look {look} is {found}"
