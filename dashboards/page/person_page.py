"""The documents of *One customer*: the form that finds somebody, and all that is known of one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboards.boards.one_customer import FIGURES, IDENTIFIERS, PARTY, TOUCHPOINTS, VISIT, Figure
from dashboards.page.documents import bar, document
from dashboards.page.markup import Markup, tag
from dashboards.page.person_parts import about, duration, evidence, moment, name_of, person_link, section
from dashboards.page.person_story import timeline, visit_list, worn
from dashboards.panels import UNIT_NAMES, Board
from streams.run.identity.links import Link
from streams.run.identity.look import Found
from streams.run.identity.party import Companion
from streams.run.identity.person import Touchpoint, Visit

_BEHIND_MS, _STALE_MS = 15_000, 60_000
SHORTCUTS = (
    ("/", "find somebody"),
    ("j  k", "next and previous part"),
    ("r", "look again"),
    ("?", "this help"),
    ("Esc", "close"),
)


@dataclass(frozen=True)
class Known:
    """What one look has found, `now_ms` being when. `carried`: what was done with something that changed hands."""

    found: Found
    visits: Sequence[Visit]
    touchpoints: Sequence[Touchpoint]
    carried: Sequence[Touchpoint]
    party: Sequence[Companion]
    places: dict[str, str]
    currency: str
    now_ms: int
    older_visits: bool
    older_touchpoints: bool
    paged: bool


def find_page(boards: tuple[Board, ...], static: str, said: str, known: Sequence[str], *, hashes: bool) -> str:
    """`said`: an answer or a question, '' at first; `known`: whom the question is about."""
    choices = tag("ul", *(tag("li", person_link(one)) for one in known), class_="choices") if known else None
    without = None if hashes else "This page has no key: e-mail addresses and phone numbers are found as h1:… only."
    body = tag(
        "main",
        tag("h1", "One customer"),
        tag("p", "Who is this, what have they done over all channels, and how is that known?", class_="question"),
        _finder(autofocus=True),
        tag("p", said, class_="said", role="status") if said else None,
        choices,
        tag("p", without, class_="said") if without else None,
        id="parts",
        class_="people",
    )
    return _page("One customer", boards, static, body)


def person_page(known: Known, boards: tuple[Board, ...], static: str) -> str:
    found = known.found
    body = tag(
        "main",
        _finder(),
        _heading(known),
        _totals(known),
        _disputes(found),
        worn(found, known.carried, known.places) if len(found.line) > 1 else None,
        _identifiers(found),
        _party(known),
        section("visits", "Visits", about(VISIT), visit_list(known.visits, known.places, known.currency),
                _older_visits(known)),
        section("touchpoints", "Touchpoints", about(TOUCHPOINTS), timeline(known.touchpoints, known.places),
                _older_touchpoints(known)),
        id="parts",
        class_="people",
    )  # fmt: skip
    return _page(f"{name_of(found.person)} · One customer", boards, static, body)


def _page(title: str, boards: tuple[Board, ...], static: str, body: Markup) -> str:
    rows = [tag("div", tag("dt", keys), tag("dd", text)) for keys, text in SHORTCUTS]
    closing = tag("form", tag("button", "Close"), method="dialog")
    help_ = tag("dialog", tag("h2", "Keyboard"), tag("dl", *rows), closing, id="help", aria_label="Keyboard help")
    style = tag("link", rel="stylesheet", href=f"{static}/people.css")
    script = tag("script", src=f"{static}/people.js", type="module")
    whole = tag("body", bar(boards, None, people=True), body, help_)
    return document(f"{title} · Touchline", static, whole, style, script)


def _finder(*, autofocus: bool = False) -> Markup:
    field = tag(
        "input",
        name="who",
        type="search",
        placeholder="email, phone, customer:12, wristband:…",
        autocomplete="off",
        autocapitalize="none",
        spellcheck="false",
        maxlength="512",
        required=True,
        autofocus=autofocus,
        aria_label="Any identifier: e-mail, phone, or type:value",
    )
    return tag("form", field, tag("button", "Find"), method="post", action="/people", id="find", role="search")


def _heading(known: Known) -> Markup:
    found = known.found
    kind, _, value = found.person.partition(":")
    asked = tag("p", person_link(found.identifier), " ", _how(found), class_="asked")
    head = tag("div", tag("span", kind.replace("_", " "), class_="kind"), tag("h1", value, title=found.person))
    return tag("header", head, asked, _freshness(known), class_="who")


def _how(found: Found) -> Markup:
    """In a sentence: why the identifier that was asked for is this person."""
    if found.is_nobody:
        return tag("span", "hangs on nobody yet: its touchpoints count for nobody.")
    if not found.chain and found.person.startswith("customer:"):
        return tag("span", "is the strongest name that this person has.")
    if found.is_laid_down:
        return tag("span", "is in nobody's hands now; what was seen of it meanwhile stands here.")
    if not found.chain:
        return tag("span", "is a person of its own: nobody else is known to hold it.")
    steps = [
        tag("li", person_link(link.identifier), " belongs to ", person_link(link.holder), ": ", evidence(link.evidence))
        for link in found.chain
    ]
    return tag("details", tag("summary", "is this person, because …"), tag("ol", *steps), class_="why")


def _freshness(known: Known) -> Markup:
    as_of = known.found.as_of_ms
    if as_of is None:
        return tag("p", tag("span", "○", class_="sign"), " No stage has reported yet", data_level="unknown",
                   class_="freshness", id="freshness")  # fmt: skip
    behind = known.now_ms - as_of
    level, sign = ("ok", "●") if behind < _BEHIND_MS else ("watch", "▲") if behind < _STALE_MS else ("bad", "■")
    late = f", {duration(behind / 1_000)} behind" if level != "ok" else ""
    words = tag("span", "Data as of ", moment(as_of), late)
    return tag("p", tag("span", sign, class_="sign"), words, data_level=level, class_="freshness", id="freshness")


def _totals(known: Known) -> Markup:
    totals = known.found.totals
    if totals is None:
        return tag("p", "Nothing has been counted for this person.", class_="said")
    values = {
        **{name: f"{getattr(totals, name):,}" for name in ("touchpoints", "visits", "orders", "waits")},
        "amount": f"{totals.amount:,.2f} {known.currency}",
        "wait_seconds": duration(totals.wait_seconds),
    }
    others = " + ".join(f"{amount:,.2f} {currency}" for currency, amount in totals.other_currencies.items())
    notes = {"amount": others, "touchpoints": _since(totals.first_ms)}
    tiles = [_tile(figure, values[figure.name], notes.get(figure.name)) for figure in FIGURES]
    return section("totals", "In all", None, tag("div", *tiles, class_="tiles"), _consents(totals.consents))


def _since(first_ms: int | None) -> Markup | None:
    return None if first_ms is None else tag("span", "since ", moment(first_ms))


def _tile(figure: Figure, value: str, note: str | None) -> Markup:
    unit = "" if figure.name == "amount" else f" Unit: {UNIT_NAMES[figure.unit]}."
    return tag(
        "div",
        tag("h3", figure.title),
        tag("p", value, class_="value"),
        tag("p", note, class_="note") if note else None,
        about(f"{figure.definition}{unit} Counts: {figure.counts}."),
        class_="tile",
        data_figure=figure.name,
    )


def _consents(consents: dict[str, int]) -> Markup | None:
    said = [f"{purpose}: {'granted' if granted else 'withdrawn'}" for purpose, granted in sorted(consents.items())]
    return tag("p", "Consent – ", ", ".join(said), class_="note") if said else None


def _disputes(found: Found) -> Markup | None:
    """What a person should decide."""
    blocked = sorted({link.identifier for link in found.line if link.status == "blocked"})
    lines = [
        tag(
            "li",
            person_link(entry.identifier),
            " is claimed by ",
            person_link(entry.other),
            " too; the earlier keeps it",
        )
        for entry in found.disputes
        if entry.other
    ] + [
        tag("li", person_link(one), " is blocked: more than 16 held it within one lease, so that lease is nobody's")
        for one in blocked
    ]
    if not lines:
        return None
    return tag("section", tag("h2", "In doubt"), tag("ul", *lines), class_="doubt", id="doubt", tabindex="-1")


def _identifiers(found: Found) -> Markup | None:
    links = sorted(found.holdings.links, key=lambda one: (one.until_ms is not None, one.identifier, -one.from_pos))
    if not links:
        return None
    heads = ("Identifier", "Since", "Until", "Because", "Belongs to")
    table = tag(
        "table",
        tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
        tag("tbody", *(_identifier_row(found, link) for link in links)),
    )
    more = tag("p", "and more than can be shown", class_="note") if found.holdings.more else None
    return section("identifiers", "Holds and held", about(IDENTIFIERS), tag("div", table, class_="scroll"), more)


def _identifier_row(found: Found, link: Link) -> Markup:
    rule = found.rule_of(link)
    since = link.from_ms if link.from_ms is not None else link.evidence.at_ms
    return tag(
        "tr",
        tag("td", person_link(link.identifier), class_="name"),
        tag("td", moment(since) if since is not None else "–", data_title="Since"),
        tag("td", moment(link.until_ms) if link.until_ms is not None else "still", data_title="Until"),
        tag("td", evidence(link.evidence), tag("span", f" ({rule})", class_="note") if rule else None),
        tag("td", person_link(link.holder), data_title="Belongs to"),
        class_="former" if link.until_ms is not None else None,
        data_identifier=link.identifier,
    )


def _party(known: Known) -> Markup | None:
    if not known.party:
        return None
    return section("party", "Together with", about(PARTY), tag("ul", *map(_companion, known.party)))


def _companion(one: Companion) -> Markup:
    visits = "1 visit" if one.visits == 1 else f"{one.visits:,} visits, the last"
    return tag("li", person_link(one.person), f" on booking {one.booking}: {visits} until ", moment(one.last_ms))


def _older_visits(known: Known) -> Markup | None:
    if not known.older_visits:
        return _newest(known)
    address = f"?visits_before={known.visits[-1].started_ms}#visits"
    return tag("p", tag("a", "Older visits", href=address, rel="next"), class_="paging")


def _older_touchpoints(known: Known) -> Markup | None:
    if not known.older_touchpoints:
        return _newest(known)
    last = known.touchpoints[-1]
    address = urlencode({"before": last.at_ms, "source": last.source, "event_id": last.event_id})
    return tag("p", tag("a", "Older touchpoints", href=f"?{address}#touchpoints", rel="next"), class_="paging")


def _newest(known: Known) -> Markup | None:
    back = person_link(known.found.identifier, "Back to the newest")
    return tag("p", back, class_="paging") if known.paged else None
