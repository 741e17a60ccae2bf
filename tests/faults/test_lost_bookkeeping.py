"""State, offsets and logs that are lost or not what they were; code that raises or stalls (rows 23 to 30)."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kafka import TopicPartition
from support.faults.bench import Bench, Trial
from support.faults.road import configure
from support.kafka import Admin, expel_members, until

from streams.kafka.standing import SINK_GROUP, WORKER_GROUP
from streams.topology import EVENTS, PUBLIC, changelog

pytestmark = pytest.mark.kafka


def test_row_26_the_groups_forget_what_they_have_read(bench: Bench) -> None:
    with bench.row(26, "committed offsets of workers and sink lost: all is read again") as trial:
        trial.calm(3)
        parts, already = trial.road.parts, len(trial.load.acknowledged)
        for name in ("worker-1", "sink-1"):
            parts.kill(name, back=False)
        for group in (WORKER_GROUP, SINK_GROUP):
            trial.hit(f"group {group} deleted")
            forget(trial, group)
        for name in ("worker-1", "sink-1"):
            parts.start(name)
        trial.fault_over()
    assert trial.verdict.repeated > already / 2  # it was said and stored again, and nobody sees it


def forget(trial: Trial, group: str) -> None:
    with Admin(trial.road.connection) as admin:
        expel_members(admin, group)
        admin.delete_groups([group])


@pytest.fixture
def odd(bench: Bench) -> Iterator[str]:
    """A worker whose code can be told to fail, instead of the usual one."""
    parts = bench.road.parts
    parts.kill("worker-1", back=False)
    parts.add("odd", [sys.executable, "-m", "support.faults.odd_worker"], TOUCHLINE_WORKER_ID="worker-1")
    yield "odd"
    parts.kill("odd", back=False)
    parts.start("worker-1")


@pytest.mark.slow
def test_row_23_a_rolling_upgrade_to_a_release_with_another_state_format(own_bench: Bench) -> None:
    with own_bench.row(23, "rolling upgrade over a new state format, both releases in one group") as trial:
        parts = trial.road.parts
        trial.road.add_worker("worker-2")
        trial.calm(10)
        for old in ("worker-2", "worker-1"):
            trial.hit(f"{old} is replaced by the newer release")
            assert parts.terminate(old, 30) == 0
            newer = [sys.executable, "-m", "support.faults.odd_worker"]
            parts.add(f"newer-{old}", newer, TOUCHLINE_WORKER_ID=old, TOUCHLINE_ODD_AT="newer")
            trial.calm(12)
        trial.fault_over()
        assert not any(part.ends for part in parts.parts.values())  # nobody met a state that it could not read


@pytest.mark.slow
def test_row_29_code_raises_in_a_step_a_timer_a_callback_and_out_of_memory(bench: Bench, odd: str) -> None:
    with bench.row(29, "code raises: in a step, a timer, a callback, no memory") as trial:
        surprises = [f"raise:{stage}:{trial.draw.randint(20, 60)}" for stage in ("validate", "stitch", "load")]
        for surprise in [*surprises, "timer:stitch:30", "timer:load:30", "callback:stitch:20", "allocate:validate:30"]:
            trial.hit(surprise)
            trial.road.parts.kill_by_itself(odd, {"TOUCHLINE_ODD_AT": surprise})
        trial.fault_over()


@pytest.mark.slow
def test_row_30_the_event_loop_stalls_for_longer_than_a_session(bench: Bench, odd: str) -> None:
    with bench.row(30, "event loop stalls for 12 s, longer than a session") as trial:
        part = trial.road.parts[odd]
        for stage in ("validate", "stitch", "load"):
            trial.hit(f"{stage} stalls")
            trial.road.parts.kill(odd, once={"TOUCHLINE_ODD_AT": f"stall:{stage}:60:12"})
            trial.calm(25)
        trial.fault_over()
        assert part.said().count("something odd happens: stall") == 3
        assert set(part.ends) <= {70}  # it went on, or left and came back


@pytest.mark.slow
def test_row_25_the_changelogs_are_compacted_under_load(bench: Bench) -> None:
    with bench.row(25, "changelogs compacted under load, worker killed") as trial:
        for stage in ("stitch", "load"):
            configure(
                trial.road.connection, changelog(stage), **{"segment.ms": "200", "min.cleanable.dirty.ratio": "0.01"}
            )
        trial.calm(10)
        for _ in range(3):
            trial.hit()
            trial.road.parts.kill("worker-1")
            trial.calm(7)
        trial.fault_over()


# -- what must stop everybody until a person has decided ---------------------------------------------


@pytest.mark.slow
def test_row_25_a_changelog_that_is_gone_is_refused(own_bench: Bench) -> None:
    said = refusal_after(own_bench, 25, "changelog deleted", lambda admin: admin.delete_topics([changelog("stitch")]))
    assert "touchline-stitch-changelog: deleted and created again since the last start" in said


@pytest.mark.slow
def test_row_24_a_topic_that_was_made_anew_is_refused(own_bench: Bench) -> None:
    said = refusal_after(own_bench, 24, "topic deleted and made anew", lambda admin: admin.delete_topics([EVENTS]))
    assert "events: deleted and created again since the last start" in said


@pytest.mark.slow
def test_row_24_records_that_went_before_they_were_read_are_refused(own_bench: Bench) -> None:
    def delete(admin: Any) -> None:
        tp = TopicPartition(PUBLIC, 0)
        admin.delete_records({tp: -1})  # up to the end

    said = refusal_after(own_bench, 24, "records deleted before they were read", delete, late=True)
    assert "touchpoints/0: the group touchline has read up to" in said


def refusal_after(bench: Bench, number: int, fault: str, harm: Callable[[Any], Any], *, late: bool = False) -> str:
    """Load, quiet, a worker that is down, harm: what it says when it is started again. `late`: more comes meanwhile."""
    with bench.row(number, fault) as trial:
        trial.hit()
        trial.calm(5)
    parts = bench.road.parts
    parts.kill("worker-1", back=False)
    if late:
        trial.append(PUBLIC, 0, *[b"{broken"] * 3)
    with Admin(bench.road.connection) as admin:
        harm(admin)
    parts.start("worker-1")
    until(lambda: parts.refused, "the worker refuses to start", 60)
    return parts.refused[0]
