"""The whole recorded files through the converters: nothing lost, everything within the contract."""

import math
from collections import Counter, defaultdict

import pytest
from support.recorded import call_centre, grocery, rides
from support.recorded.call_centre_oracle import totals, waiting_curve
from support.recorded.files import rows
from support.recorded.grocery_oracle import Till, per_campaign
from support.recorded.rides_oracle import published

from schemas.touchpoint import find_defect

RECORDED = {"calls": call_centre.recorded_calls, "rides": rides.recorded_waits, "grocery": grocery.recorded_grocery}


@pytest.mark.parametrize("name", RECORDED)
def test_every_touchpoint_keeps_the_contract_and_has_its_own_id(name):
    ids = set()
    count = 0
    for touchpoint in RECORDED[name]():
        assert find_defect(touchpoint) is None
        ids.add(touchpoint["event_id"])
        count += 1
    assert len(ids) == count


def test_the_call_centre_day_has_the_known_calls():
    told = Counter(touchpoint["type"] for touchpoint in call_centre.recorded_calls())
    assert told == {
        "call.entered": 2_357,
        "call.queued": 1_971,
        "call.answered": 1_511,
        "call.abandoned": 846,
        "call.ended": 1_510,
    }
    found = totals(rows(call_centre.FILE)).values()
    assert sum(queue.answered for queue in found) == 1_511
    assert sum(queue.at_once for queue in found) == 268
    assert (sum(queue.abandoned for queue in found), sum(queue.in_menu for queue in found)) == (728, 118)
    assert all(curve[max(curve)] == 0 for curve in waiting_curve(rows(call_centre.FILE)).values())


def test_the_readings_have_the_published_hourly_means():
    minutes = defaultdict(lambda: ([], []))
    for touchpoint in rides.recorded_waits():
        group = touchpoint["place"], touchpoint["data"]["park_date"], int(touchpoint["occurred_at"][11:13])
        minutes[group][touchpoint["type"] == "wait.observed"].append(touchpoint["data"]["minutes"])

    expected = published(rows(rides.EXPECTED_FILE))
    assert len(expected) == 15_560
    assert minutes.keys() == expected.keys()
    for group, means in expected.items():
        for readings, mean in zip(minutes[group], means, strict=True):
            assert (mean is None) == (not readings)
            assert mean is None or math.isclose(sum(readings) / len(readings), mean, abs_tol=1e-6)


def test_the_tills_have_the_known_baskets_and_revenue():
    told = Counter(touchpoint["type"] for touchpoint in grocery.recorded_grocery())
    till = Till(rows(grocery.TRANSACTIONS))
    assert (till.lines, len(till.baskets), len(till.revenue)) == (234_968, 24_111, 300)
    assert str(sum(till.revenue.values())) == "721517.45"
    redemptions, campaigns = per_campaign(rows(grocery.REDEMPTIONS)), per_campaign(rows(grocery.CAMPAIGNS))
    assert told == {"sale.made": 24_111, "coupon.redeemed": 743, "message.sent": 1_134}
    assert (sum(redemptions.values()), sum(campaigns.values())) == (743, 1_134)
