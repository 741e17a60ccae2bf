"""The ledger leaves nothing out: whoever holds something now, every conflict, claim, refusal and block is in it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.identity_check import truth
from support.identity_oracle import MADE, kind_of, plain
from support.identity_road import Road
from support.identity_shrink import in_words, shrink
from support.identity_world import random_world


def left_out(world):
    """What the oracle knows and no row of the ledger says."""
    road = Road(world)
    for time in world.quiet:
        road.read_until(time)
    rows = sorted(road.reader.ledger.values(), key=lambda row: (row["version"], row["nth"]))
    said = {(row["change"], row["identifier"]) for row in rows}
    pairs = {(row["change"], frozenset((row["identifier"], row["other"]))) for row in rows}
    claims = {(row["other"], row["identifier"], row["after"]) for row in rows if row["change"] == "claim"}
    holders = {row["identifier"]: row["after"] for row in rows if row["change"] == "holder"}
    known = truth(world, world.quiet[-1]).identity
    names = {*known.links, *known.merged}
    held = [("holder", name) for name in names if holders.get(name, "") != known.holder(name, 0)[0]]
    # Several calls or tokens may have borne one name, one after the other.
    ever = {(row["identifier"], row["after"]) for row in rows if row["change"] == "holder"}
    held = [one for one in held if kind_of(one[1]) not in MADE or not _was(known, one[1], ever)]
    events = {("conflict", plain(name)) for name in known.conflicts()} | {
        ("blocked", name) for name, _ in known.blocked
    }
    refused = {("merge_refused", frozenset(pair)) for pair in known.refused}
    claimed = {(who, target, holder) for (who, target), (holder, _) in known.claims.items()}
    return [*held, *(events - said), *(refused - pairs), *(claimed - claims)]


def _was(known, name, ever):
    holder, _ = known.holder(name, 0)
    return not holder or (plain(name), holder) in ever


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 40))
def test_every_holder_conflict_claim_refusal_and_block_is_in_the_ledger(seed):
    world = random_world(seed)
    missing = left_out(world)
    if missing:
        small = shrink(world, lambda one: bool(left_out(one)), most=100)
        raise AssertionError(f"{in_words(small)}\n{left_out(small)}")
