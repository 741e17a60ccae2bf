"""The numbers of now, against small worlds that can be counted by hand."""

from typing import Any

import pytest
from support.engine import Engine
from support.seeded_park import pipeline_rows


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    engine.clear()


@pytest.fixture
def snapshot(engine: Engine, now_ms: int) -> Any:
    """A snapshot of a place so many seconds before now."""

    def insert(place: str, before: float, **columns: Any) -> None:
        at = (now_ms / 1_000) - before
        row = {"level": "ok", "state": "open", "waiting": 0, "being_served": 0}
        engine.insert("queue_load_all", [row | {"place": place, "at": at, "epoch": 1, "version": 1} | columns])

    return insert


@pytest.fixture
def place(engine: Engine) -> Any:
    def insert(identity: str, **columns: Any) -> None:
        engine.insert("places", [{"id": identity, "kind": "queue", "declared": 1, "version": 1} | columns])

    return insert


@pytest.fixture
def stay(engine: Engine, now_ms: int) -> Any:
    def insert(place: str, thing: str, joined: float, ended: float | None = None, **columns: Any) -> None:
        seconds = now_ms / 1_000
        row = {
            "place": place,
            "identifier": thing,
            "token": thing,
            "kind": "presence",
            "joined_at": seconds - joined,
            "ended_at": None if ended is None else seconds - ended,
            "epoch": 1,
            "version": 1,
        }
        engine.insert("stays_all", [row | columns])

    return insert


class TestWaiting:
    def test_it_is_the_sum_of_the_last_snapshots(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 100, waiting=5)
        snapshot("a", 20, waiting=7)
        snapshot("b", 60, waiting=2)
        assert ask("people_waiting")[-1]["value"] == 9

    def test_the_range_begins_with_what_was_known_before_it(self, snapshot: Any, ask: Any, now_ms: int) -> None:
        snapshot("a", 1_800 + 600, waiting=4)
        snapshot("b", 10, waiting=1)
        first, last = ask("people_waiting")
        assert (first["value"], last["value"]) == (4, 5)
        assert first["time"].timestamp() * 1_000 == now_ms - 1_800_000

    def test_a_snapshot_older_than_the_grid_no_longer_counts(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 1_800 + 17 * 60, waiting=4)
        snapshot("b", 10, waiting=1)
        assert ask("people_waiting")[-1]["value"] == 1

    def test_places_that_emptied_long_ago_are_zero_where_the_data_reaches_here(
        self, snapshot: Any, ask: Any, engine: Engine, now_ms: int
    ) -> None:
        snapshot("a", 7_200, waiting=0)
        assert ask("people_waiting") == [], "without a report nobody knows"
        engine.insert("pipeline", pipeline_rows(now_ms, now_ms - 2_000))
        assert [row["value"] for row in ask("people_waiting")] == [0]

    def test_a_frozen_pipeline_makes_an_old_number_unknown(
        self, snapshot: Any, ask: Any, engine: Engine, now_ms: int
    ) -> None:
        snapshot("a", 7_200, waiting=6)
        engine.insert("pipeline", pipeline_rows(now_ms, now_ms - 7_200_000))
        assert ask("people_waiting") == []

    def test_being_served_is_counted_the_same_way(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 100, being_served=3, waiting=9)
        snapshot("b", 10, being_served=1)
        assert ask("being_served")[-1]["value"] == 4

    def test_an_epoch_that_has_not_finished_is_not_shown(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 10, waiting=5)
        snapshot("a", 5, waiting=50, epoch=2)
        assert ask("people_waiting")[-1]["value"] == 5

    def test_a_replaced_snapshot_counts_once(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 10, waiting=5, version=1)
        snapshot("a", 10, waiting=6, version=2)
        assert ask("people_waiting")[-1]["value"] == 6


