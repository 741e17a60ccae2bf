"""Finished waits: which stays are one, and how long it was."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from streams.stitch.actor import NO_PAGES, Actor
from streams.stitch.stay import ABANDONED, ENDED, JOINED, KIND, NAMED, OUTCOME, QUEUE, STARTED, TIMED_OUT, Stay

if TYPE_CHECKING:
    from streams.stitch.state import StitchState

Wait = tuple[int, int]
"""(joined, how long), both in ms."""
_WAITED: Final = (ABANDONED, TIMED_OUT)
"""Who ends like this without a start has waited all the time."""


def waited_until(stay: Stay) -> int | None:
    """When the wait was over (ms): service started, or whoever waited left or was given up. None: it was none, or is
    not over, or somebody was served but nobody knows since when."""
    if stay[KIND] != QUEUE:
        return None
    started = stay[STARTED]
    return stay[ENDED] if started is None and stay[OUTCOME] in _WAITED else started


def wait_of(stay: Stay) -> Wait | None:
    """The stay's finished wait."""
    until = waited_until(stay)
    return None if until is None else (stay[JOINED], until - stay[JOINED])


def waits_of(stays: Iterable[Stay]) -> list[Wait]:
    """The finished waits among them, as the view `waits` has them."""
    return [(stay[JOINED], until - stay[JOINED]) for stay in stays if (until := waited_until(stay)) is not None]


def may_change(actor: Actor) -> bool:
    """Whether it has a line with stays; if not, none is made for it."""
    going_on, _ = actor.carry
    return bool(actor.evidence or going_on) or actor.evidence_pages is not NO_PAGES


def waits_on_line(state: "StitchState", key: str, actor: Actor) -> list[Wait]:
    """The finished waits of stays that may still change; all others were handed to `identity.stays.fold_waits`."""
    if not may_change(actor):
        return []
    line = state.line(key, actor)
    return [*line.waits, *waits_of(as_told((*line.ended, *actor.open)))]


def as_told(stays: Iterable[Stay]) -> Iterable[Stay]:
    """Each stay once, as it comes last: one that has timed out, but of which others were told that it goes on."""
    return {stay[:NAMED]: stay for stay in stays}.values()
