"""The exact curve of people at each place, counted instant by instant: slow and obviously right."""

from typing import Any, NamedTuple

from support.intervals import Crowd, Stay


class Curve(NamedTuple):
    place: str
    at: float
    waiting: int
    being_served: int
    present: int


def curves(stays: list[dict[str, Any]]) -> list[Curve]:
    """At every instant at which anything happens at a place, the stays that cover it; half-open intervals."""
    found = []
    for place in sorted({stay["place"] for stay in stays}):
        here = [stay for stay in stays if stay["place"] == place and stay["kind"] in ("queue", "presence")]
        instants = {stay[edge] for stay in here for edge in ("joined_at", "started_at", "ended_at")} - {None}
        found += [count(place, at, here) for at in sorted(instants)]
    return found


def count(place: str, at: float, stays: list[dict[str, Any]]) -> Curve:
    waiting = served = 0
    persons = set()
    for stay in stays:
        started, ended = stay["started_at"], stay["ended_at"]
        if not (stay["joined_at"] <= at and (ended is None or at < ended)):
            continue
        persons.add(stay["customer"] or stay["identifier"])
        if stay["kind"] == "queue":
            waiting += started is None or at < started
            served += started is not None and started <= at
    return Curve(place, at, waiting, served, len(persons))


def count_all(place: str, instants: list[float], stays: list[dict[str, Any]]) -> list[Curve]:
    """The same for very many instants and stays."""
    edges = ("joined_at", "started_at", "ended_at")
    crowd = Crowd(
        Stay(stay["customer"] or stay["identifier"], stay["kind"] == "queue", *(stay[edge] for edge in edges))
        for stay in stays
    )
    return [Curve(place, at, crowd.waiting(at), crowd.being_served(at), crowd.present(at)) for at in instants]
