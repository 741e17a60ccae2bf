"""Whom a refused record may name is found in it, hashed as an accepted touchpoint would be."""

from streams.validate.names import MOST_NAMES, names_in
from streams.validate.pseudonym import Pseudonymiser

KEY = Pseudonymiser(b"a key that only the tests know")


def test_identifiers_are_named_as_they_are_stored():
    letter = {"type": "nonsense", "identifiers": {"email": "Ann@Example.org", "customer": " 12 "}}
    assert names_in(letter, KEY) == [
        "customer:12",
        KEY.identifier("email", "ann@example.org"),
        *_bare("ann@example.org"),
    ]


def _bare(address):
    return [KEY.value("email", address)]


def test_an_address_anywhere_else_is_found_too():
    assert names_in({"data": {"note": ["please write to ann@example.org, today"]}}, KEY) == _bare("ann@example.org")


def test_an_international_number_anywhere_else_is_found_too():
    assert names_in({"data": {"callback": "+31612345678"}}, KEY) == [KEY.value("phone", "+31612345678")]


def test_of_nothing_that_can_be_read_nothing_is_found():
    assert names_in(None, KEY) == names_in({"identifiers": [1, None]}, KEY) == []


def test_no_more_are_kept_than_fit():
    assert len(names_in({"data": [f"a{number}@example.org" for number in range(200)]}, KEY)) == MOST_NAMES
