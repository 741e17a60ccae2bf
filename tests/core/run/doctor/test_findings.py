"""What is drawn from the facts: lost, warning or note, with the numbers and what to do."""

from dataclasses import replace
from typing import Any

import pytest

from streams.run.doctor.account import HourAccount
from streams.run.doctor.facts import Checked, Conflicts, Facts, Named, Reading, Standing, StoreFacts, TopicFacts
from streams.run.doctor.findings import findings, status

NOW = 1_700_000_000_000
WELL = Facts(NOW, 24, embedded=False, event_clock=False)


def found(**facts: Any) -> list[tuple[str, str, str]]:
    return [(f.level, f.about, f.says) for f in findings(replace(WELL, **facts))]


def reading(reader: str = "validate", partition: int = 0, **changes: Any) -> Reading:
    usual = {"topic": "touchpoints", "begin": 0, "end": 100, "committed": 100, "committed_later": 100}
    return Reading(reader, partition, **{**usual, **changes})


def standing(**changes: Any) -> Standing:
    usual = {"offset": 99, "watermark_ms": NOW - 500, "delay_seconds": 0.5, "held_by": "", "paused": "", "at_ms": NOW}
    return Standing(**{**usual, **changes})


def test_where_all_is_well_nothing_is_found():
    lane = reading(standing=standing())
    assert found(readings=[lane], accounts=[HourAccount(0, NOW, 5, 1, {"bad_time": 2})]) == []
    assert status([]) == 0


def test_a_missing_touchpoint_is_lost_and_named_by_its_offset():
    ((level, about, says),) = found(accounts=[HourAccount(3, NOW, 10, missing=2, first_missing=77)])
    assert (level, about) == ("lost", "touchpoints/3")
    assert "2 of 12" in says
    assert "offset 77" in says


def test_what_could_not_be_looked_at_is_a_note():
    checked = Checked(0, 50, 100, 100, unread=9, log_begins_ms=NOW, known_before=(7, 2))
    levels = [(level, about) for level, about, _ in found(checked=[checked], not_looked_at=["disks: no right"])]
    assert levels == [("note", "touchpoints/0"), ("note", "touchpoints/0"), ("note", "not looked at")]


def test_a_pause_stands_before_everything_else():
    lane = reading(committed=40, committed_later=40, standing=standing(paused="80% refused"))
    ((level, about, says),) = found(readings=[lane])
    assert (level, about, says) == ("lost", "validate/0", "paused with 60 records waiting: 80% refused")


@pytest.mark.parametrize(("committed", "words"), [(4, "6 records were deleted"), (101, "made anew")])
def test_an_offset_outside_the_log_is_lost(committed: int, words: str):
    lane = reading(begin=10, committed=committed, committed_later=committed, standing=standing())
    ((level, _, says),) = found(readings=[lane])
    assert (level, words in says) == ("lost", True)


def test_a_lane_with_old_work_that_does_not_move_stands_still():
    waiting = {"committed": 40, "committed_later": 40, "oldest_unread_ms": NOW - 31_000}
    ((level, _, says),) = found(readings=[reading(**waiting, standing=standing(at_ms=NOW - 40_000))])
    assert level == "lost"
    assert "60 records of touchpoints/0 wait, the oldest for 31 s; nobody serves it since" in says
    assert found(readings=[reading(**{**waiting, "oldest_unread_ms": NOW - 29_000}, standing=standing())]) == []


def test_a_lane_of_which_nobody_says_anything_is_not_served():
    (silent,) = found(readings=[reading(standing=standing(at_ms=NOW - 31_000))])
    assert silent == ("lost", "validate/0", "nobody serves it since 2023-11-14 22:12:49 UTC")
    assert [level for level, _, _ in found(readings=[reading()])] == ["warning"]
    late = reading("sink pipeline", topic="rows.pipeline", oldest_unread_ms=NOW - 11_000, committed_later=101)
    assert found(readings=[reading(standing=standing(at_ms=NOW - 31_000))], tables=[late]) == []


def test_a_lane_that_moves_is_behind_only_beyond_a_minute():
    moving = {"committed": 40, "committed_later": 60}
    assert found(tables=[reading("sink stays", **moving, oldest_unread_ms=NOW - 59_000)]) == []
    ((level, about, _),) = found(tables=[reading("sink stays", **moving, oldest_unread_ms=NOW - 61_000)])
    assert (level, about) == ("warning", "sink stays/0")


def test_who_holds_time_back_is_named_down_to_the_input():
    late = {"delay_seconds": 120.0, "watermark_ms": NOW - 120_000}
    lanes = [
        reading("validate", 1, standing=standing(**late), standing_since_ms=NOW - 119_000),
        reading("stitch", 0, topic="events", standing=standing(**late, held_by="validate/1")),
        reading("load", 0, topic="place-events", standing=standing(**late, held_by="stitch/0")),
    ]
    ((level, _, says),) = found(readings=lanes)
    assert level == "warning"
    assert "validate/1 (touchpoints/1) holds back validate/1, stitch/0, load/0 since 2023-11-14 22:11:21 UTC" in says
    assert found(readings=lanes, event_clock=True) == []


