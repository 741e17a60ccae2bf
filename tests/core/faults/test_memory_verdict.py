"""When the memory of a process that ran for an hour is called flat."""

import random

import pytest
from support.faults.watch import MIB, growth_of

HOUR = range(0, 3_600, 2)


def life(leak_bytes_an_hour: float, settles: float = 0.0) -> list[tuple[float, int]]:
    """150 MiB that go up and down by 5 as chunks come and go, `settles` more of them within the first third."""
    chance = random.Random(1)
    sizes = ((at, min(1.0, at / 1_200) * settles + leak_bytes_an_hour * at / 3_600) for at in HOUR)
    return [(float(at), round(150 * MIB + chance.uniform(-5, 5) * MIB + more)) for at, more in sizes]


@pytest.mark.parametrize(
    ("leak", "settles", "flat"),
    [(0, 0, True), (0, 200 * MIB, True), (-40 * MIB, 0, True), (18 * MIB, 0, True), (30 * MIB, 0, False)],
)
def test_memory_that_settles_is_flat_and_memory_that_goes_on_growing_is_not(
    leak: float, settles: float, flat: bool
) -> None:
    assert growth_of(life(leak, settles)).flat is flat


def test_a_leak_of_two_hundred_bytes_per_touchpoint_is_seen() -> None:
    assert not growth_of(life(200 * 36 * 3_600)).flat


def test_a_step_in_the_last_third_is_seen() -> None:
    stepped = [(at, resident + (9 * MIB if at > 2_400 else 0)) for at, resident in life(0)]
    assert not growth_of(stepped).flat
