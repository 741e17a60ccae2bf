"""What the supervisor of several processes says of them."""

from streams.run.fleet import Fleet
from streams.run.settings import Settings


def test_nobody_is_ready_before_the_first_start() -> None:
    fleet = Fleet(Settings(worker_id="w", metrics_port=9_180), "worker", 2)
    assert fleet.ready() == ["w-1 does not run", "w-2 does not run"]
