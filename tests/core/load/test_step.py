"""One place from the first join to the last: what a snapshot counts, and when it is taken."""

import pytest
from support.load_log import Record, Shell, fact, log_of, stay, watermark

from schemas.place import Place

T = 1_700_000_000_000  # a whole grid point, not a whole quarter of an hour
LATER = T + 3_600_000


def ats(shell: Shell) -> list[int]:
    return [round(row["at"] * 1_000) - T for row in shell.rows]


@pytest.mark.parametrize(("joined", "expected"), [(T - 1, T), (T, T), (T + 1, T + 5_000), (T + 5_000, T + 5_000)])
def test_the_first_grid_point_at_or_after_a_join_counts_it(joined: int, expected: int) -> None:
    shell = Shell().run(log_of(stay("A", "token:A/1", joined), watermark(T + 30_000)))
    assert [(row["at"] * 1_000, row["waiting"]) for row in shell.rows] == [(expected, 1)]


@pytest.mark.parametrize(("mark", "expected"), [(T + 4_999, []), (T + 5_000, []), (T + 5_001, [0])])
def test_a_snapshot_is_taken_once_the_watermark_has_passed_it_by_five_seconds(mark: int, expected: list[int]) -> None:
    assert ats(Shell().run(log_of(stay("A", "token:A/1", T), watermark(mark)))) == expected


def test_nothing_fires_before_every_sender_was_heard_of() -> None:
    log = log_of(stay("A", "token:A/1", T), watermark(LATER), watermark(T + 6_000, "stitch/1"))
    assert ats(Shell(senders=2).run(log[:2])) == []
    assert ats(Shell(senders=2).run(log)) == [0]


def test_a_queue_stay_waits_then_is_served_then_is_gone() -> None:
    shell = Shell().run(log_of(stay("A", "token:A/1", T, T + 10_000, T + 20_000), watermark(LATER)))
    counts = ["waiting", "being_served", "present", "arrivals", "starts", "ends", "oldest_wait_seconds"]
    assert [[row[name] for name in counts] for row in shell.rows] == [
        [1, 0, 1, 1, 0, 0, 0.0],
        [0, 1, 1, 0, 1, 0, None],
        [0, 0, 0, 0, 0, 1, None],
    ]


def test_a_call_answered_at_once_is_an_arrival_and_a_start_and_never_waits() -> None:
    (row,) = Shell().run(log_of(stay("A", "call:s/1", T, T), watermark(T + 6_000))).rows
    assert [row[name] for name in ("arrivals", "starts", "waiting", "being_served")] == [1, 1, 0, 1]


@pytest.mark.parametrize(("outcome", "abandons"), [("abandoned", 1), ("timed_out", 0)])
def test_only_who_walked_away_has_abandoned(outcome: str, abandons: int) -> None:
    shell = Shell().run(log_of(stay("A", "call:s/1", T, None, T + 5_000, out=outcome), watermark(T + 20_000)))
    assert [(row["waiting"], row["ends"], row["abandons"]) for row in shell.rows] == [(1, 0, 0), (0, 0, abandons)]


def test_a_known_customer_is_present_once_however_many_things_are_there() -> None:
    things = [stay("A", f"device:{n}", T, m="presence", w=w) for n, w in enumerate(["customer:1", "customer:1", ""])]
    leaving = stay("A", "device:0", T, None, T + 5_000, m="presence", w="customer:1", v=2)
    shell = Shell().run(log_of(*things, leaving, watermark(T + 20_000)))
    assert [row["present"] for row in shell.rows] == [2, 2]


def test_somebody_who_stays_for_hours_is_counted_every_whole_quarter_of_an_hour() -> None:
    shell = Shell().run(log_of(stay("A", "device:1", T, m="presence"), watermark(T + 3_600_000)))
    quarters = [row["at"] % 900 for row in shell.rows[1:]]
    assert quarters == [0.0] * 4


def test_a_place_that_everybody_has_left_is_not_looked_at_again() -> None:
    shell = Shell().run(log_of(stay("A", "device:1", T, None, T + 5_000, m="presence"), watermark(T + 9_000_000)))
    assert ats(shell) == [0, 5_000]


def test_a_late_change_corrects_the_counts_from_then_on_and_no_row_before() -> None:
    log = log_of(
        stay("A", "token:A/1", T),
        watermark(T + 20_000),
        stay("A", "token:A/2", T - 1_000),
        stay("A", "token:A/3", T + 30_000),
        watermark(T + 40_000),
    )
    rows = Shell().run(log).rows
    assert [(row["waiting"], row["arrivals"], row["oldest_wait_seconds"]) for row in rows] == [(1, 1, 0), (3, 1, 31)]


def test_an_older_version_of_a_stay_changes_nothing() -> None:
    log = log_of(stay("A", "token:A/1", T, T + 5_000, v=7), stay("A", "token:A/1", T, v=6), watermark(T + 20_000))
    assert [row["waiting"] for row in Shell().run(log).rows] == [1, 0]


def test_a_stay_that_turned_out_not_to_exist_is_taken_back() -> None:
    log = log_of(
        stay("A", "token:A/1", T),
        watermark(T + 20_000),
        stay("A", "token:A/1", T, v=2, x=1),
        stay("A", "token:A/1", T, v=1),
        stay("A", "token:A/2", T + 25_000),
        watermark(T + 40_000),
    )
    assert [row["waiting"] for row in Shell().run(log).rows] == [1, 1]