class TestOnSite:
    def test_a_known_customer_is_one_person_whatever_they_carry(self, stay: Any, snapshot: Any, ask: Any) -> None:
        snapshot("park", 5)
        stay("park", "wristband:1", 600, customer="customer:7")
        stay("park", "device:1", 500, customer="customer:7")
        stay("park", "wristband:2", 400)
        assert ask("people_present")[-1]["value"] == 2

    def test_who_has_left_is_gone_from_that_moment_on(self, stay: Any, snapshot: Any, ask: Any) -> None:
        snapshot("park", 5)
        stay("park", "wristband:1", 900, ended=300)
        values = {round(row["time"].timestamp()): row["value"] for row in ask("people_present")}
        end = max(values)
        assert values[end] == 0
        assert 1 in values.values()

    @pytest.mark.parametrize("kind", ["call_queue", "virtual_queue", "parking"])
    def test_callers_tickets_and_cars_are_nobody_on_site(
        self, stay: Any, place: Any, snapshot: Any, ask: Any, kind: str
    ) -> None:
        place("elsewhere", kind=kind)
        snapshot("elsewhere", 5)
        stay("elsewhere", "call:1", 100, kind="queue")
        stay("", "call:2", 100, kind="menu")
        assert ask("people_present")[-1]["value"] == 0

    def test_the_last_moment_is_the_last_known_one(self, stay: Any, snapshot: Any, ask: Any, now_ms: int) -> None:
        snapshot("park", 7)
        stay("park", "wristband:1", 600)
        assert ask("people_present")[-1]["time"].timestamp() * 1_000 == now_ms - 7_000


class TestLongestWait:
    def test_it_grows_with_the_time_since_the_places_own_snapshot(self, snapshot: Any, place: Any, ask: Any) -> None:
        place("a", name="Comet", target_wait_seconds=900)
        snapshot("a", 605, waiting=1, oldest_wait_seconds=100)
        snapshot("b", 5, waiting=1, oldest_wait_seconds=650)
        [row] = ask("longest_wait_now")
        assert (row["name"], row["value"], row["target_wait_seconds"]) == ("Comet", 700, 900)

    def test_a_place_where_nobody_waits_any_more_has_none(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 60, waiting=3, oldest_wait_seconds=1_000)
        snapshot("a", 30, waiting=0, oldest_wait_seconds=1_030)
        assert ask("longest_wait_now") == []
        assert ask("longest_wait") == []


class TestTrouble:
    def test_open_places_are_counted_by_level(self, snapshot: Any, ask: Any) -> None:
        for name, level in (("a", "bad"), ("b", "watch"), ("c", "watch"), ("d", "ok"), ("e", "unknown")):
            snapshot(name, 10, level=level)
        snapshot("f", 10, level="bad", state="closed")
        [row] = ask("places_in_trouble")
        assert (row["bad"], row["watch"], row["places"]) == (1, 2, 4)

    def test_only_the_last_level_of_a_place_counts(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 60, level="bad")
        snapshot("a", 10, level="ok")
        [row] = ask("places_in_trouble")
        assert (row["bad"], row["places"]) == (0, 1)


class TestEstimate:
    def test_the_worst_open_place_with_an_estimate_is_named(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 10, estimate_p50_seconds=300, estimate_p90_seconds=400, estimate_samples=9)
        snapshot("b", 10, estimate_p50_seconds=600, estimate_p90_seconds=900, estimate_samples=4)
        snapshot("c", 10, estimate_p50_seconds=999, estimate_p90_seconds=1_000, state="closed")
        snapshot("d", 10, estimate_reason="too_few_starts")
        [row] = ask("worst_estimate")
        assert (row["name"], row["value"], row["estimate_p90_seconds"], row["estimate_samples"]) == ("b", 600, 900, 4)

    def test_an_area_has_no_queue_to_estimate(self, snapshot: Any, place: Any, ask: Any) -> None:
        place("park", kind="area")
        snapshot("park", 10, estimate_reason="too_few_starts")
        assert ask("wait_estimate") == []

    def test_a_place_without_estimate_says_why(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 10, estimate_reason="too_few_starts")
        snapshot("b", 10, state="paused", estimate_reason="paused")
        rows = {row["name"]: row for row in ask("wait_estimate")}
        assert rows["a"]["estimate_p50_seconds"] is None
        assert rows["a"]["reason"] == "too few starts"
        assert rows["b"]["reason"] == "paused"


