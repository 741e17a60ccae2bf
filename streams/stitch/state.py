"""State of one stitch partition: an actor per identifier, its pages, the closings of places, and who is due when."""

from collections.abc import Mapping
from heapq import heapify, heappush
from typing import Any, Final

import orjson

from schemas.internal import LAST_ORDINAL, version
from schemas.place import Places
from streams.partition import Partition, Reader
from streams.stitch import codec, former
from streams.stitch.actor import (
    ABSORB,
    CLOSINGS,
    FOLD,
    GRAVE,
    MARK,
    MERGES_OF,
    NO_PAGES,
    WAITING,
    Actor,
    Child,
    Claim,
    Closings,
    Entry,
    EvidencePage,
    Grave,
    IdPage,
    MergesOf,
    SealedPage,
    Slice,
    Waiting,
    evidence_page,
    id_page,
    the_two,
)
from streams.stitch.content import Content
from streams.stitch.evidence import AT, WHERE, Evidence
from streams.stitch.identity.children import Groups
from streams.stitch.identity.held import Held
from streams.stitch.identity.holder import is_made
from streams.stitch.identity.owed import Owed
from streams.stitch.ids import each
from streams.stitch.line import Line
from streams.stitch.piece import ContentRules
from streams.stitch.stay import PLACE, Rules

TIMER_WAIT_MS: Final = 5_000
"""What times out at d is told once the watermark has passed d by so much."""
UPKEEP_MS: Final = 600_000
"""Expired evidence and ids are looked for at multiples of this only."""


