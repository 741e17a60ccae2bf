"""A simulated resort: people with intents choose by wait, waits emerge from servers, every touchpoint is told."""

from streams.sources.simulate.days import simulate
from streams.sources.simulate.emission import Emission

__all__ = ["Emission", "simulate"]
