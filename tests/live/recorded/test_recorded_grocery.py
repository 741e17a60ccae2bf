"""A year of tills: households, baskets, revenue and redemptions are those of the files."""

from decimal import Decimal

import pytest
from support.recorded import figures, grocery
from support.recorded.files import rows
from support.recorded.grocery_oracle import Till, per_campaign

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def till():
    return Till(rows(grocery.TRANSACTIONS))


def test_households_baskets_revenue_and_lines_are_those_of_the_file(recorded, till):
    assert recorded.road.query(figures.TILLS) == [
        (len(till.revenue), len(till.baskets), sum(till.revenue.values()), till.lines)
    ]


def test_each_household_spent_what_its_lines_add_up_to_in_rows_and_in_live_state(recorded, till):
    expected = {f"hh-{household}": amount for household, amount in till.revenue.items()}
    assert dict(recorded.road.query(figures.HOUSEHOLDS)) == expected
    assert dict(recorded.road.query(figures.LIVE_HOUSEHOLDS)) == expected
    assert sum(expected.values()) == Decimal("721517.45")


def test_each_campaign_reached_and_brought_back_the_households_of_the_files(recorded):
    found = recorded.road.query(figures.CAMPAIGNS)
    for kind, file in (("coupon.redeemed", grocery.REDEMPTIONS), ("message.sent", grocery.CAMPAIGNS)):
        assert {campaign: count for of, campaign, count in found if of == kind} == per_campaign(rows(file))
