"""What Grafana gets: up to date, and free of what its own linters would object to."""

import json
from pathlib import Path
from typing import Any

import pytest

import dashboards
from dashboards.boards import BOARDS
from dashboards.classic import PLUGIN, classic, classic_text, grafana_uid, render, stale
from dashboards.macros import unknown_macros
from dashboards.panels import LEVEL_COLOURS, Board

FOLDER = Path(dashboards.__file__).parent / "grafana"
EACH_BOARD = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
EACH_PANEL = pytest.mark.parametrize(
    "panel", [pytest.param(panel, id=panel["title"]) for board in BOARDS for panel in classic(board)["panels"]]
)


def test_the_committed_files_are_up_to_date() -> None:
    assert stale(FOLDER) == [], "run `touchline dashboards render`"


def test_rendering_writes_every_board_and_removes_what_is_no_board(tmp_path: Path) -> None:
    (tmp_path / "former.json").write_text("{}")
    boards = [tmp_path / f"{board.uid}.json" for board in BOARDS]
    assert stale(tmp_path) == sorted([tmp_path / "former.json", *boards])
    written = render(tmp_path)
    assert [path.name for path in written] == [f"{board.uid}.json" for board in BOARDS]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert stale(tmp_path) == []


@EACH_BOARD
def test_rendering_twice_gives_the_same_text(board: Board) -> None:
    assert classic_text(board) == classic_text(board)
    assert json.loads(classic_text(board)) == classic(board)


@EACH_BOARD
def test_a_board_cannot_be_edited_in_the_browser_and_has_no_number(board: Board) -> None:
    dashboard = classic(board)
    assert dashboard["editable"] is False
    assert dashboard["id"] is None
    assert dashboard["uid"] == grafana_uid(board)
    assert len(dashboard["uid"]) <= 40
    assert dashboard["title"]
    assert dashboard["description"]
    assert dashboard["time"] == {"from": "now-30m", "to": "now"}


@EACH_BOARD
def test_panel_ids_are_unique_and_the_grid_has_no_overlap(board: Board) -> None:
    panels = classic(board)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        grid = panel["gridPos"]
        cells = {(grid["x"] + x, grid["y"] + y) for x in range(grid["w"]) for y in range(grid["h"])}
        assert grid["x"] + grid["w"] <= 24
        assert not cells & taken
        taken |= cells


@EACH_PANEL
def test_a_panel_has_title_description_and_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert "Unit: " in panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["noValue"]


@EACH_PANEL
def test_every_query_goes_to_the_variable_data_source_with_known_macros(panel: dict[str, Any]) -> None:
    variable = {"type": PLUGIN, "uid": "${datasource}"}
    assert panel["datasource"] == variable
    for target in panel["targets"]:
        assert target["datasource"] == variable
        assert target["editorType"] == "sql"
        assert target["format"] == (0 if target["queryType"] == "timeseries" else 1)
        assert unknown_macros(target["rawSql"]) == set()


@EACH_PANEL
def test_only_panels_that_ship_with_grafana_are_used(panel: dict[str, Any]) -> None:
    core = {"stat", "table", "bargauge", "timeseries", "state-timeline", "heatmap", "barchart"}
    assert panel["type"] in core


@EACH_PANEL
def test_an_unknown_number_is_not_replaced_by_an_older_one(panel: dict[str, Any]) -> None:
    if panel["type"] in ("stat", "bargauge"):
        assert panel["options"]["reduceOptions"]["calcs"] == ["last"]


def test_levels_have_their_words_and_colours() -> None:
    text = classic_text(BOARDS[0])
    for level, sign in (("ok", "●"), ("watch", "▲"), ("bad", "■")):
        assert f'"text": "{sign} {level}"' in text
        assert LEVEL_COLOURS[level] in text  # type: ignore[index]


def test_a_place_leads_to_the_same_board_for_that_place() -> None:
    table = next(panel for panel in classic(BOARDS[0])["panels"] if panel["title"] == "Places, worst first")
    links = [one for row in table["fieldConfig"]["overrides"] for one in row["properties"] if one["id"] == "links"]
    assert links[0]["value"][0]["url"].startswith("/d/touchline-live-operations?var-place=")
