"""The signs of four recorded rides against what guests measured: the view says what a reading of the file says."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

import orjson
import pytest
from support.recorded.rides import recorded_waits

from streams.store.client import Store

OLDEST_SECONDS = 7_200


@pytest.fixture
def readings(insert: Callable[..., None]) -> dict[str, dict[str, list[tuple[float, str, float]]]]:
    """Place → kind → (second, event id, minutes) of July, in order; absurd ones left out here, stored all the same."""
    rows, plain = [], defaultdict(lambda: defaultdict(list))
    for one in recorded_waits():
        if not "2018-07-01" <= one["occurred_at"] < "2018-08-01":
            continue
        at = datetime.fromisoformat(one["occurred_at"]).timestamp()
        row = {name: one[name] for name in ("event_id", "source", "type", "place")}
        rows.append(row | {"occurred_at": at, "data": orjson.dumps(one["data"]).decode()})
        if 0 <= one["data"]["minutes"] <= 1_440:
            plain[one["place"]][one["type"]].append((at, one["event_id"], one["data"]["minutes"]))
    insert("touchpoints", *rows)
    return plain


def test_the_bias_of_each_sign_is_that_of_the_file(store: Store, readings: dict) -> None:
    truth = {}
    for place, kinds in readings.items():
        signs = sorted(kinds["wait.posted"])
        errors = []
        for at, _, minutes in kinds["wait.observed"]:
            last = bisect_right([sign[0] for sign in signs], at) - 1
            if last >= 0 and signs[last][0] > at - OLDEST_SECONDS:
                errors.append(signs[last][2] - minutes)
        truth[place] = (len(errors), pytest.approx(sum(errors) / len(errors)), sum(error >= 0 for error in errors))
    found = store.query(
        "SELECT place, sum(waits), sum(bias_minutes * waits) / sum(waits), sum(kept) FROM sign_quality("
        "since = '2018-07-01 04:00:00', until = '2018-08-01 04:00:00') GROUP BY place ORDER BY place"
    ).rows
    for place, waits, bias, kept in found:
        print(f"\n{place}: n {waits}, the sign says {bias:+.1f} min on average, {kept / waits:.0%} waited no longer")
    assert {place: tuple(rest) for place, *rest in found} == truth
