"""How long people are willing to wait, the served included."""

from random import Random
from statistics import fmean

import pytest

from streams.advise.patience import Patience


def test_the_share_that_is_still_willing_is_that_of_a_worked_example():
    """Left at 3 and 5, served at 2, 4 and 6: at risk are 4 and 2, so 3/4 and 3/4 x 1/2."""
    patience = Patience([3, 5], [2, 4, 6])
    assert [patience.share_beyond(wait) for wait in (0, 2, 3, 4, 5, 9)] == [1, 1, 0.75, 0.75, 0.375, 0.375]


def test_a_wait_that_ended_in_service_at_the_instant_of_a_leaving_was_still_at_risk():
    assert Patience([3], [3]).share_beyond(3) == 0.5


def test_draws_follow_the_shares():
    patience, chance = Patience([3, 5], [2, 4, 6]), Random(1)
    drawn = [patience.draw(chance) for _ in range(20_000)]
    shares = {value: drawn.count(value) / 20_000 for value in set(drawn)}
    assert shares == pytest.approx({3: 0.25, 5: 0.375, None: 0.375}, abs=0.011)  # three standard errors


def test_a_draw_is_longer_than_what_was_already_stood():
    patience, chance = Patience([3, 5], [2, 4, 6]), Random(2)
    drawn = [patience.draw(chance, 3) for _ in range(20_000)]
    assert set(drawn) == {5, None}
    assert abs(drawn.count(5) / 20_000 - 0.5) < 0.015


def test_where_nobody_ever_left_everybody_stays():
    assert Patience([], [10, 20]).draw(Random(3)) is None
    assert Patience([], []).share_beyond(5) == 1


def test_patience_is_found_although_service_hides_most_of_it():
    """Patience and wait both exponential: of four three are served first, and yet it is found."""
    chance = Random(4)
    people = [(chance.expovariate(1 / 300), chance.expovariate(1 / 100)) for _ in range(40_000)]
    left = [round(1_000 * patience) for patience, wait in people if patience < wait]
    served = [round(1_000 * wait) for patience, wait in people if wait <= patience]
    found = Patience(left, served)
    assert abs(found.share_beyond(300_000) - 0.3679) < 0.02
    drawn = [found.draw(chance, 100_000) for _ in range(5_000)]
    assert (
        abs(fmean(min(value or 300_000, 300_000) - 100_000 for value in drawn) - 300_000 * (1 - 2.718282 ** (-2 / 3)))
        < 4_000
    )