def test_a_transaction_that_hides_what_follows_is_named_as_the_cause():
    late = standing(delay_seconds=120.0, watermark_ms=NOW - 120_000)
    ((_, _, says),) = found(readings=[reading(standing=late, stable=70)])
    assert says.endswith("holds back validate/0, by a transaction left open at offset 70")


def test_two_workers_with_one_name_or_one_that_ends_again_and_again_is_seen():
    assert found(restarts={("validate", 0): 2}) == []
    assert [about for _, about, _ in found(restarts={("validate", 0): 3})] == ["worker"]


def test_copies_with_other_content_are_noted_and_copies_of_other_people_warn():
    named = Named("gate", "e1", NOW)
    levels = [level for level, _, _ in found(conflicts=Conflicts(2, (named,)), escaped=Conflicts(1, (named,)))]
    assert levels == ["warning", "note"]


TOPIC = TopicFacts("touchpoints", 3, False, 168, {"min.insync.replicas": "2", "retention.ms": "604800000"})


@pytest.mark.parametrize(
    ("topic", "about"),
    [
        (replace(TOPIC, replication=1), "replication"),
        (replace(TOPIC, config={"min.insync.replicas": "1"}), "min.insync.replicas"),
        (replace(TOPIC, config={"min.insync.replicas": "3"}), "min.insync.replicas"),
        (replace(TOPIC, config={**TOPIC.config, "unclean.leader.election.enable": "true"}), "unclean.leader.election"),
        (replace(TOPIC, config={**TOPIC.config, "retention.ms": "3600000"}), "touchpoints"),
        (replace(TOPIC, config={**TOPIC.config, "retention.bytes": "1000"}), "touchpoints"),
        (replace(TOPIC, config={**TOPIC.config, "cleanup.policy": "compact"}), "touchpoints"),
    ],
)
def test_each_unsafe_setting_of_a_topic_warns_and_says_what_to_do(topic: TopicFacts, about: str):
    assert found(topics=[TOPIC], nodes=3) == []
    (finding,) = findings(replace(WELL, topics=[topic], nodes=3))
    assert (finding.level, finding.about.startswith(about), bool(finding.do)) == ("warning", True, True)


KEPT = "ReplacingMergeTree ORDER BY x SETTINGS index_granularity = 8192"
REMEMBERS = f"{KEPT}, non_replicated_deduplication_window = 10000"


@pytest.mark.parametrize(
    ("store", "about"),
    [
        (StoreFacts({"stays_all": "MergeTree ORDER BY x"}), "table stays_all"),
        (StoreFacts({"stays_all": REMEMBERS}), "table stays_all"),
        (StoreFacts({"touchpoints": KEPT.replace(" SETTINGS", " TTL at + 1 SETTINGS")}), "TTL"),
        (StoreFacts({"staffing_all": KEPT.replace(" SETTINGS", " TTL at + 1 SETTINGS")}), "TTL"),
        (StoreFacts(readers_final=False), "readers"),
        (StoreFacts(disks=[("default", 1 << 30, 1 << 40)]), "disk default of the store"),
        (StoreFacts(skew_seconds=-2.5), "clock of the store"),
        (StoreFacts(open_letters=3, oldest_open_ms=NOW - 25 * 86_400_000), "dead letters"),
    ],
)
def test_each_unsafe_state_of_the_store_warns(store: StoreFacts, about: str):
    engines = {"stays_all": KEPT, "rejected": KEPT.replace(" SETTINGS", " TTL at + 1 SETTINGS")}
    well = StoreFacts(engines, [("default", 1 << 39, 1 << 40)], 0.4, True, 3, NOW - 86_400_000)
    assert [level for level, _, _ in found(store=well)] == ["note"]
    assert [(level, of) for level, of, _ in found(store=store)] == [("warning", about)]


def test_a_key_beside_the_data_is_usual_on_embedded_parts_and_a_warning_elsewhere():
    assert [level for level, _, _ in found(key_file="data/pseudonym.key")] == ["warning"]
    assert [level for level, _, _ in found(key_file="data/pseudonym.key", embedded=True)] == ["note"]
    assert [level for level, _, _ in found(key_file="k", embedded=True, key_file_open=True)] == ["warning", "note"]


def test_the_heaviest_finding_comes_first_and_makes_the_status():
    facts = replace(
        WELL, accounts=[HourAccount(0, NOW, missing=1, first_missing=1)], broker_skew_seconds=3.0, not_looked_at=["x"]
    )
    assert [finding.level for finding in findings(facts)] == ["lost", "warning", "note"]
    assert [status(findings(facts)[n:]) for n in range(4)] == [2, 1, 0, 0]
