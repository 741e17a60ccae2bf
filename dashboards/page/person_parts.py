"""Small pieces that the documents of *One customer* are made of: names, moments, lengths of time, evidence."""

from datetime import datetime, timezone
from urllib.parse import quote

from dashboards.page.markup import Markup, tag
from streams.run.identity.links import Evidence

_SHOWN_OF_A_PSEUDONYM = 11


def section(identity: str, title: str, definition: Markup | None, *content: Markup | None) -> Markup:
    """A part that the keyboard walks through."""
    head = tag("div", tag("h2", title, id=f"{identity}-title"), definition, class_="head")
    return tag(
        "section", head, *content, id=identity, class_="part", tabindex="-1", aria_labelledby=f"{identity}-title"
    )


def about(definition: str) -> Markup:
    """What something counts and how, on demand."""
    return tag("details", tag("summary", "i", aria_label="What this counts"), tag("p", definition), class_="about-it")


def name_of(identifier: str) -> str:
    """As people read it: hashed values are cut."""
    kind, _, value = identifier.partition(":")
    hashed = value[:1] == "h" and len(value) > 64
    return (
        f"{kind.replace('_', ' ')} {value[:_SHOWN_OF_A_PSEUDONYM]}…" if hashed else f"{kind.replace('_', ' ')} {value}"
    )


def person_link(identifier: str, words: str | None = None) -> Markup:
    """To the page of whoever holds the identifier; the words are its name unless given."""
    if not identifier:
        return tag("span", "nobody")
    return tag("a", words or name_of(identifier), href=f"/people/{quote(identifier, safe=':')}", title=identifier)


def moment(at_ms: int) -> Markup:
    """A time; the script writes it in the viewer's own zone."""
    at = datetime.fromtimestamp(at_ms / 1_000, timezone.utc)
    return tag("time", f"{at:%Y-%m-%d %H:%M:%S} UTC", datetime=at.isoformat(timespec="milliseconds"))


def evidence(found: Evidence) -> Markup:
    """The touchpoint that says so."""
    if not found.type:
        return tag("span", "no single touchpoint says so")
    which = tag("code", found.type)
    when = (" of ", moment(found.at_ms)) if found.at_ms is not None else ()
    return tag("span", which, f" from {found.source}", *when, title=f"{found.source}/{found.event_id}")


def duration(seconds: float) -> str:
    """45 s, 41 min, 1:13 h, 59 days: as the boards say it."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60}:{minutes % 60:02} h" if minutes < 48 * 60 else f"{minutes / 1_440:,.0f} days"
