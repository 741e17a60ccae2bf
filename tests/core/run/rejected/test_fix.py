"""Dead letters put right: what changes, what does not, and what the contract says to it before it is sent."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.touchpoints import AT_MS, happening

from schemas.rejection import MAX_PAYLOAD_BYTES
from streams.run.rejected.fix import (
    CannotChangeError,
    Changes,
    change,
    changed_fields,
    defect_of,
    difference,
    key_of,
    read_changes,
    readable,
)

BAD = orjson.dumps({"place": "a", "data": {"amount": "x", "old": 1}, "identifiers": {"email": "e@x.org"}})


def changed(*put: str, unset: tuple[str, ...] = (), rename: tuple[str, ...] = ()) -> dict:
    return orjson.loads(change(BAD, read_changes(put, unset, rename)))


def test_a_field_is_set_by_its_path_as_json_or_text():
    assert changed("data.amount=9.9")["data"]["amount"] == 9.9
    assert changed('data.amount="9.90"')["data"]["amount"] == "9.90"
    assert changed("place=main gate")["place"] == "main gate"
    assert changed("new.below=1")["new"] == {"below": 1}
    assert changed("place=a=b")["place"] == "a=b"


def test_a_field_is_removed_and_what_is_not_there_stays_away():
    assert "old" not in changed(unset=("data.old", "data.never", "place.below"))["data"]


def test_a_field_is_renamed_across_objects():
    fixed = changed(rename=("data.old=visit", "nothing=somewhere"))
    assert (fixed["visit"], "old" in fixed["data"], "somewhere" in fixed) == (1, False, False)


def test_renaming_comes_before_setting():
    assert changed("data.new=2", rename=("data.old=data.new",))["data"]["new"] == 2


@pytest.mark.parametrize("payload", [b"\xff", b"", b"[1]", b"nothing"])
def test_what_has_no_fields_cannot_be_changed_by_field(payload: bytes):
    with pytest.raises(CannotChangeError, match="--edit"):
        change(payload, Changes(unset=("a",)))


def test_a_text_holds_no_fields():
    with pytest.raises(CannotChangeError, match="place"):
        changed("place.below=1")


@pytest.mark.parametrize("texts", [(["a"], []), (["=1"], []), ([], ["a"]), ([], ["a="])])
def test_an_option_that_is_no_pair_is_named(texts: tuple[list[str], list[str]]):
    with pytest.raises(ValueError, match="write it as"):
        read_changes(texts[0], [], texts[1])


def test_the_contract_judges_a_touchpoint_as_of_now():
    good = happening("queue.joined")
    assert defect_of(orjson.dumps(good), "touchpoints", AT_MS) is None
    assert defect_of(orjson.dumps({**good, "place": None}), "touchpoints", AT_MS).field == "place"
    assert defect_of(orjson.dumps(good), "touchpoints", AT_MS - 86_400_001).reason == "time_out_of_range"
    assert defect_of(b"\xff", "touchpoints", AT_MS).reason == "not_utf8"


def test_a_row_need_only_be_an_object_and_a_cut_payload_is_never_right():
    assert defect_of(b'{"a":1}', "rows.stays", AT_MS) is None
    assert defect_of(b"[]", "rows.stays", AT_MS).reason == "not_an_object"
    assert defect_of(b" " * MAX_PAYLOAD_BYTES, "rows.stays", AT_MS).reason == "too_large"


def test_the_key_is_the_one_that_copies_are_sent_under():
    assert key_of(b'{"source":"till","event_id":"e1"}') == "till:e1"
    assert [key_of(payload) for payload in (b'{"source":1,"event_id":"e1"}', b"[]", b"\xff")] == ["", "", ""]


def test_the_books_tell_fields_and_never_values():
    after = change(BAD, read_changes(["data.amount=secret", "spot=secret"], ["identifiers.email"], []))
    words = changed_fields(BAD, after)
    assert words == "set data.amount; set identifiers; set spot; removed identifiers.email"
    assert changed_fields(BAD, BAD) == ""
    assert changed_fields(BAD, b"\xff") == "rewritten"


def test_the_difference_shows_both_sides():
    lines = difference(b'{"a":1,"b":2}', b'{"a":1,"b":3}')
    assert [line for line in lines if line[0] in "+-"][2:] == ['-  "b": 2', '+  "b": 3']
    assert readable(b"ab\xff") == "ab\\xff"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("abcd"), below, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4), st.sampled_from(["a", "b.c", "c.d.a"]), JSON)
def test_a_field_that_is_set_is_there_and_nothing_beside_it_changes(touchpoint, path, value):
    try:
        after = orjson.loads(change(orjson.dumps(touchpoint), Changes(put=((path, value),))))
    except CannotChangeError:
        return
    place = after
    for name in path.split("."):
        place = place[name]
    assert place == value
    top = path.split(".")[0]
    assert {k: v for k, v in after.items() if k != top} == {k: v for k, v in touchpoint.items() if k != top}
