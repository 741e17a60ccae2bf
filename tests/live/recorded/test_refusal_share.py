"""What a simulated park and the recorded data get wrong is far from what pauses a partition."""

from collections.abc import Iterable
from itertools import islice

import orjson
import pytest
from support.recorded.call_centre import recorded_calls
from support.recorded.grocery import recorded_grocery
from support.recorded.rides import recorded_waits
from support.simulated import HOUR, START, run_day, sample_park
from support.touchpoints import Record, new_state

from streams.outbox import Outbox
from streams.refusals import Judged, RefusalWindow
from streams.validate.step import step

FOLD = 100
"""The smaller the pieces that are judged together, the sooner a window would be exceeded."""


def highest_share(values: Iterable[bytes]) -> float:
    """Of the refused ones in any window of 1,000 on the way through validate."""
    state, window, highest = new_state(), RefusalWindow(limit=1e-9), 0.0
    rest = iter(values)
    while fold := list(islice(rest, FOLD)):
        out = Outbox()
        for value in fold:
            step(state, Record(value, timestamp=START + 30 * HOUR), out)
        rows = out.rows
        refused = len(rows.get("rejected", ()))
        judged = Judged(refused + len(rows.get("touchpoints", ())), refused)
        highest = max(highest, window.exceeded_by(judged) or 0.0)
        window.note(judged)
    return highest


def test_the_simulated_park_pauses_nothing() -> None:
    emissions = run_day(sample_park(), visitors=400, hours=12).emissions
    assert len(emissions) > 5_000
    assert 0.0 < highest_share(emission.value for emission in emissions) < 0.05


@pytest.mark.parametrize("recorded", [recorded_calls, recorded_grocery, recorded_waits])
def test_the_recorded_data_pauses_nothing(recorded) -> None:
    assert highest_share(orjson.dumps(touchpoint) for touchpoint in islice(recorded(), 20_000)) == 0.0
