"""Do people wait as long as they were told: the estimate against waits that emerge from servers."""

import random
from bisect import bisect_right
from collections.abc import Iterator
from heapq import heapreplace
from typing import Any

import pytest
from support.load_log import Shell, log_of, stay, watermark

T = 1_700_000_000_000
PEOPLE = 1_500


def queue(chance: random.Random, servers: int, service_ms: int) -> Iterator[tuple[int, int]]:
    """(joined, started), first come, first served; in every second wave 5 % more come than can be served."""
    free, arrived = [T] * servers, T
    for number in range(PEOPLE):
        rush = 1.05 if number // 150 % 2 else 0.9
        arrived += round(chance.expovariate(servers * rush / service_ms))
        started = max(arrived, free[0])
        heapreplace(free, started + round(chance.gammavariate(2, service_ms / 2)))
        yield arrived, started


def told(shell: Shell) -> tuple[list[int], list[dict[str, Any]]]:
    rows = [row for row in shell.rows if row["estimate_p50_seconds"] is not None]
    return [round(row["at"] * 1_000) for row in rows], rows


@pytest.mark.parametrize(("servers", "service_ms"), [(1, 40_000), (4, 120_000), (20, 300_000)])
def test_half_wait_less_than_the_median_and_nine_of_ten_less_than_p90(servers: int, service_ms: int) -> None:
    people = list(queue(random.Random(7), servers, service_ms))
    changes = [(at, stay("A", f"token:{n}", *times[: v + 1], v=v)) for n, times in enumerate(people)
               for v, at in enumerate(times)]  # fmt: skip
    shell = Shell().run(log_of(*(body for _, body in sorted(changes, key=lambda c: c[0])), watermark(T + 10**10)))
    looks, rows = told(shell)
    waits = [((started - joined) / 1_000, rows[bisect_right(looks, joined) - 1])
             for joined, started in people if looks[0] <= joined < started]  # fmt: skip
    shorter = sum(wait <= row["estimate_p50_seconds"] for wait, row in waits) / len(waits)
    far_shorter = sum(wait <= row["estimate_p90_seconds"] for wait, row in waits) / len(waits)
    assert len(waits) > PEOPLE / 2
    assert 0.42 < shorter < 0.58
    assert 0.84 < far_shorter < 0.97
