"""Small pieces of the page about one person."""

import pytest

from dashboards.page.person_parts import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (45, "45 s"),
        (59.6, "1 min"),
        (2_460, "41 min"),
        (4_380, "1:13 h"),
        (47.9 * 3_600, "47:54 h"),
        (48 * 3_600, "2 days"),
        (1_410 * 3_600 + 840, "59 days"),
        (1_000 * 86_400, "1,000 days"),
    ],
)
def test_a_length_of_time_has_the_unit_that_people_think_in(seconds: float, said: str) -> None:
    assert duration(seconds) == said
