"""What libraries log during an outage, and what is left of it."""

import logging
import sys

import pytest

from streams.kafka.arrival import Outage
from streams.kafka.quiet import QuietFilter


class Said(Outage):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__("broker:9092", lambda: 0.0)
        self.reasons: list[str] = []

    def notice(self, reason: str) -> None:
        self.reasons.append(reason)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def record(text: str, name: str = "aiokafka", *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, text, arguments, None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outage() -> Said:
    return Said()


@pytest.fixture
def quiet(clock: Clock, outage: Said) -> QuietFilter:
    return QuietFilter(outage, clock)


def test_connection_trouble_becomes_the_one_line_about_the_outage(quiet: QuietFilter, outage: Said):
    for text in ('Unable connect to "broker:9092": refused', "Failed fetch messages: KafkaConnectionError: closed"):
        assert not quiet.filter(record(text))
    assert len(outage.reasons) == 2


def test_a_hiccup_is_said_only_if_it_lasts(quiet: QuietFilter, clock: Clock):
    answers = []
    for clock.now in (0.0, 5.0, 11.0, 12.0):
        answers.append(quiet.filter(record("Got error: %s", "aiokafka", "NotLeaderForPartitionError")))
    assert answers == [False, False, True, False]


def test_another_warning_is_said_once_in_half_a_minute(quiet: QuietFilter, clock: Clock):
    answers = []
    for clock.now in (0.0, 1.0, 31.0):
        answers.append(quiet.filter(record("something odd about %s", "faust", clock.now)))
    assert answers == [True, False, True]


def test_a_librarys_traceback_is_dropped_and_ours_is_kept(quiet: QuietFilter):
    ours, theirs = record("broken", "touchline.worker"), record("broken", "faust.app")
    try:
        raise KeyError("x")
    except KeyError:
        ours.exc_info = theirs.exc_info = sys.exc_info()
    assert quiet.filter(ours)
    assert quiet.filter(theirs)
    assert (ours.exc_info is None, theirs.exc_info is None) == (False, True)


def test_an_outage_is_said_at_once_then_every_half_minute_until_it_is_over(caplog: pytest.LogCaptureFixture):
    clock, said = Clock(), []
    outage = Outage("broker:9092", clock)
    for clock.now in (0.0, 10.0, 29.0, 31.0, 40.0):
        before = outage._said
        outage.notice("refused")
        said.append(outage._said != before or clock.now == 0.0)
    assert said == [True, False, False, True, False]
    assert outage.lasts
    outage.over()
    assert not outage.lasts
