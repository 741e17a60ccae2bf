"""The rules of stays, whose they are, and counts, read once more and plainly: all at hand, sorted, nothing in steps.

Shares no code with the stage except the catalogue of places.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any

from schemas.place import Places

LIFE_CYCLE = [
    ["wristband.returned"],
    ["wristband.issued"],
    ["call.entered"],
    ["place.entered"],
    ["queue.joined"],
    ["call.queued"],
    ["service.started"],
    ["call.answered"],
    ["presence.seen", "sale.made", "refund.made", "room.unlocked", "meal.ordered"],
    ["photo.taken", "bus.boarded"],
    ["service.ended"],
    ["queue.left"],
    ["call.abandoned"],
    ["call.ended"],
    ["place.left"],
]
RANK = {kind: rank for rank, kinds in enumerate(LIFE_CYCLE) for kind in kinds}
GOES_AWAY = {"service.ended", "queue.left", "place.left"}
NO_CONTRADICTION = {"photo.taken", "bus.boarded"}
HANDED_OVER = LIFE_CYCLE[0] + LIFE_CYCLE[1]
SIX_HOURS = 6 * 3_600_000


@dataclass
class Told:
    """A touchpoint as the oracle sees it."""

    at: int
    source: str
    event_id: str
    kind: str
    place: str
    server: str = ""


@dataclass
class Linked:
    """What a touchpoint says of whose the thing is: known from this offset of the log on. `strong` '': nobody's."""

    offset: int
    at: int
    source: str
    event_id: str
    kind: str
    strong: str


@dataclass
class OracleStay:
    place: str
    joined: int
    kind: str
    last: int
    nth: int = 0
    started: int | None = None
    ended: int | None = None
    outcome: str = ""
    guessed: int = 0
    server: str = ""


