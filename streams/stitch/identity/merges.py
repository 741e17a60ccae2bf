"""The rules of account merges: which of `account.merged {from, into}` stand, so that nobody becomes oneself."""

from collections.abc import Iterable, Mapping

from schemas.internal import When

Merge = tuple[When, str, str]
"""(when, from, into): the earliest of its `from` that is not unlinked. Sorts in the order in which they are judged."""


def earliest_of(from_: str, into: Mapping[str, When], unlinked: Iterable[str]) -> Merge | None:
    """Of all merges of one customer the one that counts. `into`: target → earliest evidence."""
    standing = [(when, from_, target) for target, when in into.items() if target not in unlinked]
    return min(standing, default=None)


def verdicts(merges: Iterable[Merge]) -> dict[str, str]:
    """from → into of those that stand; '' for those that are refused, since they would close a circle."""
    accepted: dict[str, str] = {}
    for _, from_, into in sorted(merges):
        accepted[from_] = "" if _reaches(accepted, into, from_) else into
    return accepted


def _reaches(accepted: Mapping[str, str], start: str, end: str) -> bool:
    while start and start != end:
        start = accepted.get(start, "")
    return start == end
