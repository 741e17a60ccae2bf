"""A simulated resort: people with intents choose by wait, waits emerge from servers, every touchpoint is told."""

from streams.sources.simulate.emission import Emission
from streams.sources.simulate.world import simulate

__all__ = ["Emission", "simulate"]
