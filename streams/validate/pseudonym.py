"""Pseudonyms: e-mail addresses and phone numbers as keyed hashes, the same wherever somebody looks one up."""

import hmac
import re
from typing import Final

from schemas.touchpoint.identifiers import is_pseudonym, looks_like_email
from streams.validate.phone import e164, looks_international

LEAST_KEY_BYTES: Final = 16
_KEY_ID = re.compile(r"h[0-9]{1,3}")
_FINGERPRINT_OF = b"touchline pseudonym key"


class AnotherKeyError(ValueError):
    """A pseudonym made with a key that this installation does not hold."""


class Pseudonymiser:
    """HMAC-SHA256 under one key. The key itself never leaves this object; the key id stands in every value."""

    def __init__(self, key: bytes, key_id: str = "h1", *, country: str | None = None) -> None:
        """`country`: ISO 3166 code of phone numbers without an international prefix. Raises ValueError."""
        if len(key) < LEAST_KEY_BYTES:
            raise ValueError(f"the pseudonym key has {len(key)} bytes; give it {LEAST_KEY_BYTES} or more")
        if _KEY_ID.fullmatch(key_id) is None:
            raise ValueError(f"the pseudonym key id {key_id!r} is not h and up to three digits, such as h1")
        self._key = key
        self.key_id = key_id
        self.country = country

    def __repr__(self) -> str:
        return f"Pseudonymiser({self.key_id}, {self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """Key id and 16 hex digits: to be stored, and compared at each start; it does not give the key away."""
        return f"{self.key_id}:{hmac.digest(self._key, _FINGERPRINT_OF, 'sha256')[:8].hex()}"

    def identifier(self, kind: str, raw: str) -> str:
        """`type:value` as Touchline writes it, for what a person types; a value that is hashed already stays."""
        return f"{kind}:{self.value(kind, raw)}"

    def value(self, kind: str, raw: str) -> str:
        """The normalised value of an identifier. Raises AnotherKeyError for a pseudonym of another key.

        Whatever has the form of an e-mail address or of an international phone number is personal under any type,
        for shops use the e-mail as the customer's number; deciding by the form alone keeps one value one value.
        """
        text = raw.strip()
        if text[:1] == "h" and is_pseudonym(text):
            return self._own(text)
        if kind == "email" or looks_like_email(text):
            return self.hash(text.lower())
        if kind == "phone" or looks_international(text):
            return self.hash(self.phone(text))
        return text

    def phone(self, raw: str) -> str:
        """A phone number as it is hashed: E.164 where the country is known, else its digits."""
        return e164(raw, self.country)

    def hash(self, text: str) -> str:
        """`h1:` and 64 hex digits."""
        return f"{self.key_id}:{hmac.digest(self._key, text.encode(), 'sha256').hex()}"

    def _own(self, pseudonym: str) -> str:
        if pseudonym.partition(":")[0] != self.key_id:
            raise AnotherKeyError(f"was hashed with another key than {self.key_id}; send the plain value")
        return pseudonym
