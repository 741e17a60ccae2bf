"""A call or token that was silent for 26 hours is sealed: what it was stays, and nothing is kept of it but its row."""

from typing import Any

import pytest
from support.identity_road import Road
from support.identity_scene import NOON, ordered, seen_by_oracle, seen_in_rows, told, world
from support.identity_world import HOUR, MINUTE, World

from streams.stitch.actor import CHILD, MARK, SEALED_PAGE, SealedPage

DAY = 24 * 60
"""In minutes, as scenes count."""
DRAWN = told(0, "queue.joined", "device:d", place="ride", token="7")
CALLED = told(9, "service.started", "device:d", place="ride", token="7")
SIGNED_IN = told(30, "account.signed_in", "customer:1 device:d")


def until(days: float, *arrivals: Any) -> World:
    """It is known what time it is from the beginning."""
    one = world(*arrivals)
    return one._replace(quiet=(NOON - HOUR, NOON + round(days * DAY * MINUTE)))


def road_of(one: World) -> Road:
    road = Road(one)
    for time in one.quiet:
        road.read_until(time)
    return road


def entries(road: Road) -> list[str]:
    return sorted(key for station in road.stations for key in station.state.entries)


def holder_of(road: Road, name: str) -> list[tuple[str, str]]:
    """(holder, customer) of each row, the earliest first."""
    rows = sorted(road.reader.rows("identity_links").items())
    return [(row["holder"], row["customer"]) for (identifier, _), row in rows if identifier == name and row["holder"]]


def test_of_a_sealed_ticket_nothing_is_kept_but_its_row_with_its_holder() -> None:
    road = road_of(until(2, DRAWN, CALLED, SIGNED_IN))
    assert not [key for key in entries(road) if key.startswith((CHILD, "token:")) and "token:" in key]
    assert [key[:3] for key in entries(road) if "token:" not in key and key.startswith(SEALED_PAGE)] == [SEALED_PAGE]
    assert seen_in_rows(until(2, DRAWN, CALLED, SIGNED_IN)) == {"customer:1": (3, 1, 1)}
    assert holder_of(road, "token:ride/7") == [("device:d", "customer:1")]


def test_the_ticket_of_the_next_day_with_the_same_number_is_somebody_elses() -> None:
    tomorrow = told(2 * DAY, "queue.joined", "customer:2", place="ride", token="7")
    one = until(2.2, DRAWN, CALLED, SIGNED_IN, tomorrow)
    assert seen_in_rows(one) == seen_by_oracle(one) == {"customer:1": (3, 1, 1), "customer:2": (1, 1, 1)}
    assert holder_of(road_of(one), "token:ride/7") == [("device:d", "customer:1"), ("customer:2", "customer:2")]


def test_the_next_ticket_of_that_number_that_nobody_is_seen_with_is_nobodys() -> None:
    road = road_of(until(2.2, DRAWN, SIGNED_IN, told(2 * DAY, "queue.joined", "", place="ride", token="7")))
    rows = sorted(road.reader.rows("identity_links").items())
    assert [row["holder"] for (name, _), row in rows if name == "token:ride/7"] == ["device:d", ""]


def test_whoever_is_found_to_hold_the_holder_later_gets_the_sealed_ticket_by_name_too() -> None:
    one = until(5, DRAWN, CALLED, told(4 * DAY, "account.signed_in", "customer:1 device:d"))
    assert seen_in_rows(one) == seen_by_oracle(one) == {"customer:1": (3, 2, 1)}
    assert holder_of(road_of(one), "token:ride/7") == [("device:d", "customer:1")]


def test_an_unlink_of_the_holder_takes_the_sealed_ticket_with_it() -> None:
    one = until(5, DRAWN, SIGNED_IN, ordered(4 * DAY, "unlink", "device:d", "customer:1"))
    assert seen_in_rows(one) == seen_by_oracle(one)
    assert holder_of(road_of(one), "token:ride/7") == [("device:d", "device:d")]


def test_an_unlink_of_a_sealed_ticket_itself_comes_too_late() -> None:
    late = ordered(4 * DAY, "unlink", "token:ride/7", "device:d")
    one = until(4.5, DRAWN, CALLED, SIGNED_IN, late)
    assert seen_in_rows(one) == seen_by_oracle(one) == {"customer:1": (3, 1, 1)}
    in_time = until(
        4.5, DRAWN, SIGNED_IN, told(9, "service.ended", "", place="ride", token="7"), late._replace(at=NOON)
    )
    assert seen_in_rows(in_time) == seen_by_oracle(in_time) != {"customer:1": (3, 1, 1)}


def test_a_sealing_is_in_the_ledger() -> None:
    ledger = road_of(until(2, DRAWN, CALLED)).reader.ledger.values()
    assert [(row["identifier"], row["after"], row["rule"]) for row in ledger if row["change"] == "sealed"] == [
        ("token:ride/7", "device:d", "silent for 26 hours")
    ]


@pytest.mark.parametrize("holder", ["device:d", "customer:1"])
def test_who_draws_a_ticket_every_other_day_has_as_many_entries_as_ever(holder: str) -> None:
    def drawn(many: int) -> World:
        days = [told(2 * DAY * day, "queue.joined", holder, place="ride", token=f"a{day}") for day in range(many)]
        return until(2 * many + 2, *days)

    few, many = road_of(drawn(3)), road_of(drawn(40))
    assert [key.split(MARK)[1:2] for key in entries(many)] == [key.split(MARK)[1:2] for key in entries(few)]
    (page,) = [e for station in many.stations for e in station.state.entries.values() if isinstance(e, SealedPage)]
    assert len(page.rows) == 40
