"""Pseudonyms: keyed, stable, recognisable, and never made with two keys."""

import hashlib
import hmac

import pytest

from streams.validate.pseudonym import AnotherKeyError, Pseudonymiser

KEY = b"0123456789abcdef"
ANNA = hmac.new(KEY, b"anna@example.org", hashlib.sha256).hexdigest()
PHONE = hmac.new(KEY, b"+491701234567", hashlib.sha256).hexdigest()


@pytest.fixture
def pseudonymiser() -> Pseudonymiser:
    return Pseudonymiser(KEY, "h1", country="DE")


def test_an_email_is_the_hmac_of_its_lower_case_under_the_key_id(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.identifier("email", " Anna@Example.ORG ") == f"email:h1:{ANNA}"


def test_a_phone_is_the_hmac_of_its_international_form(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.identifier("phone", "0170 1234567") == f"phone:h1:{PHONE}"
    assert pseudonymiser.identifier("phone", "+49 170 1234567") == f"phone:h1:{PHONE}"


def test_what_a_person_looks_up_is_found_in_either_form(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.identifier("email", f"h1:{ANNA}") == f"email:h1:{ANNA}"
    assert pseudonymiser.identifier("cookie", "c-1") == "cookie:c-1"


@pytest.mark.parametrize(("raw", "digest"), [("Anna@example.org", ANNA), ("+491701234567", PHONE)])
def test_a_personal_form_is_hashed_under_any_type(pseudonymiser: Pseudonymiser, raw: str, digest: str) -> None:
    assert pseudonymiser.identifier("customer", raw) == f"customer:h1:{digest}"


def test_a_pseudonym_of_another_key_is_refused(pseudonymiser: Pseudonymiser) -> None:
    with pytest.raises(AnotherKeyError, match="another key than h1"):
        pseudonymiser.identifier("email", f"h2:{ANNA}")


def test_another_key_gives_another_pseudonym_and_another_fingerprint(pseudonymiser: Pseudonymiser) -> None:
    other = Pseudonymiser(KEY[::-1], "h1")
    assert other.identifier("email", "anna@example.org") != pseudonymiser.identifier("email", "anna@example.org")
    assert other.fingerprint != pseudonymiser.fingerprint
    assert Pseudonymiser(KEY, "h2").fingerprint != pseudonymiser.fingerprint
    assert Pseudonymiser(KEY).fingerprint == pseudonymiser.fingerprint


def test_nothing_that_is_shown_gives_the_key_away(pseudonymiser: Pseudonymiser) -> None:
    for shown in (repr(pseudonymiser), pseudonymiser.fingerprint):
        assert KEY.decode() not in shown
        assert KEY.hex() not in shown


@pytest.mark.parametrize(("key", "key_id"), [(b"short", "h1"), (KEY, "k1"), (KEY, "h"), (KEY, "h1234"), (KEY, "h1:")])
def test_a_weak_key_or_a_strange_key_id_is_refused(key: bytes, key_id: str) -> None:
    with pytest.raises(ValueError, match="pseudonym key"):
        Pseudonymiser(key, key_id)