def test_times_out_of_order_never_count_below_zero() -> None:
    shell = Shell().run(log_of(stay("A", "call:s/1", T, T - 60_000, T - 90_000), watermark(LATER)))
    assert [(row["waiting"], row["being_served"], row["starts"], row["ends"]) for row in shell.rows] == [(0, 0, 1, 1)]


def test_what_fires_at_an_instant_sees_no_fact_that_came_after_it() -> None:
    log = log_of(
        stay("A", "device:1", T, m="presence"),
        fact("A", "staff.assigned", T + 10_000, count=9),
        fact("A", "staff.assigned", T, count=3),
        fact("A", "place.closed", T + 10_001),
        watermark(T + 60_000),
    )
    rows = Shell().run(log).rows
    assert [(row["servers"], row["state"]) for row in rows] == [(3, "open"), (9, "open"), (9, "closed")]


@pytest.mark.parametrize("minutes", [-1, -999, 1_440.5, "20", True, None])
def test_absurd_readings_stay_out(minutes: object) -> None:
    assert Shell().run(log_of(fact("A", "wait.posted", T, minutes=minutes), watermark(LATER))).rows == []


@pytest.mark.parametrize(("age", "posted"), [(3_600_000, 20), (3_600_001, None)])
def test_a_reading_older_than_the_allowed_lateness_stays_out(age: int, posted: int | None) -> None:
    reading = fact("A", "wait.posted", LATER - age, minutes=20)
    log = log_of(watermark(LATER), reading, stay("A", "token:A/1", LATER), watermark(LATER + 6_000))
    assert Shell().run(log).rows[-1]["posted_minutes"] == posted


def test_a_repeated_fact_changes_nothing_even_with_another_value() -> None:
    log = log_of(
        fact("A", "wait.posted", T, event_id="1", minutes=20),
        fact("A", "wait.posted", T + 1, event_id="1", minutes=30),
        watermark(LATER),
    )
    assert [row["posted_minutes"] for row in Shell().run(log).rows] == [20]


def test_servers_are_those_declared_until_somebody_assigns_others() -> None:
    place = Place(id="A", servers=4)
    shell = Shell((place,)).run(log_of(stay("A", "token:A/1", T), stay("B", "token:B/1", T), watermark(T + 6_000)))
    assert [row["servers"] for row in shell.rows] == [4, None]


@pytest.mark.parametrize(
    "value",
    [
        None, b"", b"\xff\x00", b"[" * 100_000, b"5", b"[]", b"{}", b'{"k":[]}', b'{"k":"wm"}',
        b'{"k":"wm","f":"","t":"x"}',
        b'{"k":"wm","f":"s","t":9e999}', b'{"k":"stay"}', b'{"k":"fact","t":1,"s":"a","e":"b","p":"c","d":{}}',
        b'{"k":"stay","v":1,"p":"A","i":"a:b","j":1.5,"n":0,"m":"queue","st":null,"en":null,"out":"","g":0,"w":""}',
        b'{"k":"stay","v":1,"p":"A","i":"a:b","j":1,"n":0,"m":["queue"],"st":null,"en":null,"out":"","g":0,"w":""}',
        b'{"k":"fact","t":1,"s":"a","e":"b","p":"c","d":{"count":9e99},"y":"staff.assigned"}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_changes_nothing(value: bytes | None) -> None:
    shell = Shell().run([Record(0, value)])
    assert (shell.rows, shell.state.entries, shell.state.watermark) == ([], {}, None)


def test_a_fire_of_one_look_at_a_time_says_the_same() -> None:
    log = log_of(*(stay(f"place-{n % 7}", f"token:{n}", T + 777 * n, T + 900 * n) for n in range(50)), watermark(LATER))
    assert Shell(limit=1).run(log).rows == Shell().run(log).rows


def test_stays_are_kept_for_the_allowed_lateness_after_their_end_and_then_dropped() -> None:
    shell = Shell(lateness_ms=7_200_000).run(log_of(stay("A", "token:A/1", T, T, T + 1_000), watermark(T + 7_201_000)))
    assert len(shell.state.entries) == 2
    shell.run([Record(2, log_of(watermark(T + 7_201_001))[0].value)])
    assert list(shell.state.entries) == ["A"]


def test_a_place_that_nobody_declared_is_forgotten_after_thirty_silent_days() -> None:
    log = log_of(
        stay("A", "token:A/1", T, T, T), fact("A", "staff.assigned", T, count=2), watermark(T + 30 * 86_400_000)
    )
    shell = Shell((Place(id="B"),)).run(log)
    assert len(shell.state.entries) == 2
    shell.run([Record(3, log_of(watermark(T + 30 * 86_400_000 + 1))[0].value)])
    assert (shell.state.entries, shell.state.crowds) == ({}, {})


def test_the_estimate_moves_each_minute_for_who_waits_where_nothing_else_happens() -> None:
    """Three starts a minute apart, then nobody moves for 14 minutes while one waits."""
    people = [stay("A", f"token:A/{n}", T, T + (n + 1) * 60_000, T + (n + 1) * 60_000) for n in range(3)]
    rows = Shell().run(log_of(*people, stay("A", "token:A/9", T + 1_000), watermark(T + 1_010_000))).rows
    still = [row for row in rows if row["at"] * 1_000 > T + 180_000]
    assert [round(row["at"] * 1_000) % 60_000 for row in still] == [0] * len(still)
    told = [row["estimate_p50_seconds"] for row in still if row["estimate_reason"] == ""]
    assert len(told) >= 12
    assert told == sorted(set(told)), "nobody is served, so the wait grows each minute"
