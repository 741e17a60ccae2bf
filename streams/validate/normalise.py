"""A valid touchpoint in its normal form: identifiers trimmed, nobody left out, personal values hashed, keys made."""

from typing import Any, Final, NamedTuple

from schemas.touchpoint import TYPES
from schemas.touchpoint.identifiers import GROUP, IN_HAND, MADE, STRENGTH, names_nobody
from schemas.touchpoint.reasons import Defect
from streams.validate.mask import Personal, mask
from streams.validate.pseudonym import AnotherKeyError, Pseudonymiser

ENVELOPE: Final = frozenset(
    (
        *("event_id", "source", "channel", "type", "occurred_at", "identifiers", "place"),
        *("sent_at", "operated_by", "schema_version", "data"),
    )
)
KNOWN: Final = frozenset((*STRENGTH, GROUP))
_CALLS: Final = frozenset(name for name in TYPES if name.startswith("call."))
_TOKENS: Final = frozenset(name for name in TYPES if name.startswith(("queue.", "service.")))
_UNNAMED: Final = frozenset(name for name, model in TYPES.items() if not model.names_people)

Warnings = dict[str, int]
"""How often something was left out, by why: a handful of keys."""


class Normal(NamedTuple):
    """A touchpoint's identifiers of every type, and what they say; a key is written `type:value`, '' for nobody."""

    identifiers: dict[str, str]
    strongest: str
    in_hand: str
    data: dict[str, Any]
    extra: dict[str, Any]  # fields beside the envelope
    operated_by: str


def normalise(touchpoint: dict[str, Any], pseudonymiser: Pseudonymiser, warnings: Warnings) -> Normal:
    """`touchpoint` keeps the contract and is not changed. Raises AnotherKeyError for a pseudonym of another key."""
    data: dict[str, Any] = touchpoint.get("data") or {}
    extra = {} if touchpoint.keys() <= ENVELOPE else {k: v for k, v in touchpoint.items() if k not in ENVELOPE}
    operated_by: str = touchpoint.get("operated_by") or ""
    sent: dict[str, str | None] | None = touchpoint.get("identifiers")
    identifiers: dict[str, str] = {}
    if sent:
        personal = _take(sent, identifiers, pseudonymiser, warnings)
        if personal:
            data, extra = mask(data, personal, pseudonymiser), mask(extra, personal, pseudonymiser)
            operated_by = mask(operated_by, personal, pseudonymiser)
            for kind in identifiers.keys() - KNOWN:
                identifiers[kind] = mask(identifiers[kind], personal, pseudonymiser)
    kind = touchpoint["type"]
    if kind == "account.merged":
        data = data | {end: pseudonymiser.value("customer", data[end]) for end in ("from", "into")}
    if kind in _UNNAMED:
        return Normal(identifiers, "", "", data, extra, operated_by)
    _make(touchpoint, kind, data, identifiers, warnings)
    if not identifiers:
        return Normal(identifiers, "", "", data, extra, operated_by)
    return Normal(identifiers, _first(STRENGTH, identifiers), _first(IN_HAND, identifiers), data, extra, operated_by)


def _take(
    sent: dict[str, str | None], identifiers: dict[str, str], pseudonymiser: Pseudonymiser, warnings: Warnings
) -> list[Personal]:
    """Fill `identifiers` from what was sent; what of it was personal."""
    personal: list[Personal] = []
    for kind, raw in sent.items():
        if raw is None or names_nobody(kind, raw):
            _warn(warnings, "identifier names nobody")
        elif kind in MADE:
            _warn(warnings, "call and token are taken from data, not from identifiers")
        else:
            text = raw.strip()
            value = identifiers[kind] = pseudonymiser.value(kind, text)
            if value != text:
                personal.append(_personal(text, value, pseudonymiser))
    return personal


def _personal(text: str, pseudonym: str, pseudonymiser: Pseudonymiser) -> Personal:
    if "@" in text:
        return Personal("email", text, text.lower(), pseudonym)
    return Personal("phone", text, pseudonymiser.phone(text), pseudonym)


def _make(
    touchpoint: dict[str, Any], kind: str, data: dict[str, Any], identifiers: dict[str, str], warnings: Warnings
) -> None:
    """Calls and tokens become identifiers: unique within the source, or within the place."""
    if kind in _CALLS:
        made, within = "call", touchpoint["source"]
    elif kind in _TOKENS and data.get("token") is not None:
        made, within = "token", touchpoint["place"]
    else:
        return
    if names_nobody(made, data[made]):
        _warn(warnings, "call or token names nobody")
    else:
        identifiers[made] = f"{within}/{data[made].strip()}"


def _first(order: tuple[str, ...], identifiers: dict[str, str]) -> str:
    for kind in order:
        if kind in identifiers:
            return f"{kind}:{identifiers[kind]}"
    return ""


def _warn(warnings: Warnings, why: str) -> None:
    warnings[why] = warnings.get(why, 0) + 1


def foreign_key(touchpoint: dict[str, Any], pseudonymiser: Pseudonymiser) -> Defect | None:
    """The identifier that was hashed with a key which is not ours, if there is one."""
    sent = touchpoint.get("identifiers")
    places: list[tuple[str, Any]] = [
        (f"identifiers.{kind}", value) for kind, value in (sent.items() if isinstance(sent, dict) else ())
    ]
    data = touchpoint.get("data")
    if touchpoint.get("type") == "account.merged" and isinstance(data, dict):
        places += [(f"data.{end}", data.get(end)) for end in ("from", "into")]
    for field, value in places:
        if isinstance(value, str):
            try:
                pseudonymiser.value("customer", value)
            except AnotherKeyError as error:
                return Defect("bad_identifier", field, f"{field} {error}")
    return None
