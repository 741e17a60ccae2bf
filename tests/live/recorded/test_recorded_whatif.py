"""What-if over the road's own rows: the recorded call centre with its own staffing, and with two agents more."""

import json
from typing import Any

import pytest
from support.recorded import call_centre
from support.recorded.call_centre_oracle import totals
from support.recorded.files import rows

pytestmark = pytest.mark.slow
DAY = ("--from", "1999-08-01T00:00Z", "--to", "1999-08-02T06:00Z")


def asked(recorded: Any, queue: str) -> dict[str, Any]:
    done = recorded.road.touchline("whatif", "--place", queue, "--servers", "+2", *DAY, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("queue", ["NW", "NE", "IN"])
def test_with_its_own_staffing_a_queue_waits_as_long_as_it_did(recorded: Any, queue: str) -> None:
    answer, happened = asked(recorded, queue), totals(rows(call_centre.FILE))[queue]
    assert answer["recorded"]["total_wait_seconds"] == happened.wait_seconds
    assert (answer["recorded"]["served"], answer["recorded"]["abandoned"]) == (happened.answered, happened.abandoned)
    assert answer["staffing"]["source"] == "inferred"
    assert answer["within_5_percent"] is True
    assert answer["after"]["abandoned"] < answer["recorded"]["abandoned"] / 4


def test_the_queue_with_two_priorities_says_why_it_is_off(recorded: Any) -> None:
    answer = asked(recorded, "PS")
    assert answer["within_5_percent"] is False
    assert "264 of 1,120 were served before somebody who had joined earlier" in answer["reasons"][0]
    assert any("also served elsewhere" in reason for reason in answer["reasons"])
