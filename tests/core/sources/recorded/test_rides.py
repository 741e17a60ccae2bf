"""Rows of the ride data and the readings that they stand for."""

from support.recorded.rides import touchpoints

from schemas.touchpoint import instant_ms, parse


def row(posted="", actual="", at="2018-08-18 20:51:31"):
    return {
        "attraction": "slinky_dog",
        "park_date": "2018-08-18",
        "wait_datetime": at,
        "wait_minutes_actual": actual,
        "wait_minutes_posted": posted,
    }


def test_sign_and_guest_are_two_kinds_of_reading_named_by_the_row():
    found = list(touchpoints([row(posted="150.0"), row(), row(actual="37.0"), row(posted="5.0", actual="7.0")]))
    for touchpoint in found:
        parse(touchpoint)
    assert [(t["event_id"], t["type"], t["data"]["minutes"]) for t in found] == [
        ("1/posted", "wait.posted", 150.0),
        ("3/observed", "wait.observed", 37.0),
        ("4/posted", "wait.posted", 5.0),
        ("4/observed", "wait.observed", 7.0),
    ]


def test_local_time_is_of_the_us_east_in_summer_and_winter():
    summer, winter = touchpoints([row(posted="5"), row(posted="5", at="2018-12-18 20:51:31")])
    assert instant_ms(summer["occurred_at"]) == instant_ms("2018-08-19T00:51:31Z")
    assert instant_ms(winter["occurred_at"]) == instant_ms("2018-12-19T01:51:31Z")


def test_absurd_readings_are_told_as_they_were_read():
    [absurd] = touchpoints([row(posted="-92918")])
    assert parse(absurd).data.minutes == -92918