@dataclass
class Hand:
    """One thing and all that ever happened to it."""

    places: Places
    is_call: bool
    stays: list[OracleStay] = field(default_factory=list)
    rang_at: int | None = None
    rang_where: str = ""
    queue_of_call: str = ""
    in_menu: bool = True
    last_step: int | None = None

    def open(self, place: str | None = None, kind: str | None = None) -> list[OracleStay]:
        return [
            stay
            for stay in self.stays
            if stay.ended is None and place in (None, stay.place) and kind in (None, stay.kind)
        ]

    def limit(self, stay: OracleStay) -> int:
        place = self.places.get(stay.place or "?")
        seconds = (
            place.presence_timeout_seconds
            if stay.kind == "presence"
            else place.wait_timeout_seconds
            if stay.started is None
            else place.service_timeout_seconds
        )
        return stay.last + round(seconds * 1000)

    def pass_time(self, until: int) -> None:
        """Everything strictly before `until` has happened."""
        for stay in self.open():
            if self.limit(stay) < until:
                stay.ended, stay.outcome, stay.guessed = self.limit(stay), "timed_out", 1
        if self.last_step is not None and not self.open() and self.last_step + SIX_HOURS < until:
            self.rang_at, self.rang_where, self.queue_of_call = None, "", ""
            self.in_menu, self.last_step = True, None

    def come(self, told: Told, place: str, kind: str) -> OracleStay:
        nth = sum(1 for stay in self.stays if (stay.place, stay.joined) == (place, told.at))
        stay = OracleStay(place, told.at, kind, told.at, nth)
        self.stays.append(stay)
        return stay

    def go(self, stay: OracleStay, at: int, guessed: int) -> None:
        if stay.kind == "presence":
            stay.outcome = "left"
        else:
            stay.outcome = "served" if stay.started is not None else "abandoned"
        stay.ended, stay.guessed = at, guessed

    # -- things people carry ---------------------------------------------------------------------

    def virtual(self, place: str) -> bool:
        return self.places.get(place or "?").kind in ("virtual_queue", "call_queue")

    def carry(self, told: Told) -> None:
        if told.kind in HANDED_OVER:
            for stay in self.open():
                self.go(stay, told.at, guessed=1)
            return
        place = told.place
        if told.kind not in NO_CONTRADICTION and not self.virtual(place):
            for stay in self.open():
                if not self.virtual(stay.place) and not self.places.related(place, stay.place):
                    self.go(stay, told.at, guessed=1)
        touched = self.open(place)
        queue = next(iter(self.open(place, "queue")), None)
        presence = next(iter(self.open(place, "presence")), None)
        if told.kind == "queue.joined" and queue is not None and queue.started is not None:
            self.go(queue, told.at, guessed=1)
            touched, queue = [stay for stay in touched if stay is not queue], None
        if told.kind in ("queue.joined", "service.started") and queue is None:
            queue = self.come(told, place, "queue")
            touched.append(queue)
        if told.kind == "service.started" and queue is not None:
            queue.started = told.at if queue.started is None else queue.started
            queue.server = queue.server or told.server
        elif told.kind not in GOES_AWAY and queue is None and presence is None:
            touched.append(self.come(told, place, "presence"))
        for stay in touched:
            stay.last = told.at
        self.go_away(told, queue, presence)

    def go_away(self, told: Told, queue: OracleStay | None, presence: OracleStay | None) -> None:
        if told.kind not in GOES_AWAY:
            return
        if queue is not None and told.kind == "service.ended":
            queue.ended, queue.outcome = told.at, "served"
            queue.guessed = 1 if queue.started is None else 0
            queue.server = queue.server or told.server
        elif queue is not None:
            self.go(queue, told.at, guessed=0 if queue.started is None else 1)
        if presence is not None and told.kind == "place.left":
            self.go(presence, told.at, guessed=0)

    # -- calls -----------------------------------------------------------------------------------

    def call(self, told: Told) -> None:
        if told.kind == "call.entered" and not self.in_menu and not self.open():
            self.rang_at, self.in_menu, self.rang_where, self.queue_of_call = None, True, "", ""
        self.last_step = told.at
        if told.kind == "call.entered":
            if self.rang_at is None and self.in_menu:
                self.rang_at = told.at
            self.rang_where = self.rang_where or told.place
        elif told.kind in ("call.queued", "call.answered"):
            self.reach(told, told.place or self.queue_of_call or self.rang_where)
        else:
            self.hang_up(told)

    def reach(self, told: Told, place: str) -> None:
        self.in_menu, self.queue_of_call = False, place
        for stay in self.open():
            if stay.place != place:
                self.go(stay, told.at, guessed=1)
        stay = next(iter(self.open(place)), None)
        if stay is not None and told.kind == "call.queued" and stay.started is not None:
            self.go(stay, told.at, guessed=1)
            stay = None
        if stay is None:
            stay = self.come(told, place, "queue")
        stay.last = told.at
        if told.kind == "call.answered":
            stay.started = told.at if stay.started is None else stay.started
            stay.server = stay.server or told.server

    def hang_up(self, told: Told) -> None:
        if told.kind == "call.abandoned" and self.in_menu:
            place = told.place or self.rang_where
            menu = OracleStay(place, told.at if self.rang_at is None else self.rang_at, "menu", told.at)
            menu.ended, menu.outcome = told.at, "abandoned_before_queue"
            self.stays.append(menu)
        for stay in self.open():
            served = stay.started is not None
            if told.kind == "call.abandoned":
                self.go(stay, told.at, guessed=1 if served else 0)
            else:
                self.go(stay, told.at, guessed=0 if served else 1)
                if told.server:
                    stay.outcome, stay.server = "served", stay.server or told.server
        self.in_menu = False


def at_one_instant(told: list[Told]) -> list[Told]:
    """Per place by life cycle; places where somebody goes away last of all come before the others.

    Before all of them whoever wore the wristband gives it away.
    """
    by_order = sorted(told, key=lambda one: (RANK[one.kind], one.source, one.event_id))
    if any(one.kind.startswith("call.") for one in told):
        return by_order
    handed_over = [one for one in by_order if one.kind in HANDED_OVER]
    by_order = by_order[len(handed_over) :]
    leaving, staying = [], []
    for place in dict.fromkeys(one.place for one in by_order):
        there = [one for one in by_order if one.place == place]
        (leaving if there[-1].kind in GOES_AWAY else staying).extend(there)
    return handed_over + leaving + staying


def stays_of(
    thing: str, told: list[Told], closed: list[tuple[str, int]], places: Places, as_of: int | None
) -> list[OracleStay]:
    """All stays of one thing, as known when everything up to `as_of` (ms) has happened."""
    hand = Hand(places, thing.startswith("call:"))
    for at in sorted({one.at for one in told} | {at for _, at in closed}):
        hand.pass_time(at)
        for one in at_one_instant([one for one in told if one.at == at]):
            (hand.call if one.kind.startswith("call.") else hand.carry)(one)
        for stay in hand.open():
            if (stay.place, at) in closed and stay.joined < at:
                hand.go(stay, at, guessed=1)
    if as_of is not None:
        hand.pass_time(as_of + 1)
    return hand.stays


