"""One place with twenty thousand people: no look and no change walks through all of them."""

import random
from collections.abc import Callable

from support.load_log import Record, Shell, log_of, stay, watermark

from schemas.place import Place
from streams.load.state import LoadState

T = 1_700_000_000_000
MANY = 20_000


class Counting(dict[str, object]):
    """Entries that count how often one is looked up."""

    reads = 0

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.reads += 1
        return super().get(key, default)


def filled(many: int = MANY) -> tuple[Shell, Counting]:
    """A place where `many` wait, one after the other; what is read from now on is counted."""
    shell = Shell((Place(id="A", target_wait_seconds=60, capacity=2 * many),))
    shell.run(log_of(*(stay("A", f"token:{n}", T + n) for n in range(many)), watermark(T + many + 60_000)))
    counting = shell.state.entries = Counting(shell.state.entries)  # type: ignore[assignment]
    return shell, counting  # type: ignore[return-value]


def test_a_change_and_its_look_touch_a_handful_of_twenty_thousand_stays() -> None:
    shell, counting = filled()
    changes = [stay("A", "token:0", T, T + MANY + 60_000, v=2), watermark(T + MANY + 120_000)]
    shell.run([Record(MANY + 1 + n, log_of(body)[0].value) for n, body in enumerate(changes)])
    (served,) = [row for row in shell.rows if row["starts"]]
    assert (served["waiting"], served["being_served"]) == (MANY - 1, 1)
    assert counting.reads < 20


def test_who_waits_for_hours_does_not_keep_everybody_who_came_after() -> None:
    shell = Shell(lateness_ms=0)
    log = [stay("A", "token:old", T)]
    for n in range(1, 5_000):
        log += [stay("A", f"token:{n}", T + n * 5_000), stay("A", f"token:{n}", T + n * 5_000, T + n * 5_000 + 1, v=2)]
        log += [watermark(T + n * 5_000 + 10_000)]
    shell.run(log_of(*log))
    assert shell.rows[-1]["oldest_wait_seconds"] == shell.rows[-1]["at"] - T / 1_000
    assert len(shell.state.crowds["A"]._queue) < 1_000


def test_a_late_start_that_is_corrected_puts_the_waiting_one_back_into_the_queue() -> None:
    log = log_of(
        stay("A", "token:1", T, T + 1_000),
        watermark(T + 60_000),
        stay("A", "token:1", T, T + 90_000, v=2),
        stay("A", "token:2", T + 70_000),
        watermark(T + 80_000),
    )
    assert [row["oldest_wait_seconds"] for row in Shell().run(log).rows] == [0, None, 40, 70]


def test_a_withdrawn_stay_is_remembered_for_the_allowed_lateness_from_its_withdrawal() -> None:
    log = log_of(
        watermark(T + 50_000_000),
        stay("A", "token:1", T + 46_000_000, v=2, x=1),
        watermark(T + 53_000_000),
        stay("A", "token:1", T + 46_000_000, v=1),
        watermark(T + 53_600_001),
    )
    before = Shell(lateness_ms=3_600_000).run(log[:4]).state
    assert [entry[0] for key, entry in before.entries.items() if "token" in key] == [2]
    assert not any("token" in key for key in Shell(lateness_ms=3_600_000).run(log).state.entries)


def test_recovery_needs_no_order_among_the_entries() -> None:
    chance = random.Random(1)
    shell, _ = filled(1_000)
    rebuild: Callable[[], LoadState] = shell.recover
    shell.changelog = dict(chance.sample(sorted(shell.changelog.items()), len(shell.changelog)))
    crowd, again = shell.state.crowds["A"], rebuild().crowds["A"]
    assert (again.tally.waiting, again.oldest_joined, again.rhythm) == (1_000, crowd.oldest_joined, crowd.rhythm)
