"""People and their links as text on a screen, and as JSON for programs."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from streams.run.identity.explain import Explanation, Period
from streams.run.identity.links import Link
from streams.run.identity.lists import Dispute
from streams.run.identity.look import Found
from streams.run.identity.party import Companion
from streams.run.identity.person import Change, Stay, Totals, Touchpoint, Visit
from streams.sources.instants import rfc3339

if TYPE_CHECKING:
    from streams.run.identity.preview import Preview, Side
    from streams.validate.command import Command

_MOST_LISTED = 100
_SHORT = 24


def found_lines(
    found: Found, visits: Sequence[Visit], touchpoints: Sequence[Touchpoint], party: Sequence[Companion], currency: str
) -> list[str]:
    """Who this is, since when and why; what they hold and held; totals; visits and touchpoints, the newest first."""
    return [
        f"{found.identifier} is {_who(found)}",
        f"data as of {_at(found.as_of_ms, 'unknown: no stage has reported')}",
        *_section("why", (_link_line(link, found.rule_of(link)) for link in found.chain)),
        *_section("its holders over time", _line_of(found)),
        *_section("holds and held", _held(found)),
        *_section("open conflicts", (_dispute_line(entry) for entry in found.disputes)),
        *_section("in all", _totals(found, currency)),
        *_section("together with, by booking", map(_companion_line, party)),
        *_section("visits, newest first", (line for visit in visits for line in _visit_lines(visit, currency))),
        *_section("touchpoints, newest first", map(_touchpoint_line, touchpoints)),
    ]


def explanation_lines(found: Explanation) -> list[str]:
    """Yes or no, then the chains of links, then what stands between."""
    verdict = f"one person, {found.person_a}" if found.one else "not one person"
    heads = [f"{found.a} and {found.b} are {verdict}", f"data as of {_at(found.as_of_ms, 'unknown')}"]
    chains = [
        line
        for identifier, person, chain in (
            (found.a, found.person_a, found.chain_a),
            (found.b, found.person_b, found.chain_b),
        )
        for line in _section(
            f"{identifier} is {person}", map(_link_line, chain) if chain else ["  nobody else holds it"]
        )
    ]
    periods = _section("but they were", (f"  {_period(period)}" for period in found.periods))
    reasons = _section("because", (_reason_line(reason.words, reason.entry) for reason in found.reasons))
    return [*heads, *chains, *periods, *reasons]


def preview_lines(found: "Preview", currency: str) -> list[str]:
    """Both sides before and after; what does not move is left out."""
    verb = "parts" if found.command.kind == "unlink" else "joins"
    heads = [
        f"{found.command.kind} {verb} {found.command.weak} and {found.command.strong}",
        f"data as of {_at(found.as_of_ms, 'unknown')}; {found.touchpoints:,} touchpoints looked at",
        f"people {found.people_before} → {found.people_after}",
    ]
    if found.settled_ms is not None:
        heads.append(
            f"{found.command.weak} is settled since {rfc3339(found.settled_ms)}: it was silent, so what it was"
        )
        heads.append("belongs to its holder for good; the command is for another one of that name")
    if not any(side.changes for side in found.sides):
        heads.append("nothing would change now; it stands for what is said later")
    if not found.exact:
        heads.append("the figures before are not those of now: something came too late to be in them")
    return [*heads, *(line for side in found.sides for line in _side_lines(side, currency))]


def _side_lines(side: "Side", currency: str) -> Iterator[str]:
    yield ""
    yield f"{side.person}{'' if side.changes else ': unchanged'}"
    for name, unit in (("touchpoints", ""), ("visits", ""), ("orders", ""), ("amount", f" {currency}"), ("waits", "")):
        before, after = getattr(side.before, name), getattr(side.after, name)
        if side.changes:
            words = f"{before:,.2f} → {after:,.2f}" if name == "amount" else f"{before:,} → {after:,}"
            yield f"  {'money' if name == 'amount' else name} {words}{unit}"


def outcome_lines(command: "Command", now: dict[str, Totals | None], currency: str) -> Iterator[str]:
    """What has become of it, and how to take it back."""
    back = "relink" if command.kind == "unlink" else "unlink"
    yield f"done: command {command.command}"
    for person, totals in now.items():
        if totals is None:
            yield f"  {person}: nobody of their own now"
        else:
            money = f"{totals.amount:,.2f} {currency}"
            yield f"  {person}: {totals.touchpoints:,} touchpoints, {totals.visits:,} visits, {money}"
    yield f"to take it back: touchline identity {back} {command.weak} {command.strong} --why …"


def dispute_lines(found: Sequence[Dispute], *, blocked: bool) -> list[str]:
    """One paragraph each: the identifier, who keeps it, who else claims it, and by what."""
    lines = []
    for link, entries in found:
        held = "belongs to nobody" if blocked else f"stays with {link.holder}"
        since = f" from {_at(link.from_ms, '')}" if link.from_ms is not None else ""
        lines += [f"{link.identifier} {held}{since}{_evidence(link)}", *map(_dispute_line, entries)]
    return lines


def as_json(value: Any) -> str:
    """One object; tuples with names become objects, times are ms since 1970, money is text."""
    return orjson.dumps(_plain(value), option=orjson.OPT_INDENT_2).decode() + "\n"


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(below) for name, below in value._asdict().items()}
    if isinstance(value, dict):
        return {" → ".join(key) if isinstance(key, tuple) else str(key): _plain(below) for key, below in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(below) for below in value]
    return str(value) if isinstance(value, Decimal) else value


# -- lines ---------------------------------------------------------------------------------------


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return ["", title, *found] if found else []


def _who(found: Found) -> str:
    if found.is_nobody:
        return "nobody known: it hangs on nobody yet"
    if found.person == found.identifier and found.person.startswith("customer:"):
        return "the strongest name that this person has"
    if found.is_laid_down:
        return "in nobody's hands now"
    if found.person == found.identifier:
        return "a person of its own: nobody else holds it"
    return found.person


def _link_line(link: Link, rule: str = "") -> str:
    why = f"; rule: {rule}" if rule else ""
    return f"  {link.identifier} → {link.holder}{_span(link)}{_evidence(link)}{why}"


def _line_of(found: Found) -> Iterator[str]:
    if len(found.line) > 1 or any(not link.holds for link in found.line):
        for link in found.line:
            yield f"  {link.holder or 'nobody'} ({link.status}){_span(link)}{_evidence(link)}"


def _held(found: Found) -> Iterator[str]:
    links = sorted(found.holdings.links, key=lambda link: (link.until_ms is not None, link.identifier, link.from_pos))
    for link in links[:_MOST_LISTED]:
        yield _link_line(link, found.rule_of(link))
    hidden = len(links) - _MOST_LISTED
    if hidden > 0 or found.holdings.more:
        yield f"  and {max(hidden, 0):,}{' or more' if found.holdings.more else ''} others"


def _totals(found: Found, currency: str) -> Iterator[str]:
    totals = found.totals
    if totals is None:
        return
    yield f"  touchpoints {totals.touchpoints:,}, from {_at(totals.first_ms, '–')} to {_at(totals.last_ms, '–')}"
    yield f"  visits {totals.visits:,}, orders {totals.orders:,}"
    money = [f"{totals.amount:,.2f} {currency}", *(f"{sum_:,.2f} {of}" for of, sum_ in totals.other_currencies.items())]
    yield f"  money {', '.join(money)}"
    yield f"  waits {totals.waits:,}, {_minutes(totals.wait_seconds)} in all"
    for purpose, granted in sorted(totals.consents.items()):
        yield f"  consent to {purpose}: {'given' if granted else 'withdrawn'}"


def _visit_lines(visit: Visit, currency: str) -> Iterator[str]:
    until = "now" if visit.open else rfc3339(visit.ended_ms)
    where = f" at {', '.join(visit.places)}" if visit.places else ""
    money = f", {visit.amount:,.2f} {currency}" if visit.amount else ""
    yield (
        f"  {rfc3339(visit.started_ms)} to {until}: {visit.touchpoints:,} touchpoints by {', '.join(visit.channels)}"
        f"{where}{money}"
    )
    for stay in visit.stays:
        yield f"    {_stay(stay)}"


def _stay(stay: Stay) -> str:
    words = f"{rfc3339(stay.joined_ms)} {stay.place} with {stay.identifier}"
    if stay.wait_seconds is not None:
        words += f", waited {_minutes(stay.wait_seconds)}"
    return f"{words}, {stay.outcome or 'still there'}"


def _touchpoint_line(one: Touchpoint) -> str:
    where = f" at {one.place}" if one.place else ""
    money = f" {one.amount:,.2f} {one.currency}" if one.amount is not None else ""
    return f"  {rfc3339(one.at_ms)} {one.type} ({one.channel}){where}{money}, {one.source}/{one.event_id}"


def _companion_line(one: Companion) -> str:
    visits = "1 visit" if one.visits == 1 else f"{one.visits:,} visits"
    return f"  {one.person} on booking {one.booking}, {visits} until {rfc3339(one.last_ms)}"


def _dispute_line(entry: Change) -> str:
    evidence = _touchpoint(entry.type, entry.source, entry.event_id, entry.at_ms)
    return f"  {entry.identifier}: claimed by {entry.other or entry.after}{evidence}"


def _reason_line(words: str, entry: Change | None) -> str:
    if entry is None:
        return f"  {words}"
    return f"  {words} (known since {rfc3339(entry.known_ms)})" + _touchpoint(
        entry.type, entry.source, entry.event_id, entry.at_ms
    )


def _span(link: Link) -> str:
    since = f" since {rfc3339(link.from_ms)}" if link.from_ms is not None else ""
    until = f" until {rfc3339(link.until_ms)}" if link.until_ms is not None else ""
    return since + until


def _evidence(link: Link) -> str:
    return _touchpoint(link.evidence.type, link.evidence.source, link.evidence.event_id, link.evidence.at_ms)


def _touchpoint(kind: str, source: str, event_id: str, at_ms: int | None) -> str:
    return f"; by {kind} {source}/{event_id}" + (f" of {rfc3339(at_ms)}" if at_ms is not None else "") if kind else ""


def _period(period: Period) -> str:
    return f"one person from {_at(period.from_ms, 'the beginning')} to {_at(period.until_ms, 'now')}"


def _at(time_ms: int | None, otherwise: str) -> str:
    return otherwise if time_ms is None else rfc3339(time_ms)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
