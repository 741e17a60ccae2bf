"""Somebody who has been coming for years: every visit is there once, by the name that they have now."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.identity_check import run
from support.identity_scene import ordered, seen_by_oracle, told, world
from support.identity_world import Arrival

DAY = 24 * 60
THREE_YEARS = 3 * 365 * DAY
THINGS = ("loyalty_card:l", "phone:h1:" + "fa" * 32, "device:d")
KINDS = ("page.viewed", "presence.seen", "photo.taken")


def visit(dice: random.Random, start: float) -> Iterator[Arrival]:
    """Two to five touchpoints by any of their things, in any order within the allowed lateness."""
    for _ in range(dice.randint(2, 5)):
        minute, kind = start + dice.randrange(90), dice.choice(KINDS)
        where = {} if kind == "page.viewed" else {"place": dice.choice(["ride", "shop", "inn"])}
        yield told(minute + dice.random() / 10, kind, dice.choice(THINGS), late=dice.randrange(60), **where)


def a_life(dice: random.Random, visits: int, *, known: float) -> list[Arrival]:
    """`known`: from that minute on it is known whose the things are."""
    days = sorted(dice.sample(range(THREE_YEARS // DAY), visits))
    life = [one for day in days for one in visit(dice, day * DAY + dice.randrange(600))]
    return life + [
        told(known + number, "account.signed_in", f"{thing} customer:1") for number, thing in enumerate(THINGS)
    ]


@pytest.mark.parametrize("known", [0, THREE_YEARS - DAY])
def test_four_hundred_visits_in_three_years_with_three_things_are_four_hundred_rows(known):
    life = world(*a_life(random.Random(7), 400, known=known), schedule=3)._replace(crashes=200)
    assert seen_by_oracle(life)["customer:1"][1] > 400
    assert run(life) == []


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 30))
def test_whenever_somebody_is_known_or_taken_apart_again_each_visit_moves_whole(seed):
    dice = random.Random(seed)
    events = a_life(dice, dice.choice([40, 60, 90]), known=dice.randrange(THREE_YEARS))
    events += [ordered(dice.randrange(THREE_YEARS), "unlink", dice.choice(THINGS), "customer:1")]
    assert run(world(*events, schedule=seed)) == []
