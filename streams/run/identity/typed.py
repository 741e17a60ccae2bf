"""What a person types to name somebody, as the identifier that is stored: hashed where it is personal."""

from schemas.touchpoint.identifiers import GROUP, MADE, STABLE, STRENGTH, is_pseudonym, looks_like_email, names_nobody
from streams.validate.phone import looks_international
from streams.validate.pseudonym import AnotherKeyError, Pseudonymiser

_PERSONAL = ("email", "phone")


class UnclearError(ValueError):
    """It may be several identifiers, or none; the message says what to write. `candidates`: what it may be."""

    def __init__(self, message: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


def read_identifier(typed: str, pseudonymiser: Pseudonymiser | None) -> str:
    """`type:value` as stages write it. `pseudonymiser` None: this process has no key, so nothing can be hashed.

    A bare e-mail address or international phone number says by its form what it is. Raises UnclearError.
    """
    text = typed.strip()
    if not text:
        raise UnclearError("name somebody: type:value, such as email:ann@example.org, phone:+4930123456 or customer:12")
    kind, colon, value = text.partition(":")
    if not colon or (kind not in STRENGTH and not is_pseudonym(text)):
        return _bare(text, pseudonymiser)
    return _whole(kind, value.strip(), pseudonymiser)


def _bare(text: str, pseudonymiser: Pseudonymiser | None) -> str:
    if looks_like_email(text):
        return _whole("email", text, pseudonymiser)
    if looks_international(text.replace(" ", "")):
        return _whole("phone", text, pseudonymiser)
    kind = text.partition(":")[0]
    if kind == GROUP:
        raise UnclearError("a booking is a party of several people, and nobody in particular; name one of them")
    kinds = _PERSONAL if is_pseudonym(text) else STABLE[:2] + STRENGTH[4:7]
    candidates = tuple(f"{one}:{text}" for one in kinds)
    raise UnclearError(f"{text}: of which type is it? write {_listed(candidates)}", candidates)


def _whole(kind: str, value: str, pseudonymiser: Pseudonymiser | None) -> str:
    if names_nobody(kind, value):
        raise UnclearError(f"{kind}:{value} names nobody: systems write it where they know nobody")
    if kind in MADE:
        if "/" not in value:
            within = "the service that sent it" if kind == "call" else "the place that gave it out"
            raise UnclearError(f"{kind}:{value}: write {kind}:<{within}>/{value}")
        return f"{kind}:{value}"
    if pseudonymiser is None:
        if kind in _PERSONAL and not is_pseudonym(value):
            raise UnclearError(f"{kind}: cannot be hashed here, TOUCHLINE_PSEUDONYM_KEY is not set")
        return f"{kind}:{value}"
    try:
        return pseudonymiser.identifier(kind, value)
    except AnotherKeyError as error:
        raise UnclearError(f"{kind}: {error}") from error


def _listed(candidates: tuple[str, ...]) -> str:
    return f"{', '.join(candidates[:-1])} or {candidates[-1]}"
