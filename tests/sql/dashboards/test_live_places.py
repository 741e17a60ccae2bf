"""Place by place, over time, and what was refused: against small worlds that can be counted by hand."""

from typing import Any

import pytest
from support.engine import Engine


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    engine.clear()


@pytest.fixture
def snapshot(engine: Engine, now_ms: int) -> Any:
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
def wait(engine: Engine, now_ms: int) -> Any:
    """A wait that ended so many seconds before now."""

    def insert(place: str, ended: float, seconds: float, outcome: str = "served", **columns: Any) -> None:
        end = now_ms / 1_000 - ended
        row = {
            "place": place,
            "identifier": f"wristband:{ended}-{seconds}",
            "joined_at": end - seconds,
            "started_at": end if outcome == "served" else None,
            "ended_at": end + 60 if outcome == "served" else end,
            "outcome": outcome,
            "wait_seconds": seconds,
            "kind": "queue",
            "epoch": 1,
            "version": 1,
        }
        engine.insert("stays_all", [row | columns])

    return insert


class TestPlaces:
    def test_the_worst_come_first(self, snapshot: Any, place: Any, ask: Any) -> None:
        place("long", target_wait_seconds=1_000)
        place("longer", target_wait_seconds=100)
        place("silent", name="Nobody knows")
        snapshot("ok", 10)
        snapshot("bad", 10, level="bad")
        snapshot("long", 10, level="watch", waiting=1, oldest_wait_seconds=1_100)
        snapshot("longer", 10, level="watch", waiting=1, oldest_wait_seconds=150)
        snapshot("shut", 10, state="closed")
        rows = ask("load_by_place")
        assert [row["name"] for row in rows] == ["bad", "longer", "long", "ok", "Nobody knows", "shut"]
        assert [row["level"] for row in rows] == [2, 1, 1, 0, 5, 3]

    def test_a_declared_place_that_was_never_seen_has_no_numbers(self, place: Any, ask: Any) -> None:
        place("silent", name="Silent", servers=4, target_wait_seconds=60)
        [row] = ask("load_by_place")
        numbers = ("load", "waiting", "being_served", "present", "longest_wait_seconds", "estimate_samples")
        assert all(row[name] is None for name in numbers)
        assert (row["level"], row["servers"], row["target_wait_seconds"]) == (5, 4, 60)

    def test_a_place_where_nobody_waits_has_zero_and_no_longest_wait(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 10, waiting=0, oldest_wait_seconds=None)
        [row] = ask("load_by_place")
        assert (row["waiting"], row["longest_wait_seconds"], row["load"]) == (0, None, None)

    def test_a_deleted_declaration_is_gone(self, place: Any, ask: Any) -> None:
        place("former", version=1)
        place("former", version=2, is_deleted=1)
        assert ask("load_by_place") == []


class TestFilters:
    HOSTILE = "o'brien\\' OR 1=1 --"

    def test_a_place_is_asked_for_by_its_id_whatever_that_is(self, snapshot: Any, ask: Any) -> None:
        snapshot(self.HOSTILE, 10, waiting=3)
        snapshot("other", 10, waiting=5)
        assert [row["place"] for row in ask("load_by_place", place=[self.HOSTILE])] == [self.HOSTILE]
        assert ask("people_waiting", place=[self.HOSTILE])[-1]["value"] == 3

    @pytest.mark.parametrize(
        "text", ["\\", "'", "\\'", "''", "a\nb", "🎢", "${site:singlequote}", "$__toTime", "%s {x:String}"]
    )
    def test_any_text_is_just_a_text(self, snapshot: Any, ask: Any, text: str) -> None:
        snapshot(text, 10, waiting=2)
        assert ask("people_waiting", place=[text])[-1]["value"] == 2
        assert ask("people_waiting", site=[text]) == []

    def test_a_site_means_the_places_declared_there(self, snapshot: Any, place: Any, ask: Any) -> None:
        place("a", site="north")
        place("b", site="south")
        for name in ("a", "b", "undeclared"):
            snapshot(name, 10, waiting=1)
        assert [row["place"] for row in ask("load_by_place", site=["north"])] == ["a"]
        assert ask("people_waiting", site=["north", "south"])[-1]["value"] == 2
        assert ask("people_waiting")[-1]["value"] == 3


class TestLevelTimeline:
    def spells(self, rows: list[dict[str, Any]], now_ms: int) -> list[tuple[str, int, int]]:
        return [(row["place"], round(now_ms / 1_000 - row["time"].timestamp()), row["value"]) for row in rows]

    def test_only_changes_are_rows(self, snapshot: Any, ask: Any, now_ms: int) -> None:
        for before, level in ((900, "ok"), (600, "ok"), (300, "watch"), (200, "watch"), (100, "bad")):
            snapshot("a", before, level=level)
        assert self.spells(ask("level_timeline"), now_ms) == [("a", 900, 0), ("a", 300, 1), ("a", 100, 2)]

    @pytest.mark.parametrize("before", [1_805, 1_800, 1_900])
    def test_the_level_before_the_range_holds_at_its_beginning(
        self, snapshot: Any, ask: Any, now_ms: int, before: int
    ) -> None:
        snapshot("a", before + 100, level="watch")
        snapshot("a", before, level="watch")
        snapshot("a", 60, level="watch")
        assert self.spells(ask("level_timeline"), now_ms) == [("a", min(before, 1_800), 1)]

    def test_closed_and_paused_are_no_levels(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 300, level="bad", state="closed")
        snapshot("a", 200, level="ok", state="paused")
        snapshot("a", 100, level="unknown")
        assert [row["value"] for row in ask("level_timeline")] == [3, 4, 5]

    def test_a_place_without_any_level_is_left_out(self, snapshot: Any, ask: Any) -> None:
        snapshot("park", 300, level="unknown")
        snapshot("park", 100, level="unknown")
        snapshot("ride", 100, level="ok")
        assert [row["place"] for row in ask("level_timeline")] == ["ride"]

    def test_the_twenty_worst_places_are_shown_worst_first(self, snapshot: Any, ask: Any) -> None:
        for number in range(22):
            snapshot(f"p{number:02}", 1_000 - number, level="bad" if number == 21 else "watch")
        rows = ask("level_timeline")
        assert rows[0]["place"] == "p21"
        assert len(rows) == 20
        assert [row["rank"] for row in rows] == list(range(1, 21))


