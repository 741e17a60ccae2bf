"""Children of one identifier that are very many are added up in groups: it comes to the same."""

import pytest
from support.identity_check import run
from support.identity_world import random_world

from streams.stitch.actor import Child
from streams.stitch.content import EMPTY, add, merge
from streams.stitch.identity import leased, stable
from streams.stitch.identity.children import Groups


def child(number: int, holder: int) -> Child:
    return Child(1, holder, add(EMPTY, (number * 4_000, number * 1_000, "app", "", "", 1, 0)))


def test_groups_come_to_what_their_children_come_to_also_after_one_has_changed():
    known = {f"token:{number}": child(number, number % 2) for number in range(100)}
    groups = Groups(known)
    for changed in ("token:7", "token:8", "token:100"):
        assert merge(*groups.contents("1", known.get, lambda entry: str(entry.at))) == merge(
            *(entry.content for entry in known.values() if entry.at == 1)
        )
        known[changed] = child(500, 1)
        groups.changed(changed)


@pytest.mark.parametrize("seed", range(40))
def test_worlds_in_which_two_children_are_many_come_out_right(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leased, "MANY", 1)
    monkeypatch.setattr(stable, "MANY", 1)
    assert run(random_world(seed)) == []
