"""Who is who, read once more and plainly: every touchpoint at hand, everything sorted, nothing incremental.

Shares no code with the stages. Identifiers are written `type:value`; '' is nobody. Times are ms, a position on the line
of a leased identifier orders what happens at one instant: returned, issued, the rest.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

STABLE = ("customer", "loyalty_card", "email", "phone")
LEASED = ("wristband", "device", "cookie")
MADE = ("call", "token")
RANK = {kind: rank for rank, kind in enumerate(STABLE + LEASED + MADE)}
NEVER = -(10**18)
MOST_HOLDERS = 16
ERASED = "erased:"
"""Before the name of whoever had a thing and was erased."""

When = tuple[int, str, str]
"""(occurred_at, source, event_id)"""
Link = tuple[int, int, str, str]
"""(0 seen together, 1 told by a claim; then when)"""


class Event(NamedTuple):
    """A touchpoint: `names` are its identifiers, strongest first."""

    t: int
    source: str
    event_id: str
    type: str
    channel: str
    names: tuple[str, ...]
    place: str | None
    booking: str
    data: dict[str, Any]

    @property
    def when(self) -> When:
        return (self.t, self.source, self.event_id)

    @property
    def position(self) -> int:
        return position(self.t, self.type)


class Command(NamedTuple):
    """`first` is not `second` (on), or may be again (not on); given at `t`."""

    first: str
    second: str
    on: bool
    t: int = 0


class Run(NamedTuple):
    """From `start` on the identifier belongs to `label`, if to anybody; `when` is the evidence, None for none."""

    start: int
    label: str
    holder: str
    status: str
    when: When | None


def kind_of(name: str) -> str:
    return name.partition(":")[0]


def rank(name: str) -> int:
    return RANK[kind_of(name)]


def position(t: int, kind: str = "") -> int:
    return t * 4 + {"wristband.returned": 0, "wristband.issued": 2}.get(kind, 3)


def event_of(touchpoint: dict[str, Any]) -> Event:
    """The public JSON; e-mail and phone are pseudonyms already. Calls and tokens are made from `data`."""
    kind, data, source = touchpoint["type"], touchpoint.get("data") or {}, touchpoint["source"]
    identifiers = dict(touchpoint.get("identifiers") or {})
    booking = data.get("booking", identifiers.pop("booking", ""))
    identifiers.pop("booking", None)
    if kind.startswith("call."):
        identifiers["call"] = f"{source}/{data['call']}"
    elif kind.startswith(("queue.", "service.")) and "token" in data:
        identifiers["token"] = f"{touchpoint['place']}/{data['token']}"
    names = sorted((f"{of}:{value}" for of, value in identifiers.items()), key=rank)
    t = round(datetime.fromisoformat(touchpoint["occurred_at"]).timestamp() * 1000)
    place, channel = touchpoint.get("place"), touchpoint["channel"]
    return Event(t, source, touchpoint["event_id"], kind, channel, tuple(names), place, booking, data)


def lives(events: list[Event], commands: list[Command], silence: int) -> tuple[list[Event], list[Command]]:
    """A call or token of which nothing is heard for longer than `silence` (ms) is another one then: `name#2`, `name#3`.

    Heard of is what happens to it, and what is commanded about it.
    """
    heard: dict[str, set[int]] = defaultdict(set)
    for event in events:
        for name in event.names:
            heard[name].add(event.t)
    for command in commands:
        for name in (command.first, command.second):
            heard[name].add(command.t)
    begun: dict[str, list[int]] = {}
    for name in [name for name in heard if kind_of(name) in MADE]:
        times = sorted(heard[name])
        begun[name] = [now for now, before in zip(times[1:], times, strict=False) if now - before > silence]

    def then(name: str, t: int) -> str:
        number = sum(start <= t for start in begun.get(name, ()))
        return f"{name}#{number + 1}" if number else name

    return (
        [event._replace(names=tuple(then(name, event.t) for name in event.names)) for event in events],
        [one._replace(first=then(one.first, one.t), second=then(one.second, one.t)) for one in commands],
    )


def plain(name: str) -> str:
    """Without which one of this name it is."""
    return name.partition("#")[0]


def links_told(event: Event) -> list[tuple[str, str]]:
    """(weak, strong): stable ones hold all that is weaker, leased ones only calls and tokens.

    A wristband that is handed out or back is told so, even if nobody is named (strong is '').
    """
    if not event.names:
        return []
    strongest, *weaker = event.names
    holds = RANK if kind_of(strongest) in STABLE else MADE if kind_of(strongest) in LEASED else ()
    told = [(weak, strongest) for weak in weaker if kind_of(weak) in holds]
    if event.type in ("wristband.issued", "wristband.returned"):
        named = {weak for weak, _ in told}
        told += [(band, "") for band in event.names if kind_of(band) == "wristband" and band not in named]
    return told


def unlinked_pairs(commands: Iterable[Command]) -> set[frozenset[str]]:
    """The last command about a pair wins."""
    standing = {frozenset((one.first, one.second)): one.on for one in commands}
    return {pair for pair, on in standing.items() if on}


def leases_of(evidence: list[tuple[int, str, str, str, str]]) -> list[list[tuple[int, str, When | None]]]:
    """Runs (start, label, why) by lease, from evidence (position, source, event_id, label, type) in any order.

    The first label of a lease reaches back to its start; what is returned still was its wearer's. Only a wristband is
    handed out and back: for others `type` says nothing.
    """
    leases: list[list[tuple[int, str, When | None]]] = [[(NEVER, "", None)]]
    for at, source, event_id, label, kind in sorted(evidence):
        when = (at >> 2, source, event_id)
        if kind == "wristband.issued":
            leases.append([(at, "", when)])
        start, current, _ = leases[-1][-1]
        if label and not current:
            leases[-1][-1] = (start, label, when)
        elif label and label != current:
            leases[-1].append((at, label, when))
        if kind == "wristband.returned":
            leases.append([(at + 1, "", when)])
    return leases


def holder_among(links: dict[str, Link]) -> str:
    """The strongest type, then seen together before claimed, then the earliest."""
    return min(links, key=lambda name: (rank(name), links[name], name), default="")


@dataclass
class Identity:
    """Who holds what, for ever and at every instant."""

    links: dict[str, dict[str, Link]] = field(default_factory=lambda: defaultdict(dict))
    claims: dict[tuple[str, str], tuple[str, When]] = field(default_factory=dict)
    """(who claims, for whom) → (holder, when)"""
    runs: dict[str, list[Run]] = field(default_factory=dict)
    blocked: set[tuple[str, int]] = field(default_factory=set)
    """(leased identifier, start of the lease)"""
    merged: dict[str, str] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Account merges (from, into) that would have closed a circle."""
    known: set[str] = field(default_factory=set)
    """Whatever was ever linked or marked, unlinked since or not."""

    def holder(self, name: str, at: int) -> tuple[str, int]:
        """Who holds it at this position, and the position at the holder where it hangs; ('', at) for nobody."""
        if kind_of(name) == "customer":
            return self.merged.get(name, ""), at
        if kind_of(name) in LEASED:
            runs = self.runs.get(name, [])
            return next((run.holder for run in reversed(runs) if run.start <= at), ""), at
        holder = holder_among(self.links.get(name, {}))
        return holder, position(self.links[name][holder][1]) if holder else at

    def path(self, name: str, at: int) -> list[str]:
        """From the identifier up to its top."""
        path = [name]
        while True:
            holder, at = self.holder(path[-1], at)
            if not holder:
                return path
            path.append(holder)

    def top(self, name: str, at: int) -> str:
        return self.path(name, at)[-1]

    def conflicts(self) -> dict[str, list[str]]:
        """Stable and made identifiers that two of the strongest type lay claim to."""
        found = {}
        for name, links in self.links.items():
            best = min(map(rank, links), default=None)
            rivals = sorted(target for target in links if rank(target) == best)
            if len(rivals) > 1:
                found[name] = rivals
        return found


