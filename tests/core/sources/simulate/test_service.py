"""Lines and servers: waits are what the servers leave, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.simulate.dice import Dice
from streams.sources.simulate.engine import Engine
from streams.sources.simulate.service import ServicePoint, Ticket

arrivals = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90)), min_size=1, max_size=40)


def run_line(people: list[tuple[int, int]], servers: int, patience: int | None = None) -> list[Ticket]:
    """Everybody arrives at their second and needs their seconds; returns the tickets by arrival."""
    engine, happened = Engine(0), []
    needs: dict[str, int] = {}
    point = ServicePoint(
        engine,
        "till",
        servers=servers,
        mean_ms=1.0,
        duration=lambda: needs[happened[-1][1]],
        tell=lambda what, ticket, _: happened.append((what, ticket.person)),
    )
    tickets = []
    for number, (at, need) in enumerate(sorted(people, key=lambda person: person[0])):
        ticket = Ticket(f"p{number}", {"wristband": f"w{number}"})
        needs[ticket.person] = need
        tickets.append(ticket)
        engine.at(at, lambda ticket=ticket: point.join(ticket, patience_ms=patience))
    while engine.next_time() is not None:
        engine.step()
    return tickets


@given(arrivals, st.integers(1, 4))
def test_first_come_first_served_and_no_server_rests_while_somebody_waits(people, servers):
    tickets = run_line(people, servers)
    free = [0] * servers
    for ticket, (at, need) in zip(tickets, sorted(people, key=lambda person: person[0]), strict=True):
        begins = max(at, min(free))
        free[free.index(min(free))] = begins + need
        assert (ticket.joined, ticket.started, ticket.ended) == (at, begins, begins + need)


@given(arrivals, st.integers(1, 3))
def test_one_more_server_makes_nobody_wait_longer_in_sum(people, servers):
    def waited(count: int) -> int:
        return sum((ticket.started or 0) - ticket.joined for ticket in run_line(people, count))

    assert waited(servers + 1) <= waited(servers)


@given(arrivals, st.integers(0, 30))
def test_who_waits_longer_than_the_patience_is_gone_at_that_moment(people, patience):
    for ticket in run_line(people, 1, patience):
        if ticket.outcome == "abandoned":
            assert (ticket.started, ticket.ended) == (None, ticket.joined + patience)
        else:
            assert (ticket.started or 0) - ticket.joined <= patience


def test_called_ones_are_served_before_the_standing_line():
    engine, order = Engine(0), []
    point = ServicePoint(
        engine,
        "comet",
        servers=1,
        mean_ms=1.0,
        duration=lambda: 10,
        tell=lambda what, t, _: order.append((what, t.person)),
    )
    for name, ahead in (("a", False), ("b", False), ("c", True)):
        point.join(Ticket(name, {}), ahead=ahead)
    while engine.next_time() is not None:
        engine.step()

    assert [person for what, person in order if what == "started"] == ["a", "c", "b"]


def test_fewer_servers_finish_whom_they_serve_and_take_nobody_else():
    engine = Engine(0)
    point = ServicePoint(engine, "till", servers=2, mean_ms=1.0, duration=lambda: 10, tell=lambda *_: None)
    tickets = [point.join(Ticket(str(number), {})) for number in range(4)]
    point.set_servers(1)
    while engine.next_time() is not None:
        engine.step()

    assert [ticket.started for ticket in tickets] == [0, 0, 10, 20]


@pytest.mark.parametrize(("mean", "variation"), [(60_000, 0.5), (240_000, 0.05)])
def test_a_drawn_duration_has_the_mean_and_spread_that_was_asked_for(mean, variation):
    dice = Dice("durations")
    drawn = [dice.duration(mean, variation) for _ in range(20_000)]
    average = sum(drawn) / len(drawn)
    spread = (sum((value - average) ** 2 for value in drawn) / len(drawn)) ** 0.5

    assert average == pytest.approx(mean, rel=0.02)
    assert spread == pytest.approx(mean * variation, rel=0.05)
