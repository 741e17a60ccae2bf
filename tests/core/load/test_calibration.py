"""Do people wait as long as they were told: the estimate against waits that emerge from servers.

`pytest -s tests/core/load/test_calibration.py` prints the shares, by sample size too.
"""

import pytest
from support.told import CLASSES, Told, below, fifo, report, told

T = 1_700_000_000_000
RUNS = ((1, 60_000, 0.8), (3, 240_000, 0.85), (10, 300_000, 0.9))
"""(servers, mean service in ms, arrivals as a share of what the servers can do)"""


@pytest.fixture(scope="module")
def stationary() -> list[Told]:
    """10,000 waits and more, from queues whose servers and demand never change: M/M/1, M/M/3, M/M/10, four of each."""
    waits: list[Told] = []
    for servers, service_ms, share in RUNS:
        for seed in range(4):
            waits += told(fifo(seed, servers, service_ms, share, 1_500, 1, T))
    print(report("\nM/M/c", waits))
    return waits


def test_nine_of_ten_stationary_waits_lie_below_p90(stationary: list[Told]) -> None:
    shorter, far_shorter = below(stationary)
    assert len(stationary) >= 10_000
    assert 0.87 <= far_shorter <= 0.93
    assert 0.44 <= shorter <= 0.60


@pytest.mark.parametrize(("least", "most"), CLASSES[:5])
def test_few_samples_are_no_excuse(stationary: list[Told], least: int, most: int) -> None:
    """Within five points: who was told from few samples is mostly somebody after a lull, which is no random choice."""
    waits = [one for one in stationary if least <= one.samples <= most]
    assert 0.85 <= below(waits)[1] <= 0.95


@pytest.mark.parametrize(("servers", "service_ms"), [(1, 40_000), (4, 120_000), (20, 300_000)])
def test_services_that_are_more_regular_than_chance_are_not_promised_too_much(servers: int, service_ms: int) -> None:
    waits = [one for seed in range(2) for one in told(fifo(seed, servers, service_ms, 0.9, 1_500, 2, T))]
    print(report(f"\nM/G/{servers}", waits))
    shorter, far_shorter = below(waits)
    assert 0.42 < shorter < 0.66
    assert 0.86 < far_shorter < 0.99