NOBODY: dict[str, int] = {}


def identify(events: Iterable[Event], commands: Iterable[Command], gone: Mapping[str, int] = NOBODY) -> Identity:
    """`events` without copies, in any order; `commands` in the order in which they were given.

    `gone`: who was erased, and until when (ms): what they were linked to by then is not known any more. That somebody
    had a thing still is, but not who: it cuts, and it counts among the holders of a lease.
    """
    found, unlinked = Identity(), unlinked_pairs(commands)
    evidence: dict[str, list[tuple[int, str, str, str, str]]] = defaultdict(list)
    merges: list[tuple[When, str, str]] = []
    for event in events:
        for weak, strong in links_told(event):
            if event.t <= gone.get(weak, NEVER):
                continue
            found.known.add(weak)
            if kind_of(weak) in LEASED:
                apart = strong in gone and frozenset((weak, strong)) in unlinked
                if apart or event.t <= gone.get(strong, NEVER):
                    strong = ERASED + strong
                mark = event.type if kind_of(weak) == "wristband" else ""
                evidence[weak].append((event.position, event.source, event.event_id, strong, mark))
            elif frozenset((weak, strong)) not in unlinked:
                link = (0, *event.when)
                found.links[weak][strong] = min(link, found.links[weak].get(strong, link))
        ends = [f"customer:{event.data[end]}" for end in ("from", "into")] if event.type == "account.merged" else []
        if ends and all(event.t > gone.get(end, NEVER) for end in ends):
            merges.append((event.when, *ends))
    _claim(found, unlinked, gone)
    for name, told in evidence.items():
        found.runs[name] = _runs(found, name, told, unlinked)
    _merge(found, merges, unlinked)
    return found


