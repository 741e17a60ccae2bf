"""How entries are kept: these bytes are in changelogs, so they stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.load.entries import (
    Entry,
    FactEntry,
    PlaceEntry,
    Stay,
    decode,
    encode,
    fact_key,
    place_key,
    place_of,
    place_prefix,
    stay_key,
)  # fmt: skip

GOLDEN: list[tuple[Entry, bytes]] = [
    (PlaceEntry(), b'["place",-5000,"unknown",-5000,null,null]'),
    (PlaceEntry(1_700_000_005_000, "watch", 1_700_000_000_000, None, 1_700_000_005_000),
     b'["place",1700000005000,"watch",1700000000000,null,1700000005000]'),
    (Stay(2**63, 1_700_000_000_001, None, None, "presence", "", 0, "customer:1"),
     b'["stay",9223372036854775808,1700000000001,null,null,"presence","",0,"customer:1",0]'),
    (Stay(7, 1, 2, 3, "queue", "served", 1, "", 1), b'["stay",7,1,2,3,"queue","served",1,"",1]'),
    (FactEntry(5, "desk", "e-1", "posted", 12.5), b'["fact",5,"desk","e-1","posted",12.5]'),
    (FactEntry(5, "desk", "e-1", "staff", 3), b'["fact",5,"desk","e-1","staff",3]'),
    (FactEntry(5, "desk", "e-1", "state", "closed"), b'["fact",5,"desk","e-1","state","closed"]'),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "kept"), GOLDEN)
def test_each_entry_is_kept_and_read_as_ever(entry: Entry, kept: bytes) -> None:
    assert encode(entry) == kept
    assert decode(kept) == entry
    assert type(decode(kept)) is type(entry)


def test_a_stay_is_named_by_place_thing_join_and_number() -> None:
    assert stay_key(place_prefix("A"), "token:A/1", 1_700_000_000_000, 2) == "A\x1ftoken:A/1\x1f1700000000000\x1f2"


def test_a_fact_is_named_by_place_kind_source_and_event() -> None:
    assert fact_key(place_prefix("A"), "staff", "desk", "e-1") == "A\x1f\x1estaff\x1fdesk\x1fe-1"


names = st.text(st.sampled_from("ab\x1f\x1e"), min_size=1, max_size=6)
things = st.builds("{}:{}".format, st.sampled_from(["token", "device"]), names)


@given(place=names, thing=things, other=names, other_thing=things)
def test_no_two_places_or_stays_are_mistaken_for_each_other(
    place: str, thing: str, other: str, other_thing: str
) -> None:
    one, two = stay_key(place_prefix(place), thing, 5, 0), stay_key(place_prefix(other), other_thing, 5, 0)
    assert (one == two) == ((place, thing) == (other, other_thing))
    assert place_key(other) not in (one, fact_key(place_prefix(place), "staff", "desk", thing))
    assert fact_key(place_prefix(place), "staff", "desk", thing) not in (one, two)


@given(place=names, thing=things)
def test_every_key_tells_its_place(place: str, thing: str) -> None:
    prefix = place_prefix(place)
    keys = [place_key(place), stay_key(prefix, thing, 5, 0), fact_key(prefix, "state", "desk", thing)]
    assert [place_of(key) for key in keys] == [place] * 3