def round_after(at: int) -> int:
    """The first round of upkeep later than `at` (ms)."""
    return (at // UPKEEP_MS + 1) * UPKEEP_MS


def note(index: dict[str, set[str]], key: str, other: str) -> None:
    known = index.get(key)
    if known is None:
        index[key] = {other}
    else:
        known.add(other)


class StitchState(Partition[Entry]):
    """Entries are copied before they are changed; whatever is not an entry is derived and rebuilt by `recovered`.

    An identifier is never forgotten (a few hundred bytes each); what else is kept is bounded as `actor` says, and
    lines and visitors only for identifiers with evidence younger than the allowed lateness or with open stays.
    """

    FORMAT = b"\x04"

    def __init__(
        self,
        number: int,
        *,
        epoch: int,
        senders: int,
        places: Places,
        lateness_ms: int,
        window_ms: int,
        currency: str,
        timezone: str = "UTC",
    ) -> None:
        """`lateness_ms`: how late evidence may move a cut; `window_ms`: how long ids are remembered, at least that.

        `currency`, `timezone`: of the installation; a zone that is not known raises ZoneInfoNotFoundError.
        """
        super().__init__(number, epoch=epoch, senders=senders)
        self.rules = Rules(places)
        self.lateness_ms = lateness_ms
        self.window_ms = max(window_ms, lateness_ms)
        self.content_rules = ContentRules(currency, timezone)
        self.horizon: int | None = None
        """Evidence before it (ms) is late; None while no time is known."""
        self.as_of: int | None = None
        """What times out until then (ms) has timed out."""
        self.forgets: int | None = None
        """Ids of touchpoints before it (ms) are not remembered."""
        self.timers: list[tuple[int, str]] = []
        self.closings: dict[str, tuple[int, ...]] = {}
        self.waiting: set[str] = set()
        """Calls and tokens of which something waits until it is certain whom it is about."""
        self.visitors: dict[str, set[str]] = {}
        self._lines: dict[str, Line] = {}
        self._paged_ids: dict[str, dict[bytes, bytes]] = {}
        self.owed: dict[str, Owed] = {}
        """What is to be said of whom before the next write."""
        self.owing = LAST_ORDINAL
        """Ordinal of what is owed: because of the record itself, or of what fires with it."""
        self.kids: dict[str, set[str]] = {}
        self.claimers: dict[str, set[str]] = {}
        self.slices: dict[str, set[str]] = {}
        """By identifier: which others it keeps an entry of."""
        self.merges: dict[str, set[str]] = {}
        """Customer → customers that are said to be that one, the verdict aside."""
        self.sealed: dict[str, dict[str, int]] = {}
        """Holder → sealed children, each with when it was last heard of (ms)."""
        self.sealed_pages: dict[str, tuple[int, int]] = {}
        """Holder → (first, next) page of their rows."""
        self.graves: dict[str, Grave] = {}
        """By hash: who was erased."""
        self.sums: dict[str, Content] = {}
        """What stable and made identifiers with children come to, as far as it was added up."""
        self.groups: dict[str, Groups] = {}
        """Children of stable and made identifiers with many, added up in groups."""
        self.held: dict[str, Held] = {}
        """Lines of leased identifiers, as far as they were looked at."""

    # -- what is owed ----------------------------------------------------------------------------

    def begin(self, offset: int) -> None:
        super().begin(offset)
        self.owing = LAST_ORDINAL - 1

    def owe(self, key: str) -> "Owed":
        """Whatever is noted there is said of this identifier before the next write, with `owed_version`."""
        owed = self.owed.get(key)
        if owed is None:
            owed = self.owed[key] = Owed()
        return owed

    def owed_version(self) -> int:
        """Of a record all that is owed has one version, so that it does not matter where a chunk was cut."""
        return version(self.epoch, self.offset, self.owing)

    # -- time ------------------------------------------------------------------------------------

    def hear(self, sender: str, time: int) -> bool:
        risen = super().hear(sender, time)
        if risen:
            self._look()
        return risen

    def resume(self, position: dict[str, Any]) -> None:
        super().resume(position)
        self._look()

    def _look(self) -> None:
        if self.watermark is not None:
            self.horizon = self.watermark - self.lateness_ms
            self.as_of = self.watermark - TIMER_WAIT_MS
            self.forgets = self.watermark - self.window_ms

    def wake(self, key: str, actor: Actor, due: int) -> None:
        """See to it that the actor is attended to at `due` (ms) or earlier."""
        if actor.due is None or due < actor.due:
            actor.due = due
            heappush(self.timers, (due, key))

    # -- entries ---------------------------------------------------------------------------------

    def actor(self, key: str) -> Actor | None:
        """The actor as it is, for reading."""
        entry = self.get(key)
        return entry if isinstance(entry, Actor) else None

    def own(self, key: str) -> Actor:
        """The actor for writing: a copy of the durable one, made once until `settle`, or a new one."""
        changed = self.changes.get(key)
        if isinstance(changed, Actor):
            return changed
        durable = None if key in self.changes else self.entries.get(key)  # it may have been dropped since
        actor = durable.copy() if isinstance(durable, Actor) else Actor()
        self.changes[key] = actor
        return actor

    def line(self, key: str, actor: Actor) -> Line:
        """The actor's time line, rebuilt from its entry and pages where it is not at hand."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(self.rules, actor.carry, self._evidence(key, actor))
            # What has timed out by now was told, unless `open` says that it was told to go on.
            _, line.ended = line.now(self.as_of)
        return line

    def forget_line(self, key: str) -> None:
        self._lines.pop(key, None)

    def _evidence(self, key: str, actor: Actor) -> list[Evidence]:
        found = [*actor.evidence]
        if not found and actor.evidence_pages is NO_PAGES:
            return found
        for number in range(*actor.evidence_pages):
            page = self.get(evidence_page(key, number))
            if isinstance(page, EvidencePage):
                found += page.evidence
        return [one for one in found if actor.horizon is None or one[AT] >= actor.horizon]

    def forget_paged_ids(self, key: str) -> None:
        self._paged_ids.pop(key, None)

    def paged_ids(self, key: str, actor: Actor) -> dict[bytes, bytes]:
        """The ids in the actor's pages: name → payload hash."""
        known = self._paged_ids.get(key)
        if known is None:
            known = self._paged_ids[key] = {}
            for number in range(*actor.id_pages):
                page = self.get(id_page(key, number))
                if isinstance(page, IdPage):
                    known.update((name, payload) for name, _, payload in each(page.ids))
        return known

    # -- what is derived -------------------------------------------------------------------------

    def predecessors(self) -> Mapping[bytes, Reader[Entry]]:
        currency = self.content_rules.currency
        return {
            b"\x01": lambda key, value: former.decode(key, value, currency),
            b"\x02": codec.decode,
            b"\x03": codec.decode,
        }

    def encode(self, entry: Entry) -> bytes:
        return codec.encode(entry)

    def decode(self, key: str, value: bytes) -> Entry:
        return codec.decode(key, value)

    def recovered(self) -> None:
        """Also to be called where changes were thrown away without being settled."""
        self.timers, self.closings, self.visitors, self._lines, self._paged_ids = [], {}, {}, {}, {}
        self.owed, self.kids, self.claimers, self.slices, self.merges = {}, {}, {}, {}, {}
        self.sums, self.held, self.graves, self.groups = {}, {}, {}, {}
        self.sealed, self.sealed_pages, self.waiting = {}, {}, set()
        for key, entry in self.entries.items():
            if isinstance(entry, Actor):
                self._recover_actor(key, entry)
            elif isinstance(entry, EvidencePage):
                for one in entry.evidence:
                    self.visit(key.split(MARK, 3)[3], one[WHERE])
            elif isinstance(entry, Closings):
                self.closings[key.removeprefix(CLOSINGS)] = entry.times
                self.timers.extend((at + self.lateness_ms + UPKEEP_MS, key) for at in entry.times)
            else:
                self._recover_identity(key, entry)
        for place, times in self.closings.items():
            # Whom the closing has reached already, nothing happens to.
            self.timers.extend((at, key) for key in self.visitors.get(place, ()) for at in times)
        heapify(self.timers)

    def _recover_identity(self, key: str, entry: Entry) -> None:
        if isinstance(entry, Child):
            holder, child = the_two(key)
            note(self.kids, holder, child)
            if entry.final:
                self.timers.append((self.absorbed_at(entry), ABSORB + key))
        elif isinstance(entry, Claim):
            note(self.claimers, *the_two(key))
        elif isinstance(entry, Slice):
            note(self.slices, *the_two(key))
        elif isinstance(entry, SealedPage):
            _, _, number, holder = key.split(MARK, 3)
            first, after = self.sealed_pages.get(holder, (int(number), int(number) + 1))
            self.sealed_pages[holder] = min(first, int(number)), max(after, int(number) + 1)
            self.note_sealed(holder, entry)
        elif isinstance(entry, Waiting):
            self.waiting.add(key.removeprefix(WAITING))
            self.timers.extend((self.certain_at(orjson.loads(one)["t"]), key) for one in entry.records)
        elif isinstance(entry, Grave):
            self.graves[key.removeprefix(GRAVE)] = entry
        elif isinstance(entry, MergesOf):
            for into in entry.into:
                note(self.merges, into, key.removeprefix(MERGES_OF))

    def note_sealed(self, holder: str, page: SealedPage) -> None:
        known = self.sealed.setdefault(holder, {})
        for row in page.rows:
            known[row.identifier] = max(row.until, known.get(row.identifier, 0))

    def absorbed_at(self, sealed: Child) -> int:
        """When nothing that is still to come can say whose a sealed child was (ms): its place is behind the horizon."""
        return round_after(((sealed.at or 0) >> 2) + self.lateness_ms)

    def certain_at(self, at: int) -> int:
        """When nothing can come any more after which a call or token was silent until `at` (ms)."""
        return at - self.window_ms + self.lateness_ms

    def _recover_actor(self, key: str, actor: Actor) -> None:
        actor.sum = None
        if actor.newest:
            self.timers.append((round_after(actor.newest + self.lateness_ms), FOLD + key))
        if actor.due is None and is_made(key):
            actor.due = 0  # when it was last heard of says when it is sealed: to look too early changes nothing
        if actor.due is not None:
            self.timers.append((actor.due, key))
        going_on, call = actor.carry
        places = {stay[PLACE] for stay in (*actor.open, *going_on)}
        places.update(one[WHERE] for one in actor.evidence)
        if call is not None:
            places.add(call[1])
        for place in places:
            self.visit(key, place)

    def visit(self, key: str, place: str) -> None:
        """The identifier has stays at the place that a closing may change."""
        visitors = self.visitors.get(place)
        if visitors is None:
            visitors = self.visitors[place] = set()
        visitors.add(key)

    def leave(self, key: str, place: str) -> None:
        """The reverse of `visit`."""
        visitors = self.visitors.get(place)
        if visitors is not None:
            visitors.discard(key)
            if not visitors:
                del self.visitors[place]
