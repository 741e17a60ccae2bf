"""Boards say what they show, in full, and their queries use only what both renderers can expand."""

import re

import pytest

from dashboards.boards import BOARDS
from dashboards.macros import MACROS, unknown_macros, used_variables, without_comments
from dashboards.panels import GRID_COLUMNS, LEVEL_CODES, LEVEL_SIGNS, Board, Panel, flow, panel_sql, variable_sql

PANELS = [pytest.param(board, panel, id=f"{board.uid}/{panel.name}") for board in BOARDS for panel in board.panels]


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_says_what_it_counts(board: Board, panel: Panel) -> None:
    assert panel.title
    assert len(panel.definition) > 40
    assert panel.counts in panel.description
    assert "Unit: " in panel.description
    assert panel.empty, "an empty panel must say why it is empty"


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_query_uses_known_macros_and_the_boards_variables_only(board: Board, panel: Panel) -> None:
    sql = panel_sql(board, panel)
    assert unknown_macros(sql) == set()
    assert used_variables(sql) <= {variable.name for variable in board.variables}


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_query_begins_with_what_it_answers_and_ends_open_for_filters(board: Board, panel: Panel) -> None:
    sql = panel_sql(board, panel)
    assert sql.startswith("-- ")
    assert not re.search(r"\b(SETTINGS|FORMAT)\b", without_comments(sql)), "Grafana appends its own SETTINGS"
    comments = [line for line in sql.splitlines() if line.startswith("--")]
    assert not any("'" in line or '"' in line for line in comments), "a quote in a comment misleads the macro parser"


def test_no_query_is_left_over() -> None:
    for board in BOARDS:
        folder = {panel.name for panel in board.panels} | {f"variable_{one.name}" for one in board.variables}
        assert {panel_sql(board, panel) for panel in board.panels}
        assert {variable_sql(board, one) for one in board.variables}
        assert _files(board) == folder


def _files(board: Board) -> set[str]:
    from importlib.resources import files

    queries = files("dashboards") / "queries" / board.folder
    return {path.name.removesuffix(".sql") for path in queries.iterdir()}


def test_names_are_unique_and_fit_an_address() -> None:
    for board in BOARDS:
        names = [panel.name for panel in board.panels]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
        assert re.fullmatch(r"[a-z-]{1,30}", board.uid)


def test_panels_flow_in_rows_without_overlap() -> None:
    for board in BOARDS:
        taken = set()
        for panel, position in flow(board.panels):
            cells = {(x, y) for x in range(position.x, position.x + panel.width) for y in _rows(position.y, panel)}
            assert not cells & taken
            assert position.x + position.width <= GRID_COLUMNS
            taken |= cells


def _rows(y: int, panel: Panel) -> range:
    return range(y, y + panel.height)


def test_every_level_has_a_sign_and_a_word_beside_its_colour() -> None:
    assert {level for level, _ in LEVEL_CODES.values()} <= LEVEL_SIGNS.keys()
    assert len(set(LEVEL_SIGNS.values())) == len(LEVEL_SIGNS)
    assert len({word for _, word in LEVEL_CODES.values()}) == len(LEVEL_CODES)


def test_the_macros_in_use_are_all_known() -> None:
    used = {
        name
        for board in BOARDS
        for panel in board.panels
        for name in re.findall(r"\$__(\w+)", without_comments(panel_sql(board, panel)))
    }
    assert used <= MACROS
