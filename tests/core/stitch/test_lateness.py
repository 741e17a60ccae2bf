"""Late and repeated touchpoints: what still moves a stay, what is only counted, what contradicts."""

import orjson
from support.stitch_world import HOUR

BAND = "wristband:w"
NOW = 100 * HOUR


def test_evidence_exactly_as_late_as_allowed_moves_a_stay(talk):
    talk.watermark(NOW)
    talk.touch(BAND, "queue.joined", NOW - HOUR, "ride")
    assert len(talk.stays()) == 1
    assert talk.counts(BAND)["late"] == 0


def test_evidence_a_millisecond_later_is_counted_but_moves_none(talk):
    talk.watermark(NOW)
    talk.touch(BAND, "queue.joined", NOW - HOUR - 1, "ride")
    assert talk.stays() == []
    assert (talk.counts(BAND)["touchpoints"], talk.counts(BAND)["late"]) == (1, 1)


def test_a_touchpoint_that_says_nothing_of_where_is_late_only_beyond_the_window(talk):
    talk.watermark(NOW)
    talk.touch("cookie:a", "page.viewed", NOW - 26 * HOUR, h=0)
    assert (talk.counts("cookie:a")["touchpoints"], talk.counts("cookie:a")["late"]) == (1, 0)


def test_beyond_the_window_it_is_late_and_nothing_else(talk):
    talk.watermark(NOW)
    talk.touch("cookie:a", "page.viewed", NOW - 26 * HOUR - 1, h=0)
    counts = talk.counts("cookie:a")
    assert (counts["touchpoints"], counts["late"], counts["first_seen"]) == (0, 1, (NOW - 26 * HOUR - 1) / 1000)


def test_a_copy_counts_as_a_duplicate_only(talk):
    for _ in range(3):
        talk.touch(BAND, "queue.joined", 1_000, "ride", event_id="e")
    assert (talk.counts(BAND)["touchpoints"], talk.counts(BAND)["duplicates"]) == (1, 2)
    assert len(talk.sent) == 1


def test_the_same_id_from_another_source_is_another_touchpoint(talk):
    talk.touch(BAND, "page.viewed", 1_000, event_id="e")
    talk.touch(BAND, "page.viewed", 1_000, event_id="e", s="app")
    assert talk.counts(BAND)["touchpoints"] == 2


def test_a_copy_within_the_window_is_known_a_day_later(talk):
    talk.touch(BAND, "queue.joined", NOW, "ride", event_id="e")
    talk.watermark(NOW + 26 * HOUR)
    talk.touch(BAND, "queue.joined", NOW, "ride", event_id="e")
    assert (talk.counts(BAND)["touchpoints"], talk.counts(BAND)["duplicates"]) == (1, 1)


def test_another_payload_under_the_same_id_is_noted_and_the_first_stays(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride", event_id="e", payload="0" * 16)
    talk.touch(BAND, "queue.joined", 2_000, "shop", event_id="e", payload="f" * 16)
    [row] = talk.rows["rejected"]
    assert (row["reason"], row["field"], row["source"]) == ("conflicting_duplicate", "event_id", "gate")
    assert (row["topic"], row["partition"], row["offset"], row["rejected_at"]) == ("touchpoints", 0, 1, 2.0)
    assert [stay["place"] for stay in talk.stays()] == ["ride"]
    assert (talk.counts(BAND)["touchpoints"], talk.counts(BAND)["duplicates"]) == (1, 1)
    assert row in talk.sent


def test_a_conflict_is_written_as_somebody_would_send_it_again(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride", event_id="e", payload="0" * 16)
    talk.touch(BAND, "queue.joined", 2_000, "shop", event_id="e", payload="f" * 16, d={"token": "7"})
    assert orjson.loads(talk.rows["rejected"][0]["raw"]) == {
        "event_id": "e",
        "source": "gate",
        "channel": "app",
        "type": "queue.joined",
        "occurred_at": "1970-01-01T00:00:02.000+00:00",
        "identifiers": {"wristband": "w"},
        "place": "shop",
        "data": {"token": "7"},
    }


def test_a_contradicting_sighting_moves_nothing_and_is_left_to_its_touchpoint(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride", event_id="e", payload="0" * 16)
    talk.seen(BAND, "queue.joined", 2_000, "shop", event_id="e", payload="f" * 16, customer="customer:c")
    assert [stay["place"] for stay in talk.stays()] == ["ride"]
    assert "rejected" not in talk.rows


def test_a_record_sent_again_after_a_crash_counts_nowhere(talk):
    record = talk.about("queue.joined", 1_000, "ride", {"k": "touch", "c": "app", "i": {}, "h": 1})
    talk.record(record, BAND)
    talk.record(record, BAND)
    assert (talk.counts(BAND)["touchpoints"], talk.counts(BAND)["duplicates"]) == (1, 0)