def position(kind: str, at: int) -> int:
    """On the line of a wristband: at one instant the return, what was still worn, the issue, all else."""
    return at * 4 + {"wristband.returned": 0, "wristband.issued": 2}.get(kind, 3)


def runs_of(links: list[Linked]) -> list[tuple[int, str, bool]]:
    """(from this position on, who has it, whether a lease begins) of a wristband."""
    runs = [(-(1 << 60), "", True)]
    for one in sorted(links, key=lambda one: (position(one.kind, one.at), one.source, one.event_id)):
        pos = position(one.kind, one.at)
        if one.kind == "wristband.issued":
            runs.append((pos, "", True))
        if one.strong and not runs[-1][1]:
            runs[-1] = (runs[-1][0], one.strong, runs[-1][2])
        elif one.strong and runs[-1][1] != one.strong:
            runs.append((pos, one.strong, False))
        if one.kind == "wristband.returned":
            runs.append((pos + 1, "", True))
    return runs


def whose(thing: str, links: list[Linked], joined: int) -> str:
    """Who had the thing when a stay began, by what is known of it."""
    if thing.startswith(("call:", "token:")):
        return min(((one.at, one.source, one.event_id, one.strong) for one in links if one.strong), default=("",))[-1]
    pos = position("", joined)
    return [holder for begins, holder, _ in runs_of(links) if begins <= pos][-1] or thing


def is_known(links: list[Linked], at: int, kind: str, strong: str) -> bool:
    """Whether a wristband's line says so already: what comes too late and is no news is not taken for news of now."""
    pos, runs = position(kind, at), runs_of(links)
    begin = pos + 1 if kind == "wristband.returned" else pos
    there = [[run for run in runs if run[0] < pos][-1], *(run for run in runs if pos <= run[0] <= pos + 1)]
    if kind in HANDED_OVER and not any(starts and begins == begin for begins, _, starts in there):
        return False
    return not strong or any(holder == strong for _, holder, _ in there)


def row_of(thing: str, stay: OracleStay) -> dict[str, Any]:
    """The columns of the stay's row that the rules of stays decide."""
    wait = service = None
    if stay.kind == "queue":
        if stay.started is not None:
            wait = (stay.started - stay.joined) / 1000
        elif stay.outcome in ("abandoned", "timed_out"):
            wait = (stay.ended - stay.joined) / 1000
        if stay.started is not None and stay.ended is not None:
            service = (stay.ended - stay.started) / 1000
    return {
        "place": stay.place,
        "identifier": thing,
        "joined_at": stay.joined / 1000,
        "nth": stay.nth,
        "started_at": stay.started and stay.started / 1000,
        "ended_at": stay.ended and stay.ended / 1000,
        "outcome": stay.outcome,
        "wait_seconds": wait,
        "service_seconds": service,
        "server": stay.server,
        "kind": stay.kind,
        "guessed": stay.guessed,
    }


@dataclass
class Counted:
    """What one identifier's row should say."""

    touchpoints: int = 0
    orders: int = 0
    amount: Decimal = Decimal(0)
    other: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    late: int = 0
    duplicates: int = 0
    times: list[int] = field(default_factory=list)


