"""A simulated day: what people do emerges, and what the sources tell is what happened."""

from collections import Counter, defaultdict
from datetime import datetime

import orjson
import pytest
from support.simulated import HOUR, START, run_day

from schemas.place import Places
from schemas.touchpoint import ContractError, parse
from streams.sources.instants import rfc3339

BUSY_RIDES = ("comet", "tree-coaster", "river-rapids", "orbit", "owl-flight")
LIFE = {"queue.joined": 1, "service.started": 2, "service.ended": 3, "queue.left": 3}
MEALS = ("harbour-grill", "forest-kitchen", "star-diner", "ice-kiosk")


def waits_by_hour(stays):
    hours = defaultdict(list)
    for stay in stays:
        if stay["started"] is not None:
            hours[4 + (stay["joined"] - START) // HOUR].append((stay["started"] - stay["joined"]) / 60_000)
    return {hour: sum(waits) / len(waits) for hour, waits in sorted(hours.items())}


def test_everything_but_the_told_garbage_keeps_the_contract(day):
    reasons = Counter()
    for emission in day.emissions:
        try:
            parse(emission.value)
        except ContractError as error:
            reasons[error.reason] += 1

    told = day.dirt("garbage")
    assert reasons == Counter(fact["reason"] for fact in told)
    assert len(told) > 20


def test_emissions_come_in_order_of_arrival_and_never_before_they_happened(day):
    assert all(one.at <= other.at for one, other in zip(day.emissions, day.emissions[1:], strict=False))
    for emission in day.emissions[::97]:
        try:
            happened = datetime.fromisoformat(orjson.loads(emission.value)["occurred_at"].replace("Z", "+00:00"))
        except (ValueError, KeyError, TypeError):
            continue
        assert happened.timestamp() * 1_000 <= emission.at


def test_a_day_of_two_thousand_visitors_is_imported_soon_and_lively_to_watch(day):
    assert 90_000 < len(day.emissions) < 160_000
    daytime = [e for e in day.emissions if START + 6 * HOUR < e.at < START + 16 * HOUR]
    assert len(daytime) / (10 * 3_600) > 2


@pytest.mark.parametrize("ride", BUSY_RIDES)
def test_waits_at_busy_rides_rise_and_fall_between_some_minutes_and_an_hour(day, ride):
    waits = waits_by_hour(day.stays(ride))
    assert 18 < max(waits.values()) < 75
    assert min(waits.values()) < 15
    assert waits[21] < waits[15]


def test_people_go_where_it_pays_so_the_better_ride_has_the_longer_wait(day):
    afternoon = {ride: waits_by_hour(day.stays(ride))[15] for ride in ("comet", "moon-swing", "carousel")}
    assert afternoon["comet"] > afternoon["moon-swing"] > afternoon["carousel"]


def test_there_is_a_rush_at_lunch(day):
    for place in MEALS:
        waits = waits_by_hour(day.stays(place))
        assert waits[13] > 5
        assert waits.get(15, 0) < 1


def test_more_servers_make_shorter_waits_there_and_draw_people_from_elsewhere(sample_places, day):
    doubled = Places(
        tuple(
            place.model_copy(update={"servers": 2 * (place.servers or 1)}) if place.id == "comet" else place
            for place in sample_places.all()
        )
    )
    other = run_day(doubled)

    def mean(stays):
        return sum((s["started"] or s["ended"]) - s["joined"] for s in stays) / len(stays)

    assert mean(other.stays("comet")) < 0.7 * mean(day.stays("comet"))
    assert len(other.stays("comet")) > 1.15 * len(day.stays("comet"))
    assert mean(other.stays("tree-coaster")) < mean(day.stays("tree-coaster"))


def test_at_the_end_of_the_day_everybody_has_left(day):
    closed = START + 20 * HOUR
    for stay in day.stays():
        if stay["place"] not in ("hotel", "hotel-desk", "car-park", "call-help", "call-bookings"):
            assert stay["ended"] is not None
            assert stay["ended"] < closed


def test_no_more_are_served_than_servers_work(day, sample_places):
    for place in sample_places.all():
        stays = [stay for stay in day.stays(place.id) if stay["started"] is not None and stay["ended"] is not None]
        changes = [(stay["started"], 1) for stay in stays] + [(stay["ended"], -1) for stay in stays]
        served = most = 0
        for _, change in sorted(changes):
            served += change
            most = max(most, served)
        assert most <= (place.servers or 0)


def test_littles_law_holds_in_the_truth(day):
    """Little 1961: the mean number waiting, seen once a minute, is the rate of arrivals times the mean wait."""
    for ride in BUSY_RIDES:
        waits = [(stay["joined"], stay["started"] or stay["ended"]) for stay in day.stays(ride)]
        minutes = range(START + 5 * HOUR, START + 19 * HOUR, 60_000)
        waiting = sum(sum(joined <= at < until for joined, until in waits) for at in minutes) / len(minutes)
        expected = sum(until - joined for joined, until in waits) / (14 * HOUR)
        assert waiting == pytest.approx(expected, rel=0.02)


def test_what_the_sources_tell_of_a_line_is_what_happened_there(clean_day):
    """Stays put together from the touchpoints alone are the stays of the truth that somebody saw."""
    told, opened = Counter(), {}
    touchpoints = [orjson.loads(emission.value) for emission in clean_day.emissions]
    for touchpoint in sorted(touchpoints, key=lambda t: (t["occurred_at"], LIFE.get(t["type"], 0))):
        kind, place, token = touchpoint["type"], touchpoint.get("place"), touchpoint.get("data", {}).get("token")
        if not kind.startswith(("queue.", "service.")):
            continue
        thing = f"token:{place}/{token}" if token else "wristband:" + touchpoint["identifiers"]["wristband"]
        steps = opened.setdefault((place, thing), [])
        steps.append((kind, touchpoint["occurred_at"]))
        if kind in ("service.ended", "queue.left"):
            told[place, thing, tuple(opened.pop((place, thing)))] += 1
    assert not opened

    happened = Counter(
        (stay["place"], stay["thing"], tuple(_steps(stay)))
        for stay in clean_day.stays()
        if stay["mode"] == "queue" and stay["thing"] and not stay["thing"].startswith("call:")
    )
    assert told == happened


def _steps(stay):
    yield ("queue.joined", rfc3339(stay["joined"]))
    if stay["started"] is not None:
        yield ("service.started", rfc3339(stay["started"]))
    yield ("service.ended" if stay["outcome"] == "served" else "queue.left", rfc3339(stay["ended"]))


def test_dirt_is_late_repeated_conflicting_and_garbage_and_the_truth_tells_each(day, clean_day):
    told = Counter(fact["what"] for fact in day.truth if fact["kind"] == "dirt")
    assert set(told) == {"late", "repeated", "conflicting", "garbage"}
    assert not any(clean_day.dirt(what) for what in told)
    extra = told["repeated"] + told["conflicting"] + told["garbage"]
    assert len(day.emissions) == len(clean_day.emissions) + extra


def test_families_share_a_booking_and_wear_a_wristband_each(clean_day):
    wearers = defaultdict(set)
    for emission in clean_day.emissions:
        touchpoint = orjson.loads(emission.value)
        if touchpoint["type"] == "wristband.issued":
            wearers[touchpoint["identifiers"]["booking"]].add(touchpoint["identifiers"]["wristband"])
    assert max(map(len, wearers.values())) >= 5
    assert sum(len(bands) > 1 for bands in wearers.values()) > 0.7 * len(wearers)


def test_wristbands_come_weeks_before_the_visit_and_pass_from_hand_to_hand(clean_day):
    issued, returned, used = defaultdict(list), set(), {}
    for emission in clean_day.emissions:
        touchpoint = orjson.loads(emission.value)
        band = touchpoint.get("identifiers", {}).get("wristband")
        if touchpoint["type"] == "wristband.issued":
            issued[band].append(emission.at)
        elif touchpoint["type"] == "wristband.activated":
            used.setdefault(band, emission.at)
        elif touchpoint["type"] == "wristband.returned":
            returned.add(band)
    assert any(at - issued[band][0] > 28 * 24 * HOUR for band, at in used.items())
    assert any(len(times) > 1 and band in returned for band, times in issued.items())


def test_over_days_no_line_grows_for_ever(sample_places):
    days = run_day(sample_places, hours=3 * 24)
    waits = defaultdict(list)
    for stay in days.stays("comet"):
        if stay["started"] is not None:
            waits[(stay["joined"] - START) // (24 * HOUR)].append(stay["started"] - stay["joined"])
    means = [sum(of_day) / len(of_day) for of_day in waits.values()]
    assert len(means) == 3
    assert max(means) < 2 * min(means)
