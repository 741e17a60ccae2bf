"""Commands about people, given by an operator through the log: read, judged, and handed to whom they concern."""

from hashlib import blake2b
from typing import Any, Final, Literal, NamedTuple

import orjson

from schemas.erased import is_hash
from schemas.internal import MERGES, Erase, Origin, Unlink
from schemas.touchpoint.decode import decode, json_kind
from schemas.touchpoint.identifiers import LEASED, MADE, STABLE, STRENGTH, names_nobody
from schemas.touchpoint.reasons import Defect
from streams.outbox import Outbox
from streams.topology import EVENTS
from streams.validate.pseudonym import AnotherKeyError, Pseudonymiser

Kind = Literal["unlink", "relink", "erase"]
_KINDS: Final = ("unlink", "relink", "erase")
_CUSTOMER: Final = "customer:"
_LONGEST: Final = {"command": 128, "weak": 512, "strong": 512, "who": 256, "why": 4_096}
"""Characters. An identifier may be made of a place and a token."""
_NEEDED: Final = ("command", "kind", "weak")
_FIRST_WINS: Final = 1 << 63
_OFFSET_BITS: Final = 21


class Command(NamedTuple):
    """`weak` is not held by `strong` (unlink), may be again (relink), or is to be forgotten (erase; no `strong`)."""

    command: str
    kind: Kind
    weak: str
    strong: str
    who: str
    why: str


def read_command(value: bytes | None, pseudonymiser: Pseudonymiser) -> Command | Defect:
    """What the record orders, or what is wrong with it and how to put it right. Never raises on any bytes."""
    found = decode(value)
    if isinstance(found, Defect):
        return found
    defect = _defect_of_fields(found)
    if defect is not None:
        return defect
    texts: dict[str, Any] = {field: found.get(field) or "" for field in Command._fields}
    command = Command(**texts)
    return _defect_of_pair(command, pseudonymiser) or command


def obey(command: Command, origin: Origin, out: Outbox) -> None:
    """Tell `out` the row of `identity_commands` and the message to the actor that it concerns."""
    topic, partition, offset, _, received_ms, _ = origin
    row = {
        **command._asdict(),
        "at": received_ms / 1_000,
        "topic": topic,
        "partition": partition,
        "offset": offset,
        # Of several copies the first stands, as with touchpoints.
        "version": _FIRST_WINS - (received_ms << _OFFSET_BITS | offset % (1 << _OFFSET_BITS)),
    }
    out.row("identity_commands", orjson.dumps(row))
    actor = _actor(command)
    out.send(EVENTS, None if actor is None else actor.encode(), orjson.dumps(_message(command, origin)))


def content_of(value: bytes) -> str:
    """16 hex digits, as a touchpoint's payload hash: personal values are hashed already."""
    return blake2b(value, digest_size=8).hexdigest()


def _actor(command: Command) -> str | None:
    """Account merges are decided in one place, and so is their undoing. None: all, since nobody knows where it is."""
    if is_hash(command.weak):
        return None
    both = command.weak.startswith(_CUSTOMER) and command.strong.startswith(_CUSTOMER)
    return MERGES if both else command.weak


def _message(command: Command, origin: Origin) -> Unlink | Erase:
    at_ms = origin[4]
    if command.kind == "erase":
        return Erase(k="erase", o=origin, t=at_ms, i=command.weak, c=command.command, by=command.who)
    return Unlink(
        k="unlink",
        o=origin,
        t=at_ms,
        i=command.weak,
        w=command.strong,
        on=int(command.kind == "unlink"),
        c=command.command,
        by=command.who,
    )


# -- what may be wrong ---------------------------------------------------------------------------


def _defect_of_fields(found: dict[str, Any]) -> Defect | None:
    """The first missing field, then the first of a wrong type, then the first of a bad value."""
    needed = _NEEDED if found.get("kind") == "erase" else (*_NEEDED, "strong")
    for field in needed:
        if found.get(field) is None:
            return Defect("missing_field", field, f"{field} is missing from the command; {_FIX}")
    for field in Command._fields:
        if not isinstance(found.get(field, ""), (str, type(None))):
            return Defect("wrong_type", field, f"{field} is {json_kind(found[field])}; send it as a text")
    if found["kind"] not in _KINDS:
        return Defect("bad_value", "kind", f"kind is {found['kind'][:40]!r}; it is one of {', '.join(_KINDS)}")
    for field, longest in _LONGEST.items():
        text = found.get(field) or ""
        if len(text) > longest:
            return Defect("bad_value", field, f"{field} has {len(text)} characters; keep it to {longest}")
        if field in needed and not text.strip():
            return Defect("bad_value", field, f"{field} is empty; {_FIX}")
    return None


_FIX: Final = "give the command with `touchline identity`, which fills it in"


def _defect_of_pair(command: Command, pseudonymiser: Pseudonymiser) -> Defect | None:
    if command.kind == "erase" and not command.strong and is_hash(command.weak):
        return None
    defect = _defect_of_identifier("weak", command.weak, pseudonymiser)
    if defect is not None:
        return defect
    if command.kind == "erase":
        return Defect("bad_value", "strong", "erase names one identifier; leave strong out") if command.strong else None
    defect = _defect_of_identifier("strong", command.strong, pseudonymiser)
    return defect or _defect_of_order(command)


def _defect_of_identifier(field: str, identifier: str, pseudonymiser: Pseudonymiser) -> Defect | None:
    """It must be written as stages write it, or it would concern nobody."""
    kind, colon, value = identifier.partition(":")
    if not colon or kind not in STRENGTH:
        return Defect("bad_value", field, f"{field} is no identifier; write it as type:value, type of {_TYPES}")
    if names_nobody(kind, value):
        return Defect("bad_value", field, f"{field} names nobody; name one person's identifier")
    try:
        normal = value if kind in MADE else pseudonymiser.value(kind, value)
    except AnotherKeyError:
        key = pseudonymiser.key_id
        return Defect("bad_value", field, f"{field} was hashed with another key than {key}; hash the plain value anew")
    if normal != value:
        return Defect("bad_value", field, f"{field} is not in its normal form, hashed where it is personal; {_FIX}")
    return None


_TYPES: Final = ", ".join(STRENGTH)


def _defect_of_order(command: Command) -> Defect | None:
    """Only what a touchpoint can link can be taken apart."""
    weak, strong = command.weak.partition(":")[0], command.strong.partition(":")[0]
    if command.weak == command.strong:
        return Defect("bad_value", "strong", "weak and strong are one identifier; name two")
    if weak == strong == "customer" or _may_hold(strong, weak):
        return None
    fix = "name the one that is held as weak and its holder as strong"
    return Defect("bad_value", "strong", f"a {weak} is never held by a {strong}; {fix}")


def _may_hold(strong: str, weak: str) -> bool:
    if strong in STABLE:
        return STRENGTH.index(weak) > STRENGTH.index(strong)
    return strong in LEASED and weak in MADE
