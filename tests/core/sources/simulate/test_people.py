"""People of the simulated park are the same over several channels, and their wristbands go to others after them."""

from collections import defaultdict
from itertools import pairwise

import orjson
import pytest
from support.simulated import run_day, sample_park


@pytest.fixture(scope="module")
def day():
    return run_day(sample_park(), seed=5, visitors=400, hours=40, dirt=0.0)


@pytest.fixture(scope="module")
def told(day):
    return [orjson.loads(emission.value) for emission in day.emissions]


def of_type(told, kind):
    return [(one["occurred_at"], one["identifiers"]) for one in told if one["type"] == kind]


def test_a_family_that_booked_is_named_together_with_everything_it_uses(told):
    together = defaultdict(set)
    for one in told:
        who = one.get("identifiers") or {}
        if "customer" in who:
            together[who["customer"]] |= set(who)
    everything = {"customer", "cookie", "email", "phone", "loyalty_card", "wristband", "device"}
    assert any(everything <= kinds for kinds in together.values())


def test_a_cookie_is_seen_before_anybody_signs_in_with_it(told):
    unknown, known = {}, {}
    for one in told:
        who = one.get("identifiers") or {}
        if "cookie" in who:
            (known if "customer" in who else unknown).setdefault(who["cookie"], one["occurred_at"])
    assert any(unknown.get(cookie, "9") < at for cookie, at in known.items())


def test_a_wristband_of_a_known_family_goes_to_another_person_later(told):
    issued, returned = defaultdict(list), defaultdict(list)
    for at, who in of_type(told, "wristband.issued"):
        issued[who["wristband"]].append((at, who.get("customer", ""), who.get("email", ""), who["booking"]))
    for at, who in of_type(told, "wristband.returned"):
        returned[who["wristband"]].append(at)
    again = {band: hands for band, hands in issued.items() if len(hands) > 1}
    assert any(hands[0][1] and hands[1][2] for hands in again.values())
    assert any(hands[0][0][:10] < hands[1][0][:10] for hands in again.values())
    for band, hands in again.items():
        assert len({booking for *_, booking in hands}) == len(hands)
        for (before, *_), (after, *_) in pairwise(hands):
            assert any(before < at < after for at in returned[band])


def test_the_truth_names_what_sources_connect_with_a_person(day, told):
    people = {fact["wristband"]: fact for fact in day.truth if fact["kind"] == "person" and fact["wristband"]}
    for _, who in of_type(told, "wristband.issued"):
        if "email" in who:
            assert who["email"] in {fact["email"] for fact in day.truth if fact["kind"] == "person"}
    booked = [fact for fact in people.values() if fact["customer"] and fact["loyalty_card"]]
    assert booked
    cards = {who["loyalty_card"] for _, who in of_type(told, "checkout.started") if "loyalty_card" in who}
    assert cards & {fact["loyalty_card"] for fact in booked}
