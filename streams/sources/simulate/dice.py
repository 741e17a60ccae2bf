"""Chance that falls the same way for a seed on every Python: all of it comes from `random()`, which promises that."""

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


class Dice:
    """One stream of chance, named by its seed text, so that what one person does never moves the chance of another."""

    def __init__(self, seed: str) -> None:
        self.fraction = Random(seed).random
        """The next number in [0, 1)."""

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.fraction()

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.fraction() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        return self.fraction() < probability

    def exponential(self, mean: float) -> float:
        return -math.log(1.0 - self.fraction()) * mean

    def normal(self, mean: float, deviation: float) -> float:
        """Box and Muller's transformation (Annals of Mathematical Statistics 29, 1958), one of its two numbers."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.fraction()))
        return mean + deviation * radius * math.cos(2.0 * math.pi * self.fraction())

    def duration(self, mean_ms: float, variation: float) -> int:
        """A lognormal time in ms with this mean and coefficient of variation, at least 1 s."""
        spread = math.log1p(variation * variation)
        return max(1_000, int(mean_ms * math.exp(self.normal(-spread / 2.0, math.sqrt(spread)))))

    def taste(self, scale: float) -> float:
        """Gumbel noise with mean 0: choosing the greatest of value + taste is a logit choice."""
        return scale * (-math.log(-math.log(1.0 - self.fraction() * 0.999_999_999 - 1e-12)) - 0.577_215_665)

    def pick(self, things: Sequence[Thing]) -> Thing:
        return things[int(self.fraction() * len(things))]

    def weighted(self, things: Sequence[tuple[Thing, float]]) -> Thing:
        """One of (thing, weight) pairs; weights need not add up to 1."""
        left = self.fraction() * sum(weight for _, weight in things)
        for thing, weight in things:
            left -= weight
            if left < 0:
                return thing
        return things[-1][0]
