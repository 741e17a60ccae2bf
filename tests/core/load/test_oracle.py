"""The oracles that tell hours at once count what a look at everybody, one by one, counts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.load_log import stay
from support.load_oracle import sweep, sweeps
from support.sweep_oracle import count, count_all

moments = st.integers(0, 20)


@st.composite
def stays(draw: st.DrawFn) -> dict[str, Any]:
    """Some end before they begin, start before they join or never; one person may have several at once."""
    joined, started, ended = draw(moments), draw(st.none() | moments), draw(st.none() | moments)
    thing, person = f"token:{draw(st.integers(0, 2))}", draw(st.sampled_from(["", "customer:1", "customer:2"]))
    kind = draw(st.sampled_from(["queue", "presence"]))
    return stay("ride", thing, joined, started, ended, m=kind, w=person)  # type: ignore[no-any-return]


@given(known=st.lists(stays(), max_size=15))
def test_many_instants_at_once_are_counted_as_each_of_them_alone(known: list[dict[str, Any]]) -> None:
    instants = list(range(-1, 22))
    assert sweeps(known, instants) == {at: sweep(known, at) for at in instants}


@given(known=st.lists(stays(), max_size=15))
def test_many_instants_of_the_exact_curve_are_counted_as_each_of_them_alone(known: list[dict[str, Any]]) -> None:
    names = {"joined_at": "j", "started_at": "st", "ended_at": "en", "identifier": "i", "customer": "w", "kind": "m"}
    rows = [{name: body[short] for name, short in names.items()} for body in known]
    instants = [float(at) for at in range(-1, 22)]
    assert count_all("ride", instants, rows) == [count("ride", at, rows) for at in instants]
