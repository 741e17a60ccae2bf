"""Errors are told apart by what the caller must do."""

import pytest

from streams.store.errors import (
    BAD_DATA,
    MISCONFIGURED,
    OUTAGE,
    StoreMisconfigured,
    StoreRefused,
    StoreUnavailable,
    code_of,
    insert_error,
    query_error,
)


def test_the_three_kinds_share_no_code() -> None:
    assert not OUTAGE & MISCONFIGURED
    assert not OUTAGE & BAD_DATA
    assert not MISCONFIGURED & BAD_DATA


@pytest.mark.parametrize("code", [0, 9_999, *sorted(OUTAGE)])
def test_an_insert_that_met_trouble_or_the_unknown_is_tried_again(code: int) -> None:
    assert isinstance(insert_error(code, ""), StoreUnavailable)


@pytest.mark.parametrize("code", sorted(BAD_DATA))
def test_an_insert_of_bad_data_is_refused(code: int) -> None:
    error = insert_error(code, "why")
    assert isinstance(error, StoreRefused)
    assert (error.code, error.message) == (code, "why")


@pytest.mark.parametrize("code", sorted(MISCONFIGURED))
def test_an_insert_that_a_person_must_look_at_says_so(code: int) -> None:
    assert isinstance(insert_error(code, ""), StoreMisconfigured)


@pytest.mark.parametrize(
    ("code", "kind"), [(62, StoreRefused), (9_999, StoreRefused), (241, StoreUnavailable), (0, StoreUnavailable),
                       (516, StoreMisconfigured)],
)  # fmt: skip
def test_a_query_is_refused_unless_the_store_was_in_trouble(code: int, kind: type) -> None:
    assert isinstance(query_error(code, ""), kind)


def test_the_code_is_read_from_the_engines_own_words() -> None:
    assert code_of("Code: 62. DB::Exception: Syntax error") == 62
    assert code_of("connection refused") == 0