def _claim(found: Identity, unlinked: set[frozenset[str]], gone: Mapping[str, int]) -> None:
    """Who hangs on several and contradicts itself in no customer tells the weaker of them who its holder is.

    Claims only go up, so weakest first does for all.
    """
    for kind in ("phone", "email", "loyalty_card"):
        for name in sorted(name for name in found.links if kind_of(name) == kind):
            links = found.links[name]
            holder = holder_among(links)
            if sum(kind_of(target) == "customer" for target in links) > 1:
                continue
            for target in [target for target in links if rank(target) > rank(holder)]:
                when = max(links[holder][1:], links[target][1:])
                found.claims[name, target] = (holder, when)
                if frozenset((target, holder)) not in unlinked and when[0] > gone.get(target, NEVER):
                    link = (1, *when)
                    found.links[target][holder] = min(link, found.links[target].get(holder, link))


def _runs(
    found: Identity, name: str, evidence: list[tuple[int, str, str, str, str]], unlinked: set[frozenset[str]]
) -> list[Run]:
    runs = []
    for lease in leases_of(evidence):
        blocked = len({label for _, label, _ in lease if label}) > MOST_HOLDERS
        if blocked:
            found.blocked.add((name, lease[0][0]))
        for start, label, when in lease:
            apart = frozenset((name, label.removeprefix(ERASED))) in unlinked
            status = "erased" if label.startswith(ERASED) else "held" if label else "open"
            status = "blocked" if blocked else "unlinked" if apart else status
            runs.append(Run(start, label, label if status == "held" else "", status, when))
    return runs


def _merge(found: Identity, merges: list[tuple[When, str, str]], unlinked: set[frozenset[str]]) -> None:
    """Of each customer the earliest merge counts, unless it would close a circle with earlier ones."""
    earliest: dict[str, tuple[When, str]] = {}
    for when, gone, into in sorted(merges):
        if gone != into and frozenset((gone, into)) not in unlinked:
            earliest.setdefault(gone, (when, into))
    for _, gone, into in sorted((when, gone, into) for gone, (when, into) in earliest.items()):
        end = into
        while end in found.merged:
            end = found.merged[end]
        if end == gone:
            found.refused.add((gone, into))
        else:
            found.merged[gone] = into