def money_of(counted: Counted, touches: list[dict[str, Any]], currency: str) -> None:
    """Sales, what was placed and not cancelled, the rest without an order, less refunds."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    cancelled = {touch["d"].get("order") for touch in touches if touch["y"] == "order.cancelled"}
    placed: dict[str, tuple[int, dict[str, Any]]] = {}
    for touch in touches:
        amount, kind, order = Decimal(touch.get("a", 0)), touch["y"], touch["d"].get("order")
        of = touch.get("u", currency)
        if kind == "order.placed":
            if order not in placed or touch["t"] < placed[order][0]:
                placed[order] = (touch["t"], touch)
        elif kind == "refund.made":
            sums[of] -= amount
        elif kind == "sale.made" or (kind in ("booking.made", "meal.ordered", "subscription.started") and not order):
            sums[of] += amount
    for order, (_, touch) in placed.items():
        if order not in cancelled:
            counted.orders += 1
            sums[touch.get("u", currency)] += Decimal(touch["a"])
    counted.amount = sums.pop(currency, Decimal(0))
    counted.other = {of: total for of, total in sums.items() if total}


@dataclass
class Read:
    """What a whole log says, read in its order only to know what came too late, or twice."""

    told: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, list[Linked]] = field(default_factory=lambda: defaultdict(list))
    marks: list[tuple[int, int]] = field(default_factory=list)
    """(offset, watermark from there on)"""
    closed: list[tuple[str, int]] = field(default_factory=list)
    counted: dict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    conflicts: list[int] = field(default_factory=list)
    facts: list[int] = field(default_factory=list)
    watermark: int | None = None


def read(log: list[tuple[str, dict[str, Any]]], *, lateness_ms: int, window_ms: int, currency: str) -> Read:
    """`log`: (key, record) in the order of the log, offset = index."""
    result = Read()
    known: dict[tuple[str, ...], str] = {}
    touches: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for offset, (key, record) in enumerate(log):
        mark = result.watermark
        behind = -1 if mark is None else mark - record["t"]
        if record["k"] == "wm":
            result.watermark = record["t"] if mark is None else max(mark, record["t"])
            result.marks.append((offset, result.watermark))
        elif record["k"] == "link":
            if behind <= window_ms and (key, record["s"], record["e"], "link") not in known:
                known[key, record["s"], record["e"], "link"] = ""
                _link(result, offset, key, record, late_ms=max(0, behind - lateness_ms))
        elif record["k"] == "fact":
            result.facts.append(offset)
        elif record["k"] == "closing":
            if behind <= lateness_ms and record["y"] == "place.closed":
                result.closed.append((record["p"], record["t"]))
        else:
            counted = result.counted[key]
            counted.times.append(record["t"])
            name = (key, record["s"], record["e"])
            if behind > window_ms:
                counted.late += 1
            elif name in known:
                if record["k"] == "touch":
                    counted.duplicates += 1
                    result.conflicts += [offset] if known[name] != record["o"][5] else []
            else:
                known[name] = record["o"][5]
                _first(result, key, record, counted, touches, too_late=behind > lateness_ms)
    for key, heard in touches.items():
        money_of(result.counted[key], heard, currency)
    return result


def _link(result: Read, offset: int, key: str, record: dict[str, Any], *, late_ms: int) -> None:
    """What is known of a wristband too late counts as of the horizon; a call's or token's holder knows no time."""
    links, at, kind = result.links[key], record["t"], record["y"]
    if key.startswith("wristband:"):
        if late_ms and is_known(links, at, kind, record["w"]):
            return
        at += late_ms
        if kind in HANDED_OVER:
            result.told[key].append(Told(at, record["s"], record["e"], kind, ""))
    links.append(Linked(offset, at, record["s"], record["e"], kind, record["w"]))


def names_of(result: Read, thing: str, stay: OracleStay, lateness_ms: int) -> set[str]:
    """How the stay's customer may be called: as is known at the end, or has been since the stay was behind the horizon.

    Stays behind it are not told again.
    """
    links, known = result.links[thing], []
    behind = bisect_right(result.marks, lateness_ms + stay.ended, key=itemgetter(1)) if stay.ended is not None else None
    if behind is not None and behind < len(result.marks):
        final = result.marks[behind][0]
        offsets = {final} | {one.offset + 1 for one in links if one.offset > final}
        known = [[one for one in links if one.offset < offset] for offset in offsets]
    return {whose(thing, some, stay.joined) for some in [*known, links]}


def _first(
    result: Read,
    key: str,
    record: dict[str, Any],
    counted: Counted,
    touches: dict[str, list[dict[str, Any]]],
    *,
    too_late: bool,
) -> None:
    if record["k"] == "touch":
        counted.touchpoints += 1
        touches[key].append(record)
        if not record.get("h"):
            return
    if (
        record["y"] not in RANK
        or record["y"] in HANDED_OVER
        or (record["p"] is None and not record["y"].startswith("call."))
    ):
        return
    if too_late:
        counted.late += 1
        return
    data, kind = record["d"], record["y"]
    fields = {"service.started": "server", "service.ended": "server", "call.answered": "agent", "call.ended": "agent"}
    server = data.get(fields.get(kind, ""), "")
    place = record["p"] or ""
    result.told[key].append(Told(record["t"], record["s"], record["e"], kind, place, server))
