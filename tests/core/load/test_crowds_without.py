"""Each rule of stays and counts matters: left out, some crowd comes out wrong. So the worlds would notice."""

import sys
from typing import Any

import pytest
from support.crowd_check import differences
from support.crowd_world import HOUR, random_world

from streams.load import reading, tally
from streams.stitch import call, evidence, moment, stay
from streams.stitch.evidence import WHERE
from streams.stitch.stay import PlaceRule, Rules

MOST = 150
"""So many worlds are enough to notice."""


def is_wrong(seed: int) -> bool:
    prompt = seed % 2 == 1
    return bool(differences(random_world(seed, most_late=4_999 if prompt else HOUR - 1), prompt=prompt))


def leave_out(monkeypatch: pytest.MonkeyPatch, rule: Any, instead: Any) -> None:
    """Wherever a module has imported it, also in a table of rules."""
    for name, module in [*sys.modules.items()]:
        if not name.startswith("streams."):
            continue
        for known_as, value in [*vars(module).items()]:
            if value is rule:
                monkeypatch.setattr(module, known_as, instead)
            elif isinstance(value, dict) and not known_as.startswith("__"):
                for key in [key for key, one in value.items() if one is rule]:
                    monkeypatch.setitem(value, key, instead)


def nothing(*_: Any) -> None:
    """The rule is not there."""


def served_when_due(one: stay.Stay) -> stay.Stay:
    return (*one[: stay.ENDED], one[stay.DUE], stay.SERVED, 0, *one[stay.SERVER :])


def only_a_join_begins(moment_: moment.Moment, one: evidence.Evidence) -> None:
    index = moment_.find(one[WHERE], stay.QUEUE)
    if index >= 0:
        moment_.refresh(index, one, starts=moment_.at)


def always_begin(moment_: moment.Moment, one: evidence.Evidence, wait: Any = moment.wait) -> None:
    index = moment_.find(one[WHERE], stay.QUEUE)
    if index >= 0:
        moment_.end(index, stay.SERVED, guessed=1)
    wait(moment_, one)


def stays_as_it_was_told_first(body: dict[str, Any], now: int, read: Any = reading.read_stay) -> Any:
    found = read(body, now)
    return found and (*found[:3], found[3]._replace(version=0))


def nobody_is_gone(body: dict[str, Any], now: int, read: Any = reading.read_stay) -> Any:
    return read({**body, "x": 0}, now)


def points_without_time_outs(one: Any, points: Any = tally.points) -> Any:
    return tuple(point for point in points(one) if point[1] != tally.RAN_OUT)


def places_of_their_own(*_: Any) -> PlaceRule:
    return PlaceRule(presence=1_200_000, wait=900_000, service=600_000, virtual=False)


RULES = {
    "who times out is given up, which is a guess": (stay._timed_out, served_when_due),
    "closing empties the place": (moment.close, nothing),
    "who waits and leaves has walked away": (moment.leave_queue, nothing),
    "leaving a place ends what goes on there": (moment.leave_place, moment.leave_queue),
    "an end of service ends the stay": (moment.end, nothing),
    "a service without a join is one": (moment.serve, only_a_join_begins),
    "a second join while waiting is the same wait": (moment.wait, always_begin),
    "a step of a call belongs to its last queue": (call._move, lambda _, one: one),
    "hanging up ends the wait": (call.abandoned, nothing),
    "at one instant, who leaves does so before who comes": (evidence.in_order, lambda group: group),
    "a stay is as it was told last": (reading.read_stay, stays_as_it_was_told_first),
    "a stay that is none is taken back": (reading.read_stay, nobody_is_gone),
    "who is given up waits no more": (tally.points, points_without_time_outs),
}


def notices() -> bool:
    return any(is_wrong(seed) for seed in range(MOST))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    leave_out(monkeypatch, *RULES[rule])
    assert notices()


def refresh_as_due_before(
    self: moment.Moment,
    index: int,
    one: evidence.Evidence,
    *,
    starts: int | None = None,
    refresh: Any = moment.Moment.refresh,
) -> None:
    due = self.open[index][stay.DUE]
    refresh(self, index, one, starts=starts)
    self.open[index] = (*self.open[index][: stay.DUE], due)


METHODS = {
    "seen elsewhere ends a stay": (moment.Moment, "came", nothing),
    "an area holds the places within it": (Rules, "related", lambda *_: False),
    "places not within each other are elsewhere": (Rules, "related", lambda *_: True),
    "time-outs and virtual queues are those of the place": (Rules, "of", places_of_their_own),
    "who is heard of times out later": (moment.Moment, "refresh", refresh_as_due_before),
}


@pytest.mark.parametrize("rule", METHODS)
def test_a_rule_of_places_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    owner, name, instead = METHODS[rule]
    if name == "related":  # each set of rules has its own
        monkeypatch.setattr(owner, name, property(lambda _: instead, lambda *_: None), raising=False)
    else:
        monkeypatch.setattr(owner, name, instead)
    assert notices()