class TestWaits:
    def test_mean_and_number_are_by_the_hour_in_which_the_wait_ended(self, wait: Any, ask: Any, now_ms: int) -> None:
        wait("a", 60, 100)
        wait("a", 120, 300, "abandoned")
        wait("a", 1_829, 200)
        wait("a", 1_831, 500)
        rows = ask("wait_by_hour")
        hour = now_ms // 3_600_000 * 3_600
        assert [(row["time"].timestamp() - hour, row["value"], row["waits"]) for row in rows] == [
            (-3_600, 500, 1),
            (0, 200, 3),
        ]

    def test_a_wait_that_goes_on_is_in_no_mean(self, wait: Any, ask: Any) -> None:
        wait("a", 60, 100, outcome="", started_at=None, ended_at=None, wait_seconds=None)
        wait("b", 60, 100, wait_seconds=None)
        assert ask("wait_by_hour") == []
        assert ask("wait_distribution") == []

    def test_waits_are_counted_by_length_and_ending(self, wait: Any, ask: Any) -> None:
        for seconds, outcome in (
            (0, "served"),
            (59.9, "served"),
            (60, "abandoned"),
            (3_600, "served"),
            (9_000, "timed_out"),
        ):
            wait("a", 30, seconds, outcome)
        rows = {row["minutes"]: (row["served"], row["abandoned"], row["timed_out"]) for row in ask("wait_distribution")}
        assert rows == {"0–1": (2, 0, 0), "1–2": (0, 1, 0), "60+": (1, 0, 1)}

    def test_waits_that_ended_before_the_range_are_out(self, wait: Any, ask: Any) -> None:
        wait("a", 1_801, 100)
        wait("a", 1_700, 100)
        [row] = ask("wait_distribution")
        assert row["served"] == 1

    def test_over_time_the_worst_place_counts_and_its_wait_grows(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 600, waiting=1, oldest_wait_seconds=100, estimate_p50_seconds=50, estimate_p90_seconds=90)
        snapshot("b", 600, waiting=1, oldest_wait_seconds=10, estimate_p50_seconds=70, estimate_p90_seconds=80)
        snapshot("b", 0, waiting=0)
        rows = ask("wait_over_time")
        assert rows[0]["longest_wait_seconds"] == 100
        assert rows[-2]["longest_wait_seconds"] == 100 + 585
        assert (rows[0]["estimate_p50_seconds"], rows[0]["estimate_p90_seconds"]) == (70, 90)

    def test_a_snapshot_holds_until_the_grid_would_have_brought_the_next(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 1_200, waiting=1, oldest_wait_seconds=100)
        snapshot("b", 0)
        values = [row["longest_wait_seconds"] for row in ask("wait_over_time")]
        assert values[0] == 100
        assert values[-1] is None

    def test_an_unknown_estimate_leaves_a_gap(self, snapshot: Any, ask: Any) -> None:
        snapshot("a", 60, waiting=0, estimate_reason="too_few_starts")
        assert {row["estimate_p50_seconds"] for row in ask("wait_over_time")} == {None}
        assert {row["longest_wait_seconds"] for row in ask("wait_over_time")} == {None}


class TestFlow:
    def test_counts_are_per_minute_of_queues_without_the_minute_that_runs(
        self, snapshot: Any, place: Any, ask: Any
    ) -> None:
        snapshot("a", 35, arrivals=6, starts=2, abandons=1)
        snapshot("b", 50, arrivals=1)
        snapshot("a", 10, arrivals=99)
        place("park", kind="area")
        snapshot("park", 40, arrivals=50)
        [row] = ask("flow")
        assert (row["arrivals"], row["starts"], row["abandons"]) == (7, 2, 1)


class TestRejected:
    def refuse(self, engine: Engine, now_ms: int, *rows: tuple[int, str, str]) -> None:
        engine.insert(
            "rejected",
            [
                {
                    "topic": "touchpoints",
                    "partition": 0,
                    "offset": number,
                    "row": "",
                    "rejected_at": now_ms / 1_000 - before,
                    "reason": reason,
                    "source": source,
                    "field": "type",
                    "detail": f"detail {number}",
                }
                for number, (before, reason, source) in enumerate(rows)
            ],
        )

    def test_refused_records_of_the_last_hour_are_counted_by_reason_and_source(
        self, engine: Engine, ask: Any, now_ms: int
    ) -> None:
        old = (3_700, "not_json", "")
        self.refuse(engine, now_ms, (60, "not_json", ""), (10, "bad_time", "till"), (5, "bad_time", "till"), old)
        rows = [(row["reason"], row["source"], row["refused"], row["example"]) for row in ask("rejected")]
        assert rows == [("bad_time", "till", 2, "type: detail 2"), ("not_json", "unreadable", 1, "type: detail 0")]

    def test_a_record_that_is_refused_again_counts_once(self, engine: Engine, ask: Any, now_ms: int) -> None:
        self.refuse(engine, now_ms, (60, "not_json", ""))
        self.refuse(engine, now_ms, (60, "not_json", ""))
        assert [row["refused"] for row in ask("rejected")] == [1]
