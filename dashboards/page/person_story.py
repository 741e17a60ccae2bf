"""What a person did: visits with what happened in them, the timeline of touchpoints, and one thing in several hands."""

from collections.abc import Mapping, Sequence

from dashboards.page.markup import Markup, tag
from dashboards.page.person_parts import about, duration, evidence, moment, name_of, person_link, section
from streams.run.identity.links import Link
from streams.run.identity.look import Found
from streams.run.identity.person import Stay, Touchpoint, Visit

_OUTCOMES = {
    "": "still there",
    "served": "served",
    "abandoned": "gave up",
    "timed_out": "ended by time-out",
    "left": "left",
    "abandoned_before_queue": "hung up before the queue",
}
_RANKS = {"wristband.returned": 0, "wristband.issued": 2}
_WORN = "Each holder has what was done with it in their time; nothing goes over to the next."


def visit_list(visits: Sequence[Visit], places: Mapping[str, str], currency: str) -> Markup:
    if not visits:
        return tag("p", "No visit is known.", class_="said")
    return tag("ol", *(_visit(visit, places, currency) for visit in visits), class_="visits")


def _visit(visit: Visit, places: Mapping[str, str], currency: str) -> Markup:
    until = tag("strong", "now") if visit.open else moment(visit.ended_ms)
    facts = [f"{visit.touchpoints:,} touchpoint{'s' if visit.touchpoints != 1 else ''}"]
    facts += [f"{visit.amount:,.2f} {currency}"] if visit.amount else []
    facts += (
        [f"{visit.waits} wait{'s' if visit.waits != 1 else ''}, {duration(visit.wait_seconds)}"] if visit.waits else []
    )
    facts += [f"booking {', '.join(visit.bookings)}"] if visit.bookings else []
    where = ", ".join(places.get(place, place) for place in visit.places)
    return tag(
        "li",
        tag("h3", moment(visit.started_ms), " – ", until),
        tag("p", *(tag("span", channel.replace("_", " "), class_="chip") for channel in visit.channels)),
        tag("p", " · ".join(facts), class_="note"),
        tag("p", where) if where else None,
        tag("ul", *(_stay(stay, places) for stay in visit.stays), class_="stays") if visit.stays else None,
        class_="open" if visit.open else None,
    )


def _stay(stay: Stay, places: Mapping[str, str]) -> Markup:
    words = _OUTCOMES.get(stay.outcome, stay.outcome)
    waited = f", waited {duration(stay.wait_seconds)}" if stay.wait_seconds is not None else ""
    served = f", served for {duration(stay.service_seconds)}" if stay.service_seconds is not None else ""
    return tag(
        "li",
        moment(stay.joined_ms),
        " ",
        tag("strong", places.get(stay.place, stay.place)),
        f"{waited}{served}: {words}{' (a guess)' if stay.guessed else ''}",
        tag("span", f" with {name_of(stay.identifier)}", class_="note"),
    )


def timeline(touchpoints: Sequence[Touchpoint], places: Mapping[str, str]) -> Markup:
    if not touchpoints:
        return tag("p", "No touchpoint is left here.", class_="said")
    heads = ("When", "What", "Channel", "Where", "Money", "With")
    table = tag(
        "table",
        tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
        tag("tbody", *(_touchpoint(one, places) for one in touchpoints)),
    )
    return tag("div", table, class_="scroll")


def _touchpoint(one: Touchpoint, places: Mapping[str, str]) -> Markup:
    carried = ", ".join(name_of(f"{kind}:{value}") for kind, value in sorted(one.identifiers.items()))
    money = f"{one.amount:,.2f} {one.currency}" if one.amount is not None else None
    return tag(
        "tr",
        tag("td", moment(one.at_ms)),
        tag("td", tag("code", one.type), class_="name", title=f"{one.source}/{one.event_id}"),
        tag("td", tag("span", one.channel.replace("_", " "), class_="chip")),
        tag("td", places.get(one.place, one.place) if one.place else None),
        tag("td", money, class_="money"),
        tag("td", carried, class_="note"),
    )


def worn(found: Found, carried: Sequence[Touchpoint], places: Mapping[str, str]) -> Markup:
    """In whose hands something was, one holder after the other, with what was done with it meanwhile."""
    runs = [_run(link, carried, places) for link in reversed(found.line)]
    title = f"In whose hands {name_of(found.identifier)} was"
    return section("hands", title, about(_WORN), tag("ol", *runs, class_="hands"))


def _run(link: Link, carried: Sequence[Touchpoint], places: Mapping[str, str]) -> Markup:
    mine = [one for one in carried if link.from_pos <= _pos(one) < link.until_pos]
    who = person_link(link.holder) if link.holder else tag("span", "nobody", class_="note")
    since = moment(link.from_ms) if link.from_ms is not None else tag("span", "the beginning")
    until = moment(link.until_ms) if link.until_ms is not None else tag("strong", "now")
    seen = [places.get(place, place) for place in dict.fromkeys(one.place for one in reversed(mine) if one.place)]
    words = f"{len(mine):,} touchpoint{'s' if len(mine) != 1 else ''}" + (f": {', '.join(seen)}" if seen else "")
    return tag(
        "li",
        tag("h3", who, tag("span", f" {link.status}", class_="note") if link.status not in ("held", "open") else None),
        tag("p", since, " – ", until),
        tag("p", words, class_="note"),
        tag("p", evidence(link.evidence), class_="note") if link.evidence.type else None,
        data_holder=link.holder,
    )


def _pos(one: Touchpoint) -> int:
    """On the line of what passes from hand to hand: ms * 4 and the rank at one instant."""
    return one.at_ms * 4 + _RANKS.get(one.type, 3)
