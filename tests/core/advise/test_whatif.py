"""The recorded time once more, with other servers."""

import pytest
from support.lines import erlang_c, mean_and_error, stationary

from streams.advise.measures import Limits
from streams.advise.record import Stay, record_of
from streams.advise.replay import Step
from streams.advise.staffing import Change, inferred
from streams.advise.whatif import Draws, what_if

DAY = 86_400_000


def asked(stays, servers, staffing=None, **more):
    record = record_of(stays)
    return what_if(record, staffing or inferred(record), Change(servers, 0, more.pop("until", DAY)), **more)


def test_with_the_actual_staffing_everybody_waits_as_recorded():
    answer = asked([Stay(0, 0, 100), Stay(10, 100, 150), Stay(20, None, 90), Stay(30, 150, 400)], 0)
    assert answer.replayed == answer.recorded == answer.after
    assert (answer.difference, answer.is_near) == (0, True)


def test_one_more_server_halves_what_two_waited_for():
    answer = asked([Stay(0, 0, 100_000), Stay(10_000, 100_000, 200_000)], 1)
    assert (answer.recorded.total_wait_seconds, answer.after.total_wait_seconds) == (90, 0)
    assert answer.after.served == 2


def test_who_had_left_is_served_where_their_patience_is_enough():
    stays = [Stay(0, 0, 100_000), Stay(1_000, None, 60_000), Stay(99_000, 100_000, 110_000)]
    answer = asked(stays, 1)
    assert (answer.recorded.abandoned, answer.after.abandoned, answer.after.served) == (1, 0, 3)
    assert answer.patience == (1, 3)


def test_fewer_servers_make_people_leave_as_those_did_who_left():
    stays = [Stay(0, 0, 100_000), Stay(0, 0, 100_000), Stay(1_000, None, 31_000)]
    answer = asked([*stays, Stay(200_000, 200_000, 300_000), Stay(200_000, 200_000, 300_000)], -1)
    assert answer.after.abandoned > answer.recorded.abandoned
    assert answer.after.longest_wait_seconds <= 100


def test_only_those_who_join_in_the_time_are_counted_and_the_others_are_there():
    before = [Stay(-50_000, -50_000, 100_000)]
    answer = asked([*before, Stay(10_000, 100_000, 130_000), Stay(DAY, DAY, DAY + 1)], 0)
    assert (answer.recorded.people, answer.replayed.total_wait_seconds) == (1, 90)


def test_a_time_in_which_nobody_joins_is_refused():
    with pytest.raises(ValueError, match="nobody joined"):
        asked([Stay(DAY, DAY, DAY + 1)], 1)


def test_who_is_sent_away_shows_no_end_of_patience():
    answer = asked([Stay(0, 0, 100_000), Stay(1_000, None, 60_000, "", True)], 0)
    assert answer.patience == (0, 2)
    assert (answer.recorded.abandoned, answer.replayed.abandoned) == (1, 1)


def test_before_the_first_server_comes_nobody_is_served():
    answer = asked([Stay(0, 50_000, 60_000)], 0, [Step(50_000, 1)])
    assert (answer.difference, answer.replayed.mean_wait_seconds) == (0, 50)


def test_the_same_seed_gives_the_same_answer_and_another_one_another():
    stays = stationary(5, 300, 4, 20_000, 90_000, 60_000)
    one, same, other = (asked(stays, 1, draws=Draws(seed, 3)) for seed in (1, 1, 2))
    assert one == same != other


def test_servers_that_were_not_there_show_in_the_difference():
    stays = [Stay(0, 0, 100_000), Stay(10_000, 100_000, 200_000)]
    answer = asked(stays, 0, [Step(0, 2)])
    assert (answer.difference, answer.is_near) == (-1, False)


def test_service_level_and_utilisation_are_of_the_time_asked_for():
    stays = [Stay(0, 0, 50_000), Stay(10_000, 50_000, 60_000), Stay(20_000, None, 21_000), Stay(30_000, None, 45_000)]
    answer = asked(stays, 0, until=100_000, limits=Limits(20, 5))
    assert (answer.recorded.service_level, answer.recorded.service_level_people) == (1 / 3, 3)
    assert answer.recorded.utilisation == pytest.approx(0.6)


def test_two_servers_more_on_stationary_traffic_are_erlang_c():
    """60,000 calls at 12 servers and a load of 10; asked for 14, where a golden vector says 7.836 s."""
    stays = stationary(8, 60_000, 12, apart_ms=18_000, service_ms=180_000)
    answer = asked(stays, 2, until=stays[-1].joined_ms, draws=Draws(number=1))
    expected = erlang_c(10, 14)
    alike = [stay.wait_ms / 1_000 for stay in stationary(9, 60_000, 14, apart_ms=18_000, service_ms=180_000)]
    _, error = mean_and_error(alike)
    assert expected.mean_wait * 180 == pytest.approx(7.836, abs=0.001)
    assert error < 0.1 * 7.836
    assert abs(answer.after.mean_wait_seconds - 7.836) < 3 * error
    assert answer.after.utilisation == pytest.approx(expected.busy, abs=0.01)
    assert answer.is_near


@pytest.mark.parametrize(("more", "share", "wait"), [(2, 0.109438, 32.83), (4, 0.042711, 12.81)])
def test_where_people_give_up_more_servers_are_erlang_a(more, share, wait):
    """60,000 calls at 8 servers and a load of 10, patience 300 s on average, which four of five do not show."""
    stays = stationary(8, 60_000, 8, 18_000, 180_000, 300_000)
    answer = asked(stays, more, until=stays[-1].joined_ms, draws=Draws(number=1))
    alike = stationary(9, 60_000, 8 + more, 18_000, 180_000, 300_000)
    _, error = mean_and_error([stay.wait_ms / 1_000 for stay in alike])
    assert abs(answer.after.mean_wait_seconds - wait) < 3 * error
    _, error = mean_and_error([stay.started_ms is None for stay in alike])
    assert abs(answer.after.abandoned / answer.after.people - share) < 3 * error
    assert abs(answer.difference) < 1e-9
