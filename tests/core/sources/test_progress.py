"""One line about long work: how much of how much, how fast, how long to go."""

import pytest

from streams.sources.progress import line_of


@pytest.mark.parametrize(
    ("done", "total", "recently", "seconds", "line"),
    [
        (0, None, 0, 0.0, "0"),
        (0, 0, 0, 1.0, "0 of 0"),
        (1_500, 6_000, 1_500, 3.0, "1,500 of 6,000 (25%), 500/s, 9 s left"),
        (5_000, 6_000, 500, 5.0, "5,000 of 6,000 (83%), 100/s, 10 s left"),
        (6_000, 6_000, 6_000, 2.0, "6,000 of 6,000 (100%), 3,000/s"),
        (700, None, 700, 7.0, "700, 100/s"),
        (0, 10, 0, 4.0, "0 of 10 (0%)"),
    ],
)
def test_the_line_says_what_is_known(done, total, recently, seconds, line):
    assert line_of(done, total, recently, seconds) == line