class TestFreshness:
    def report(self, engine: Engine, now_ms: int, behind_ms: int, **more: Any) -> None:
        engine.insert("pipeline", pipeline_rows(now_ms, now_ms - 1_000, held_ms=now_ms - behind_ms, **more))

    def test_a_live_pipeline_says_up_to_when(self, engine: Engine, ask: Any, now_ms: int) -> None:
        self.report(engine, now_ms, 2_000)
        [row] = ask("freshness")
        assert (row["severity"], row["delay_seconds"]) == (0, 2)
        assert row["text"] == "Live, 2 s behind"
        assert row["as_of"].timestamp() * 1_000 == now_ms - 2_000

    @pytest.mark.parametrize(("behind", "severity"), [(15_000, 0), (16_000, 1), (60_000, 1), (61_000, 2)])
    def test_the_longer_behind_the_worse(
        self, engine: Engine, ask: Any, now_ms: int, behind: int, severity: int
    ) -> None:
        self.report(engine, now_ms, behind)
        assert ask("freshness")[0]["severity"] == severity

    def test_the_input_that_holds_everything_back_is_named(self, engine: Engine, ask: Any, now_ms: int) -> None:
        self.report(engine, now_ms, 300_000, lag=12_340)
        [row] = ask("freshness")
        assert row["held_back_by"] == "touchpoints partition 1"
        assert row["records_waiting"] == 12_340
        assert row["text"] == "Stale by 300 s, held back by touchpoints partition 1: 12340 records to go"

    def test_a_silent_input_is_told_from_a_busy_one(self, engine: Engine, ask: Any, now_ms: int) -> None:
        self.report(engine, now_ms, 300_000)
        assert ask("freshness")[0]["text"].endswith("touchpoints partition 1: nothing arrives there")

    def test_a_worker_that_no_longer_reports_is_stale(self, engine: Engine, ask: Any, now_ms: int) -> None:
        engine.insert("pipeline", pipeline_rows(now_ms - 40_000, now_ms - 41_000))
        [row] = ask("freshness")
        assert row["severity"] == 2
        assert row["text"].startswith("Stale: the worker has not reported for 4")

    def test_a_stage_that_has_no_watermark_yet_is_unknown_not_zero(self, engine: Engine, ask: Any, now_ms: int) -> None:
        rows = pipeline_rows(now_ms, now_ms)
        engine.insert("pipeline", [row | {"watermark": None} for row in rows])
        [row] = ask("freshness")
        assert (row["severity"], row["as_of"], row["delay_seconds"]) == (3, None, None)
        assert ask("data_as_of")[0]["value"] is None

    def test_one_partition_without_watermark_makes_the_whole_unknown(
        self, engine: Engine, ask: Any, now_ms: int
    ) -> None:
        rows = pipeline_rows(now_ms, now_ms)
        silent = [row | {"watermark": None} for row in rows if row["partition"] == 1 and row["stage"] == "load"]
        engine.insert("pipeline", [row for row in rows if row["partition"] == 0] + silent)
        assert ask("freshness")[0]["severity"] == 3

    def test_the_slowest_partition_decides(self, engine: Engine, ask: Any, now_ms: int) -> None:
        rows = pipeline_rows(now_ms, now_ms - 1_000)
        slow = [row | {"watermark": (now_ms - 9_000) / 1_000} for row in rows if row["partition"] == 1]
        engine.insert("pipeline", [row for row in rows if row["partition"] == 0] + slow)
        assert ask("data_as_of")[0]["value"] == now_ms - 9_000
        assert ask("data_as_of")[0]["delay_seconds"] == 9

    def test_a_range_in_the_past_is_complete(self, engine: Engine, ask: Any, now_ms: int) -> None:
        self.report(engine, now_ms, 300_000)
        assert ask("freshness", to_ms=now_ms - 600_000)[0]["severity"] == 0
