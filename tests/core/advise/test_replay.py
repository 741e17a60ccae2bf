"""The line before the servers, event by event."""

from support.lines import erlang_c, mean_and_error, stationary

from streams.advise.replay import FOREVER, Coming, Step, replay

ONE = [Step(0, 1)]


def test_first_come_first_served():
    assert replay([Coming(0, 10), Coming(1, 10), Coming(2, 10)], ONE) == [0, 10, 20]


def test_two_servers_serve_two_at_a_time():
    assert replay([Coming(0, 10), Coming(1, 10), Coming(2, 10)], [Step(0, 2)]) == [0, 1, 10]


def test_who_comes_when_a_server_becomes_free_does_not_wait():
    assert replay([Coming(0, 10), Coming(10, 5)], ONE) == [0, 10]


def test_who_would_leave_when_a_server_becomes_free_has_left_and_the_next_is_served():
    assert replay([Coming(0, 10), Coming(1, 10, 10), Coming(2, 10, 11)], ONE) == [0, None, 10]


def test_a_server_who_goes_finishes_what_is_begun_and_takes_nobody_else():
    assert replay([Coming(0, 10), Coming(1, 10)], [Step(0, 1), Step(5, 0), Step(30, 1)]) == [0, 30]


def test_servers_who_come_take_those_who_wait_at_once():
    assert replay([Coming(0, 10), Coming(1, 10), Coming(2, 10)], [Step(0, 1), Step(4, 3)]) == [0, 4, 4]


def test_without_any_server_nobody_is_ever_served():
    assert replay([Coming(0, 10), Coming(1, 10, 20)], [Step(0, 0)]) == [None, None]
    assert replay([Coming(0, 10)], []) == [None]


def test_nobody_comes_nobody_waits():
    assert replay([], ONE) == []


def test_stationary_traffic_waits_as_long_as_erlang_c_says():
    """200,000 calls at 30 servers and a load of 27; the error of the mean comes from the sample itself."""
    calls = stationary(3, 200_000, 30, apart_ms=10_000, service_ms=270_000)
    people = [Coming(call.joined_ms, call.ended_ms - call.started_ms, FOREVER) for call in calls]
    taken = replay(people, [Step(0, 30)])
    waits = [(at - person.joined_ms) / 270_000 for at, person in zip(taken, people, strict=True)]
    expected = erlang_c(27, 30)
    mean, error = mean_and_error(waits)
    assert error < 0.1 * expected.mean_wait
    assert abs(mean - expected.mean_wait) < 3 * error
    waited, error = mean_and_error([wait > 0 for wait in waits])
    assert abs(waited - expected.waits) < 3 * error
