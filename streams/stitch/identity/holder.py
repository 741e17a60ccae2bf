"""The rules of stable and made identifiers: who holds one, when its links contradict each other, what it tells others.

Links are what an identifier knows of stronger ones: direct ones from touchpoints, and claims of others about it.
"""

from collections.abc import Mapping
from typing import Final

from schemas.erased import is_label
from schemas.internal import When
from schemas.touchpoint.identifiers import LEASED, MADE, STRENGTH

DIRECT, CLAIMED = 0, 1

Link = tuple[int, int, str, str, str]
"""(DIRECT or CLAIMED, occurred_at ms, source, event_id, type): the earliest of its target. Sorts by time."""
Links = Mapping[str, Link]

_STRENGTH: Final = {kind: rank for rank, kind in enumerate(STRENGTH)}
_CUSTOMER: Final = "customer:"


def kind_of(identifier: str) -> str:
    return identifier.partition(":")[0]


def strength(identifier: str) -> int:
    """0 is the strongest; whatever is no known type comes last."""
    return _STRENGTH.get(identifier.partition(":")[0], len(STRENGTH))


def is_leased(identifier: str) -> bool:
    return identifier.startswith(_LEASED)


def is_made(identifier: str) -> bool:
    return identifier.startswith(_MADE)


_LEASED: Final = tuple(f"{kind}:" for kind in LEASED)
_MADE: Final = tuple(f"{kind}:" for kind in MADE)


def when_of(link: Link) -> When:
    return link[1:4]


def holder_of(links: Links) -> str:
    """The strongest type, then the earliest link: whatever arrived first, the same. '' without links.

    Somebody who was erased holds nothing; that they were seen with it still contradicts others.
    """
    known = [target for target in links if not is_label(target)]
    return min(known, key=lambda target: (strength(target), links[target], target), default="")


def conflict_of(links: Links) -> tuple[str, ...]:
    """Two or more targets of the strongest type contradict each other, sorted by link; the first keeps it. Else ()."""
    if len(links) < 2:
        return ()
    strongest = min(map(strength, links))
    same = [target for target in links if strength(target) == strongest]
    return tuple(sorted(same, key=lambda target: (links[target], target))) if len(same) > 1 else ()


def claims_of(links: Links) -> dict[str, tuple[str, When]]:
    """What weaker targets are told: they are the holder's too, since the later of the two links. Target → claim.

    Nothing where two customers are named: they contradict each other.
    """
    if len(links) < 2 or not holder_of(links) or sum(target.startswith(_CUSTOMER) for target in links) > 1:
        return {}
    holder = holder_of(links)
    least, since = strength(holder), when_of(links[holder])
    weaker = [target for target in links if strength(target) > least and not is_label(target)]
    return {target: (holder, max(since, when_of(links[target]))) for target in weaker}


def earliest(known: Link | None, link: Link) -> Link:
    """Of two links to one target: a direct one, then the earlier."""
    return link if known is None else min(known, link)
