"""Each rule matters: left out, some world comes out wrong. So these worlds would notice."""

import sys

import pytest
from support import identity_road
from support.identity_check import run
from support.identity_world import random_world

from streams.partition import Partition
from streams.stitch.identity import holder, lease, merges, sealing, silence

MOST = 400
"""So many worlds are enough to notice."""


def is_wrong(seed):
    try:
        return bool(run(random_world(seed)))
    except AssertionError:  # it does not come to rest
        return True


def leave_out(monkeypatch, rule, instead):
    """Wherever a module has imported it."""
    for name, module in [*sys.modules.items()]:
        if name.startswith("streams."):
            for known_as in [known_as for known_as, value in vars(module).items() if value is rule]:
                monkeypatch.setattr(module, known_as, instead)


def extend_without_reaching_back(runs, evidence, extend=lease.extend):
    found = list(runs)
    for one in evidence:
        pos, source, event_id, label, kind = one
        if label and not found[-1].label and kind not in lease.MARKS:
            found.append(lease.Run(pos, label, 0, pos >> 2, source, event_id, kind))
        else:
            found = extend(found, [one])
    return found


def extend_without_handing_over(runs, evidence, extend=lease.extend):
    return extend(runs, [(pos, source, event, label, "") for pos, source, event, label, _ in evidence])


RULES = {
    "the strongest type holds, not the earliest": (
        holder.holder_of,
        lambda links: min(links, key=lambda target: (links[target], target), default=""),
    ),
    "claims": (holder.claims_of, lambda _: {}),
    "the first holder of a lease gets what was before": (lease.extend, extend_without_reaching_back),
    "a wristband is handed over": (lease.extend, extend_without_handing_over),
    "more than sixteen holders are nobody": (lease.blocked, lambda *_: frozenset()),
    "silence seals a call or token": (sealing.seal_when_silent, lambda *_: False),
    "what follows a silence waits for the seal": (silence.is_early, lambda *_: False),
    "what was sealed is not taken twice": (sealing.was_sealed, lambda *_: False),
    "a circle of accounts is refused": (merges.verdicts, lambda all_: {gone: into for _, gone, into in all_}),
}


@pytest.mark.parametrize("rule", RULES)
def test_without_this_rule_some_world_is_wrong(rule, monkeypatch):
    leave_out(monkeypatch, *RULES[rule])
    assert any(map(is_wrong, range(MOST)))


def test_without_knowing_what_was_folded_in_before_some_world_is_wrong(monkeypatch):
    monkeypatch.setattr(Partition, "repeats", lambda *_: False)
    assert any(map(is_wrong, range(MOST)))


def test_with_the_state_written_before_what_it_says_some_world_is_wrong(monkeypatch):
    say = identity_road.Station._say

    def say_after(self, out, *, whole):
        if not whole:
            self._write()
        say(self, out, whole=whole)

    monkeypatch.setattr(identity_road.Station, "_say", say_after)
    assert any(map(is_wrong, range(MOST)))
