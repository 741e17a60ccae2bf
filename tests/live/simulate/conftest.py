"""One simulated day, made once for all tests that look at it; it takes seconds, so it is not among the pure core."""

import pytest
from support.simulated import SimulatedDay, run_day, sample_park

from schemas.place import Places


@pytest.fixture(scope="session")
def sample_places() -> Places:
    return sample_park()


@pytest.fixture(scope="session")
def day(sample_places: Places) -> SimulatedDay:
    """An ordinary day with dirt in it."""
    return run_day(sample_places)


@pytest.fixture(scope="session")
def clean_day(sample_places: Places) -> SimulatedDay:
    """The same people, everything on time, once and whole."""
    return run_day(sample_places, dirt=0.0)
