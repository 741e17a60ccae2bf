"""Queue waits of four rides: one query gives the published hourly means; absurd and late readings are only stored."""

import math

import orjson
import pytest
from support.recorded import figures, rides
from support.recorded.files import rows
from support.recorded.rides_oracle import published

pytestmark = pytest.mark.slow


def test_one_query_gives_every_published_hourly_mean(recorded):
    found = {
        (place, park_date, hour): (posted, observed)
        for place, park_date, hour, posted, observed in recorded.road.query(figures.HOURLY_MEANS)
    }
    expected = published(rows(rides.EXPECTED_FILE))
    assert len(expected) == 15_560
    assert found.keys() == expected.keys()
    for group, means in expected.items():
        for ours, theirs in zip(found[group], means, strict=True):
            assert (ours is None) == (theirs is None)
            assert ours is None or math.isclose(ours, theirs, abs_tol=1e-6)


def touchpoint(number, kind, at, place="haunted-house", identifiers=None, **data):
    fields = {"event_id": f"h-{number}", "source": "house", "channel": "sensor", "type": kind, "place": place}
    return {**fields, "occurred_at": at, "data": data, **({"identifiers": identifiers} if identifiers else {})}


def a_line_with_absurd_readings():
    """One guest a minute, served after three, and a sign that reads nonsense."""
    number = 0
    for minute in range(5, 45):
        who = {"wristband": f"w-{minute}"}
        for kind, offset in (("queue.joined", 0), ("service.started", 3), ("service.ended", 4)):
            number += 1
            yield touchpoint(number, kind, f"2020-05-04T10:{minute + offset:02}:00Z", identifiers=who)
    for minute, reading in ((30, 10.0), (31, -92_918.0), (32, 47_897.0)):
        number += 1
        yield touchpoint(number, "wait.posted", f"2020-05-04T10:{minute}:30Z", minutes=reading)


def test_absurd_and_late_readings_are_stored_and_stay_out_of_estimates(recorded, tmp_path):
    road, path = recorded.road, tmp_path / "house.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, a_line_with_absurd_readings())))
    assert road.touchline("import", str(path), "--wait").returncode == 0
    late = orjson.dumps(touchpoint("late", "wait.posted", "2018-08-01T10:00:00Z", minutes=15))
    assert road.touchline("emit", said=late).returncode == 0

    def stored():
        return road.query("SELECT count() FROM touchpoints WHERE source = 'house' AND type = 'wait.posted'")

    road.until(lambda: stored() == [(4,)], 30, "the late reading is stored")
    [(most, least, signs)] = road.query(
        "SELECT max(estimate_p50_seconds), min(estimate_p50_seconds), groupUniqArray(posted_minutes)"
        " FROM queue_load WHERE place = 'haunted-house'"
    )
    assert 0 <= least <= most < 900
    assert {sign for sign in signs if sign is not None} == {10.0}
