"""Presence, and being seen elsewhere."""

import pytest

BAND = "wristband:w"


def end(stay):
    return stay["ended_at"], stay["outcome"], stay["guessed"]


def test_entering_and_leaving_is_a_presence(talk):
    talk.touch(BAND, "place.entered", 1_000, "shop")
    talk.touch(BAND, "place.left", 61_000, "shop")
    [stay] = talk.stays()
    assert (stay["kind"], stay["joined_at"], end(stay)) == ("presence", 1.0, (61.0, "left", 0))
    assert (stay["wait_seconds"], stay["service_seconds"]) == (None, None)


@pytest.mark.parametrize(
    "kind",
    ["presence.seen", "sale.made", "refund.made", "room.unlocked", "meal.ordered", "photo.taken", "bus.boarded"],
)
def test_whatever_happens_at_a_place_shows_that_somebody_is_there(talk, kind):
    talk.touch(BAND, kind, 1_000, "shop")
    [stay] = talk.stays()
    assert (stay["place"], stay["kind"], stay["ended_at"]) == ("shop", "presence", None)


def test_presence_without_a_place_is_nowhere(talk):
    talk.touch(BAND, "presence.seen", 1_000, None, d={"x": 1, "y": 2})
    assert talk.stays() == []


def test_seen_where_it_waits_it_goes_on_waiting(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "presence.seen", 61_000, "ride")
    [stay] = talk.stays()
    assert (stay["kind"], stay["ended_at"]) == ("queue", None)


def test_queueing_where_it_is_present_it_is_both(talk):
    talk.touch(BAND, "place.entered", 1_000, "shop")
    talk.touch(BAND, "queue.joined", 1_000, "shop")
    talk.touch(BAND, "place.left", 61_000, "shop")
    presence, queue = talk.stays()
    assert (presence["kind"], presence["nth"], end(presence)) == ("presence", 0, (61.0, "left", 0))
    assert (queue["kind"], queue["nth"], end(queue)) == ("queue", 1, (61.0, "abandoned", 0))


def test_leaving_the_place_while_served_is_served_but_a_guess(talk):
    talk.touch(BAND, "service.started", 1_000, "shop")
    talk.touch(BAND, "place.left", 61_000, "shop")
    [stay] = talk.stays()
    assert end(stay) == (61.0, "served", 1)


@pytest.mark.parametrize(
    ("begins", "outcome"),
    [("queue.joined", "abandoned"), ("service.started", "served"), ("place.entered", "left")],
)
def test_seen_elsewhere_ends_a_stay_at_that_moment_as_a_guess(talk, begins, outcome):
    talk.touch(BAND, begins, 1_000, "ride")
    talk.touch(BAND, "sale.made", 61_000, "shop")
    stay, _ = talk.stays()
    assert end(stay) == (61.0, outcome, 1)


@pytest.mark.parametrize(
    "kind", ["place.entered", "place.left", "presence.seen", "queue.joined", "queue.left", "service.started",
             "service.ended", "sale.made", "refund.made", "room.unlocked", "meal.ordered"]
)  # fmt: skip
def test_every_physical_type_is_elsewhere(talk, kind):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, kind, 61_000, "shop")
    assert end(talk.stays()[0]) == (61.0, "abandoned", 1)


@pytest.mark.parametrize("kind", ["photo.taken", "bus.boarded"])
def test_photos_and_buses_are_not_elsewhere(talk, kind):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, kind, 61_000, "shop")
    assert talk.stays()[0]["ended_at"] is None


@pytest.mark.parametrize(("one", "other"), [("park", "ride"), ("ride", "park"), ("ride", "ride")])
def test_a_place_within_the_other_is_not_elsewhere(talk, one, other):
    talk.touch(BAND, "queue.joined", 1_000, one)
    talk.touch(BAND, "presence.seen", 61_000, other)
    assert talk.stays()[0]["ended_at"] is None


def test_a_virtual_queue_is_left_by_nobody_who_is_seen_elsewhere(talk):
    talk.touch(BAND, "queue.joined", 1_000, "app-queue")
    talk.touch(BAND, "presence.seen", 61_000, "shop")
    assert talk.stays()[0]["ended_at"] is None


def test_joining_a_virtual_queue_ends_no_stay(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "queue.joined", 61_000, "app-queue")
    assert [stay["ended_at"] for stay in talk.stays()] == [None, None]


def test_another_thing_seen_elsewhere_ends_nothing(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch("wristband:other", "presence.seen", 61_000, "shop")
    assert talk.stays()[0]["ended_at"] is None


def test_leaving_here_and_coming_there_in_one_instant_is_no_guess(talk):
    talk.touch(BAND, "service.started", 1_000, "ride")
    talk.touch(BAND, "queue.joined", 61_000, "shop")
    talk.touch(BAND, "service.ended", 61_000, "ride")
    left, came = talk.stays()
    assert end(left) == (61.0, "served", 0)
    assert (came["place"], came["ended_at"]) == ("shop", None)


def test_seen_at_three_places_in_one_instant_it_is_at_the_last_by_source_and_id(talk):
    for event_id, place in (("c", "ride"), ("a", "ride"), ("b", "shop")):
        talk.touch(BAND, "presence.seen", 5_000, place, event_id=event_id)
    stays = talk.stays()
    assert [(stay["place"], stay["nth"], stay["ended_at"]) for stay in stays] == [("ride", 0, 5.0), ("shop", 0, None)]


def test_evidence_found_later_takes_back_a_wrong_guess(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "sale.made", 61_000, "shop")
    talk.touch(BAND, "service.ended", 51_000, "ride")
    stay, _ = talk.stays()
    assert end(stay) == (51.0, "served", 1)
