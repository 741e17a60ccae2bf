"""*Call centre*: queues by service level and agents by need, against a few calls that can be counted by hand."""

from typing import Any

import pytest
from support.engine import Engine

from dashboards.boards.call_centre import CALL_CENTRE
from dashboards.macros import Window, expand
from dashboards.panels import panel_sql


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    engine.clear()


@pytest.fixture
def call(engine: Engine, now_ms: int) -> Any:
    """A call that joined so many seconds before now; None of service: it hung up."""

    def insert(place: str, before: float, wait: float, service: float | None = None) -> None:
        joined = now_ms / 1_000 - before
        over = joined + wait
        row = {"place": place, "identifier": f"call:pbx/{place}{before}", "joined_at": joined, "kind": "queue"}
        row |= {"ended_at": over, "wait_seconds": wait, "outcome": "abandoned", "epoch": 1, "version": 1}
        if service is not None:
            row |= {"started_at": over, "ended_at": over + service, "service_seconds": service, "outcome": "served"}
        engine.insert("stays_all", [row])

    return insert


@pytest.fixture
def panel(engine: Engine, now_ms: int) -> Any:
    def rows(name: str) -> list[dict[str, Any]]:
        sql = panel_sql(CALL_CENTRE, CALL_CENTRE.panel(name))
        return engine.records(expand(sql, Window(now_ms - 7_200_000, now_ms, 15)))

    return rows


def test_the_lowest_service_level_comes_first_and_quarters_add_up(call: Any, panel: Any) -> None:
    call("good", 3_600, 5, 100)
    call("bad", 3_600, 5, 100)
    call("bad", 1_700, 50, 200)
    call("bad", 1_600, 60)
    call("bad", 1_500, 2)
    bad, good = panel("queues")

    assert (good["place"], good["service_level"]) == ("good", 1)
    assert bad["service_level"] == pytest.approx(1 / 3)
    names = ("offered", "answered", "abandoned", "abandoned_short", "asa_seconds", "aht_seconds", "handled")
    assert [bad[name] for name in names] == [4, 2, 2, 1, 27.5, 150, 2]
    assert bad["longest_wait_seconds"] == 60


def test_occupancy_is_busy_time_over_time_at_work(engine: Engine, now_ms: int, call: Any, panel: Any) -> None:
    engine.insert("places", [{"id": "hotline", "kind": "call_queue", "declared": 1, "version": 1}])
    engine.insert("queue_load_all", [{"place": "hotline", "at": now_ms / 1_000, "epoch": 1, "version": 1}])
    staff = {"place": "hotline", "state": "open", "servers": 2, "epoch": 1, "version": 1}
    engine.insert("staffing_all", [staff | {"at": now_ms / 1_000 - 7_200}])
    engine.insert("staffing_all", [staff | {"at": now_ms / 1_000 - 60, "servers_required": 4}])
    call("hotline", 1_000, 0, 366)
    ((row),) = panel("agents")

    assert (row["said"], row["servers"], row["servers_required"]) == ("2 missing", 2, 4)
    assert row["occupancy"] == pytest.approx(366 / (2 * 3_630))  # an hour back begins a quarter of an hour, at :30


def test_calls_and_levels_over_time_stand_at_the_quarter_of_their_joining(call: Any, panel: Any) -> None:
    call("one", 3_000, 5, 100)
    call("two", 3_001, 50, 100)
    call("two", 100, 3)

    assert [(row["answered"], row["abandoned"]) for row in panel("calls_over_time")] == [(2, 0), (0, 1)]
    assert [row["service_level"] for row in panel("service_level_over_time")] == [0.5, None]
    assert [row["asa_seconds"] for row in panel("answer_and_handle")] == [27.5, None]


def test_occupancy_is_what_agents_say_of_themselves_with_the_time_that_it_rests_on(
    engine: Engine, now_ms: int, call: Any, panel: Any
) -> None:
    engine.insert("places", [{"id": "hotline", "kind": "call_queue", "declared": 1, "version": 1}])
    engine.insert("queue_load_all", [{"place": "hotline", "at": now_ms / 1_000, "epoch": 1, "version": 1}])
    told = {"source": "acd", "type": "agent.changed", "version": 1}
    for before, state in ((1_200, "ready"), (900, "talking"), (600, "lunch")):
        data = f'{{"agent": "ann", "state": "{state}", "queues": ["hotline"]}}'
        at = {"event_id": state, "occurred_at": now_ms / 1_000 - before, "data": data}
        engine.insert("touchpoints", [told | at])
    call("hotline", 1_000, 0, 366)
    ((row),) = panel("agents")

    assert (row["agent_occupancy"], row["agent_seconds"], row["occupancy"]) == (0.5, 600, None)


def test_after_call_work_is_in_the_handle_time_of_both_panels(
    engine: Engine, now_ms: int, call: Any, panel: Any
) -> None:
    call("sales", 600, 0, 100)
    call("sales", 500, 0, 100)
    data = '{"call": "sales600", "wrap_seconds": 30}'
    ended = {"source": "pbx", "event_id": "e", "type": "call.ended", "occurred_at": now_ms / 1_000 - 500, "version": 1}
    engine.insert("touchpoints", [ended | {"data": data}])
    ((row),) = panel("queues")

    assert (row["aht_seconds"], row["handled"], row["wrapped"]) == (115, 2, 1)
    assert [point["aht_seconds"] for point in panel("answer_and_handle")] == [115]
