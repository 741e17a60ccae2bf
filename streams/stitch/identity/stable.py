"""What a stable or made identifier knows and has: its links, what it comes to with its children, what it is called."""

from collections.abc import Iterator

from schemas.erased import ERASED, label_of
from streams.stitch.actor import CHILD, CLAIM, Actor, Child, Claim, of_two
from streams.stitch.content import Content, merge
from streams.stitch.identity.children import MANY, Groups
from streams.stitch.identity.holder import CLAIMED, Link, earliest, is_leased
from streams.stitch.identity.leased import has_line, held_of
from streams.stitch.state import StitchState

CUSTOMER = "customer:"
MOST_SUMS = 20_000
"""Added up in memory at once; more are added up again when they are needed."""


def links_of(state: StitchState, key: str, actor: Actor) -> dict[str, Link]:
    """Target → link, claims included, without what was unlinked. A customer has the verdict on its merges only."""
    identity = actor.identity
    if key.startswith(CUSTOMER):
        if identity.into is None or not identity.into[1] or identity.into[2] is None:
            return {}
        return {identity.into[1]: (0, *identity.into[2], "account.merged")}
    links = dict(identity.links)
    for claimer in state.claimers.get(key, ()):
        claim = state.get(of_two(CLAIM, key, claimer))
        if isinstance(claim, Claim) and claim.holder and claim.when is not None:
            links[claim.holder] = earliest(links.get(claim.holder), (CLAIMED, *claim.when, ""))
    for target, command in identity.off.items():
        if command[3] and target.startswith(ERASED):
            links = {other: link for other, link in links.items() if label_of(key, other) != target}
        elif command[3]:
            links.pop(target, None)
    return links


def children_of(state: StitchState, key: str) -> Iterator[tuple[str, Child]]:
    """Those that have something, sorted."""
    for child in sorted(state.kids.get(key, ())):
        entry = state.get(of_two(CHILD, key, child))
        if isinstance(entry, Child) and entry.content is not None:
            yield child, entry


def total_of(state: StitchState, key: str, actor: Actor) -> Content:
    """Its own and its children's, but for waits that may change."""
    if key not in state.kids:
        return actor.own
    known = state.sums.get(key)
    if known is None:
        if len(state.sums) > MOST_SUMS:
            state.sums.clear()
            state.groups.clear()
        contents = _contents_of_children(state, key)
        known = state.sums[key] = merge(actor.own, *contents)
    return known


def _contents_of_children(state: StitchState, key: str) -> list[Content]:
    def entry_of(child: str) -> Child | None:
        entry = state.get(of_two(CHILD, key, child))
        return entry if isinstance(entry, Child) else None

    children = state.kids[key]
    if len(children) > MANY:
        groups = state.groups.get(key)
        if groups is None:
            groups = state.groups[key] = Groups(children)
        return groups.contents("", entry_of, lambda _: "")
    return [entry.content for entry in map(entry_of, children) if entry is not None and entry.content is not None]


def name_of(state: StitchState, key: str, actor: Actor, at: int = 0) -> str:
    """What it is called in the end, as far as its holder has told; `at`: position, of a leased identifier only."""
    if is_leased(key):
        holder = held_of(state, key, actor).whose_at(at) if has_line(actor) else ""
    else:
        holder = actor.identity.holder
    return called(actor, holder) if holder else key


def called(actor: Actor, holder: str) -> str:
    """The name of a holder."""
    told = actor.identity.tops.get(holder)
    return told[1] if told is not None and told[1] else holder
