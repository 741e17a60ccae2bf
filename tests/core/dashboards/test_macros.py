"""The macros expand exactly as the plug-in does it; nothing that a viewer chooses leaves its quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.macros import Window, expand, quoted, unknown_macros, used_variables, without_comments

HALF_HOUR = Window(1_700_000_000_500, 1_700_001_800_999, 15)


@pytest.mark.parametrize(
    ("macro", "expansion"),
    [
        ("$__timeFilter(at)", "at >= toDateTime(1700000000) AND at <= toDateTime(1700001800)"),
        (
            "$__timeFilter_ms(at)",
            "at >= fromUnixTimestamp64Milli(1700000000500) AND at <= fromUnixTimestamp64Milli(1700001800999)",
        ),
        ("$__fromTime", "toDateTime(1700000000)"),
        ("$__toTime", "toDateTime(1700001800)"),
        ("$__fromTime_ms", "fromUnixTimestamp64Milli(1700000000500)"),
        ("$__toTime_ms", "fromUnixTimestamp64Milli(1700001800999)"),
        ("$__timeInterval(at)", "toStartOfInterval(toDateTime(at), INTERVAL 15 second)"),
        ("$__interval_s", "15"),
    ],
)
def test_each_macro_expands_as_the_plugin_does(macro: str, expansion: str) -> None:
    assert expand(f"SELECT {macro} FROM t", HALF_HOUR) == f"SELECT {expansion} FROM t"


def test_an_interval_is_one_second_at_least() -> None:
    assert expand("$__interval_s", Window(0, 1, 0)) == "1"


def test_a_condition_on_all_values_is_always_true() -> None:
    sql = "WHERE $__conditionalAll(place IN (${place:singlequote}), $place)"
    assert expand(sql, HALF_HOUR) == "WHERE 1=1"


def test_a_condition_on_chosen_values_names_them() -> None:
    sql = "WHERE $__conditionalAll(f(place) IN (${place:singlequote}), $place)"
    chosen = Window(0, 0, 5, {"place": ["comet", "it's"]})
    assert expand(sql, chosen) == "WHERE f(place) IN ('comet', 'it\\'s')"


def test_a_macro_inside_a_condition_is_expanded_too() -> None:
    sql = "$__conditionalAll(x IN (SELECT y WHERE $__timeFilter(at)), $place)"
    expected = "x IN (SELECT y WHERE at >= toDateTime(0) AND at <= toDateTime(9))"
    assert expand(sql, Window(0, 9_000, 5, {"place": ["a"]})) == expected


def test_what_a_viewer_chooses_is_never_taken_for_a_macro_or_variable() -> None:
    sql = "$__conditionalAll(place IN (${place:singlequote}), $place)"
    hostile = "$__toTime ${site:singlequote}"
    assert expand(sql, Window(0, 0, 5, {"place": [hostile], "site": ["x"]})) == f"place IN ('{hostile}')"


def test_comments_go_and_what_looks_like_one_inside_quotes_stays() -> None:
    assert without_comments("SELECT 1 -- two\n, '--x', /* three */ '/*y*/'") == "SELECT 1 \n, '--x',  '/*y*/'"


def test_a_macro_in_a_comment_is_no_macro() -> None:
    assert expand("SELECT 1 -- $__nonsense", HALF_HOUR) == "SELECT 1"


@pytest.mark.parametrize("sql", ["$__nonsense", "$__timeFilter", "$__timeFilter(at", "$__timeFilter(a, b)"])
def test_a_wrong_macro_is_an_error_that_shows_it(sql: str) -> None:
    with pytest.raises(ValueError, match=r"macro|bracket|arguments"):
        expand(sql, HALF_HOUR)


def test_macros_and_variables_of_a_query_can_be_listed() -> None:
    assert unknown_macros("$__toTime $__lttb(1, x, y) -- $__gone") == {"lttb"}
    assert used_variables("IN (${place:singlequote}) ${site:singlequote}") == {"place", "site"}


@given(st.text())
def test_a_quoted_text_ends_at_its_own_last_quote(text: str) -> None:
    written = quoted(text)
    inside, position, read = written[1:-1], 0, ""
    while position < len(inside):
        position += inside[position] == "\\"
        assert position < len(inside), "a backslash would eat the closing quote"
        assert inside[position] != "'" or inside[position - 1] == "\\"
        read += inside[position]
        position += 1
    assert read == text
