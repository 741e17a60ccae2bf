"""Stays in a queue: joined, started, ended, left, and what happens when a step is missing, repeated or out of order."""

import pytest

BAND = "wristband:w"


def times(stay):
    return stay["joined_at"], stay["started_at"], stay["ended_at"]


def end(stay):
    return stay["outcome"], stay["guessed"]


def test_a_stay_is_joined_started_and_ended(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "service.started", 61_000, "ride", d={"server": "train 2"})
    talk.touch(BAND, "service.ended", 181_000, "ride")
    [stay] = talk.stays()
    assert times(stay) == (1.0, 61.0, 181.0)
    assert (stay["wait_seconds"], stay["service_seconds"]) == (60.0, 120.0)
    assert end(stay) == ("served", 0)
    assert (stay["server"], stay["customer"], stay["token"], stay["kind"]) == ("train 2", BAND, BAND, "queue")


def test_a_waiting_stay_is_open_and_has_no_wait_yet(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    [stay] = talk.stays()
    assert times(stay) == (1.0, None, None)
    assert (stay["outcome"], stay["wait_seconds"], stay["service_seconds"]) == ("", None, None)


def test_the_place_hears_of_every_change_with_a_higher_version(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "service.started", 61_000, "ride")
    first, second = talk.sent
    assert first["v"] < second["v"]
    said = {"p": "ride", "i": BAND, "j": 1_000, "n": 0, "m": "queue", "en": None, "out": "", "g": 0, "w": BAND}
    assert first == {"k": "stay", "v": first["v"], "st": None} | said
    assert second == {"k": "stay", "v": second["v"], "st": 61_000} | said


def test_a_start_without_a_join_has_waited_zero(talk):
    talk.touch(BAND, "service.started", 61_000, "ride")
    [stay] = talk.stays()
    assert times(stay) == (61.0, 61.0, None)
    assert stay["wait_seconds"] == 0


def test_a_join_found_later_replaces_the_row(talk):
    talk.touch(BAND, "service.started", 61_000, "ride")
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    [stay] = talk.stays()
    assert times(stay) == (1.0, 61.0, None)
    assert [message["x"] for message in talk.sent if message["j"] == 61_000 and "x" in message] == [1]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_any_order_of_arrival_gives_the_same_stay(talk, order):
    steps = [("queue.joined", 1_000), ("service.started", 61_000), ("service.ended", 181_000)]
    for index in order:
        talk.touch(BAND, *steps[index], "ride")
    [stay] = talk.stays()
    assert times(stay) == (1.0, 61.0, 181.0)


def test_all_steps_at_one_instant_are_taken_by_life_cycle(talk):
    for kind in ("service.ended", "service.started", "queue.joined"):
        talk.touch(BAND, kind, 5_000, "ride")
    [stay] = talk.stays()
    assert times(stay) == (5.0, 5.0, 5.0)
    assert (stay["wait_seconds"], stay["service_seconds"], end(stay)) == (0, 0, ("served", 0))


def test_walking_away_from_the_queue_is_an_abandoned_wait(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "queue.left", 31_000, "ride")
    [stay] = talk.stays()
    assert end(stay) == ("abandoned", 0)
    assert (stay["wait_seconds"], stay["service_seconds"], stay["started_at"]) == (30.0, None, None)


def test_leaving_while_served_is_served_but_a_guess(talk):
    talk.touch(BAND, "service.started", 1_000, "ride")
    talk.touch(BAND, "queue.left", 31_000, "ride")
    [stay] = talk.stays()
    assert end(stay) == ("served", 1)


def test_an_end_without_a_start_is_served_since_nobody_knows_when(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "service.ended", 31_000, "ride", d={"server": "anna"})
    [stay] = talk.stays()
    assert end(stay) == ("served", 1)
    assert (stay["wait_seconds"], stay["service_seconds"], stay["server"]) == (None, None, "anna")


def test_an_end_or_a_leaving_of_what_never_began_is_no_stay(talk):
    for kind in ("service.ended", "queue.left", "place.left"):
        talk.touch(BAND, kind, 1_000, "ride")
    assert talk.stays() == []


def test_the_first_join_counts_while_waiting(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "queue.joined", 9_000, "ride")
    [stay] = talk.stays()
    assert stay["joined_at"] == 1.0


def test_the_first_start_counts_while_served(talk):
    talk.touch(BAND, "service.started", 1_000, "ride", d={"server": "anna"})
    talk.touch(BAND, "service.started", 9_000, "ride", d={"server": "bert"})
    [stay] = talk.stays()
    assert (stay["started_at"], stay["server"]) == (1.0, "anna")


def test_joining_again_while_served_ends_the_service_unseen(talk):
    talk.touch(BAND, "service.started", 1_000, "ride")
    talk.touch(BAND, "queue.joined", 61_000, "ride")
    first, second = talk.stays()
    assert (first["ended_at"], end(first)) == (61.0, ("served", 1))
    assert times(second) == (61.0, None, None)


def test_a_token_is_written_as_it_was_sent_and_names_nobody(talk):
    talk.touch("token:ride/a/17", "queue.joined", 1_000, "ride/a")
    [stay] = talk.stays()
    assert (stay["token"], stay["identifier"], stay["customer"]) == ("17", "token:ride/a/17", "")
    assert talk.sent[0]["w"] == ""


def test_a_customer_known_at_any_step_is_the_customer_of_the_stay(talk):
    talk.touch("token:ride/17", "queue.joined", 1_000, "ride")
    talk.link("token:ride/17", "customer:c", "service.started", 61_000)
    talk.seen("token:ride/17", "service.started", 61_000, "ride", customer="customer:c")
    talk.touch("token:ride/17", "service.ended", 91_000, "ride")
    [stay] = talk.stays()
    assert (stay["customer"], talk.sent[-1]["w"]) == ("customer:c", "customer:c")


def test_of_two_customers_the_one_named_first_in_time_has_the_ticket(talk):
    talk.touch("token:ride/17", "queue.joined", 1_000, "ride")
    talk.link("token:ride/17", "customer:late", "service.started", 61_000)
    talk.link("token:ride/17", "customer:early", "queue.joined", 1_000)
    [stay] = talk.stays()
    assert (stay["customer"], talk.sent[-1]["w"]) == ("customer:early", "customer:early")


def test_a_stay_is_told_again_when_somebody_else_has_the_wristband(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "queue.left", 31_000, "ride")
    talk.link(BAND, "customer:c", "page.viewed", 61_000)
    assert [message["w"] for message in talk.sent] == [BAND, BAND, "customer:c"]


def test_what_is_behind_the_horizon_is_not_told_again(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "queue.left", 31_000, "ride")
    talk.watermark(5 * 3_600_000)
    talk.link(BAND, "customer:c", "page.viewed", 5 * 3_600_000)
    assert [stay["customer"] for stay in talk.stays()] == [BAND]


def test_a_sighting_is_no_touchpoint_of_the_thing(talk):
    talk.seen(BAND, "queue.joined", 1_000, "ride", customer="customer:c")
    assert talk.counts(BAND)["touchpoints"] == 0
    assert talk.counts(BAND)["last_seen"] == 1.0


def test_a_touchpoint_of_somebody_else_s_thing_moves_no_stay_here(talk):
    talk.touch("customer:c", "queue.joined", 1_000, "ride", h=0)
    assert (talk.stays(), talk.counts("customer:c")["touchpoints"]) == ([], 1)
