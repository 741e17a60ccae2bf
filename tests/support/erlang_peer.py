"""Erlang's formulas a second time, straight from the states of the queue: slow, in 50 digits, for comparison."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import factorial

DIGITS = 50


def blocked(servers: int, erlangs: Fraction) -> Fraction:
    """Erlang B by its definition, exactly: the weight of the last state over the weights of all of them."""
    weights = [erlangs**busy / factorial(busy) for busy in range(servers + 1)]
    return weights[-1] / sum(weights)


def waits(servers: int, erlangs: Fraction) -> Fraction:
    """Erlang C by its definition, exactly; `erlangs` below `servers`."""
    last = erlangs**servers / factorial(servers) * servers / (servers - erlangs)
    return last / (sum(erlangs**busy / factorial(busy) for busy in range(servers)) + last)


def impatient_states(servers: int, arrivals: float, service: float, patience: float) -> list[Decimal]:
    """The probability of each number of people in the system, up to where it is below 1e-45 of the greatest."""
    with localcontext() as context:
        context.prec = DIGITS
        rate, served, given_up = Decimal(arrivals), 1 / Decimal(service), 1 / Decimal(patience)
        weights, total = [Decimal(1)], Decimal(1)
        while len(weights) <= servers or weights[-1] > Decimal("1e-45") * total:
            inside = len(weights)
            leaving = min(inside, servers) * served + max(0, inside - servers) * given_up
            weights.append(weights[-1] * rate / leaving)
            total += weights[-1]
        return [weight / total for weight in weights]


def gives_up(states: list[Decimal], servers: int, arrivals: float, patience: float) -> float:
    """The share of arrivals that give up: people waiting times the rate at which each leaves, over the arrivals."""
    waiting = sum((number - servers) * share for number, share in enumerate(states) if number > servers)
    return float(waiting / Decimal(patience) / Decimal(arrivals))


def answered_within(
    states: list[Decimal], servers: int, service: float, patience: float, seconds: float, *, steps: int = 4_000
) -> float:
    """The share of arrivals that are served within so many seconds: each is followed from the place it takes in line.

    Whoever finds k people waiting goes forward whenever a service ends or one of the k gives up, or gives up too.
    The chain is followed by uniformisation, the number of its steps in that time being Poisson.
    """
    free = float(sum(states[:servers]))
    line = [float(share) for share in states[servers:]]
    progress = [servers / service + ahead / patience for ahead in range(len(line))]
    fastest = progress[-1] + 1 / patience
    started = answered = 0.0
    with localcontext() as context:
        context.prec = DIGITS
        weight = (-Decimal(fastest) * Decimal(seconds)).exp()
        for step in range(steps):
            answered += float(weight) * started
            weight *= Decimal(fastest) * Decimal(seconds) / (step + 1)
            started += line[0] * progress[0] / fastest
            line = [
                line[ahead] * (1 - (progress[ahead] + 1 / patience) / fastest)
                + (line[ahead + 1] * progress[ahead + 1] / fastest if ahead + 1 < len(line) else 0.0)
                for ahead in range(len(line))
            ]
            if step > fastest * seconds and weight < Decimal("1e-20"):
                break
    return free + answered
