"""A broker that stops, dies, freezes, and a bad line to it (rows 7 to 9 of the matrix)."""

import pytest
from support.faults.bench import Bench

pytestmark = pytest.mark.kafka


def test_row_07_the_broker_is_bounced_cleanly_and_killed(bench: Bench) -> None:
    with bench.row(7, "broker stopped and killed (-9), started again") as trial:
        kafka = bench.kafka
        trial.hit("broker stopped")
        kafka.stop_node(1)
        kafka.start_node(1)
        trial.note("broker ready")
        trial.calm(8)
        trial.hit("broker killed")
        kafka.kill_node(1)
        kafka.start_node(1)
        trial.note("broker ready")
        trial.fault_over()
