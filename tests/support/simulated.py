"""A simulated day for tests: its emissions and its truth."""

from pathlib import Path
from typing import Any, NamedTuple

from schemas.place import Places, read_places
from streams.sources.simulate import Emission, simulate

HOUR = 3_600_000
START = 1_790_049_600_000
"""2026-09-22 04:00 UTC, a Tuesday."""
SAMPLE = Path(__file__).parents[2] / "schemas" / "places.sample.json"


class SimulatedDay(NamedTuple):
    emissions: list[Emission]
    truth: list[dict[str, Any]]

    def stays(self, place: str | None = None) -> list[dict[str, Any]]:
        """The stays of the truth, of one place or of all."""
        return [fact for fact in self.truth if fact["kind"] == "stay" and place in (None, fact["place"])]

    def dirt(self, what: str) -> list[dict[str, Any]]:
        return [fact for fact in self.truth if fact["kind"] == "dirt" and fact["what"] == what]


def sample_park() -> Places:
    return read_places(SAMPLE)


def run_day(
    places: Places, *, seed: int = 1, visitors: int = 2_000, hours: float = 24, dirt: float = 1.0
) -> SimulatedDay:
    truth: list[dict[str, Any]] = []
    emissions = list(simulate(seed, START, int(hours * HOUR), visitors, places, truth=truth.append, dirt=dirt))
    return SimulatedDay(emissions, truth)
