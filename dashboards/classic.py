"""Boards as Grafana's Classic dashboard JSON: stable text in `dashboards/grafana/`, provisioned or pushed."""

import json
from pathlib import Path
from typing import Any

from dashboards.boards import BOARDS
from dashboards.classic_panels import classic_panel
from dashboards.panels import Board, Variable, flow, panel_sql, variable_sql

PLUGIN = "grafana-clickhouse-datasource"
PLUGIN_VERSION = "4.20.0"
"""The plug-in whose query model this is; it keeps the editor from migrating the queries."""

SCHEMA_VERSION = 41
DATA_SOURCE = {"type": PLUGIN, "uid": "${datasource}"}

Json = dict[str, Any]


def grafana_uid(board: Board) -> str:
    """The board's uid in Grafana, where other products' boards live too."""
    return f"touchline-{board.uid}"


def classic(board: Board) -> Json:
    """The whole dashboard; panel ids follow reading order, so a diff shows what has changed and nothing else."""
    panels = [
        classic_panel(panel, position, number, grafana_uid(board))
        | {"datasource": DATA_SOURCE, "targets": [_target(board, number - 1)]}
        for number, (panel, position) in enumerate(flow(board.panels), start=1)
    ]
    return {
        "id": None,
        "uid": grafana_uid(board),
        "title": board.title,
        "description": board.description,
        "tags": ["touchline"],
        "timezone": "browser",
        "editable": False,
        "graphTooltip": 1,
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "time": {"from": f"now-{board.range_minutes}m", "to": "now"},
        "timepicker": {"refresh_intervals": ["5s", "10s", "30s", "1m", "5m"]},
        "refresh": f"{board.refresh_seconds}s",
        "annotations": {"list": []},
        "links": [_other_boards()],
        "templating": {"list": [_data_source_variable(), *(_variable(board, one) for one in board.variables)]},
        "panels": panels,
    }


def classic_text(board: Board) -> str:
    return json.dumps(classic(board), indent=2, ensure_ascii=False) + "\n"


def render(folder: Path, boards: tuple[Board, ...] = BOARDS) -> list[Path]:
    """Write one file per board into `folder`, which is made if need be; the files written, in the order of the boards.

    Files of boards that no longer exist are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{board.uid}.json" for board in boards]
    for path, board in zip(written, boards, strict=True):
        path.write_text(classic_text(board), encoding="utf-8")
    for path in folder.glob("*.json"):
        if path not in written:
            path.unlink()
    return written


def stale(folder: Path, boards: tuple[Board, ...] = BOARDS) -> list[Path]:
    """The files of `folder` that `render` would change, make or remove; none when they are up to date."""
    expected = {folder / f"{board.uid}.json": classic_text(board) for board in boards}
    present = {path: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(path for path in expected.keys() | present.keys() if expected.get(path) != present.get(path))


def _target(board: Board, index: int) -> Json:
    panel = board.panels[index]
    sql = panel_sql(board, panel).strip()
    if panel.kind in ("bars", "timeline", "heatmap"):
        sql = f"SELECT {_columns(panel.kind)} FROM\n(\n{sql}\n)" + ("" if panel.kind == "bars" else "\nORDER BY time")
    as_series = any(field.name == "time" for field in panel.fields)
    return {
        "refId": "A",
        "datasource": DATA_SOURCE,
        "pluginVersion": PLUGIN_VERSION,
        "editorType": "sql",
        "queryType": "timeseries" if as_series else "table",
        "format": 0 if as_series else 1,
        "rawSql": sql,
    }


def _columns(kind: str) -> str:
    """These panels take every column for a value of its own, so they get what they draw and no more."""
    return "name, value" if kind == "bars" else "time, name, value"


def _data_source_variable() -> Json:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": PLUGIN,
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def _variable(board: Board, variable: Variable) -> Json:
    sql = variable_sql(board, variable).strip()
    return {
        "type": "query",
        "name": variable.name,
        "label": variable.title,
        "datasource": DATA_SOURCE,
        "definition": sql,
        "query": {"editorType": "sql", "rawSql": sql},
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "hide": 0,
        "includeAll": True,
        "multi": True,
        "options": [],
        "refresh": 2,
        "regex": "",
        "skipUrlSync": False,
        "sort": 0,
    }


def _other_boards() -> Json:
    return {
        "type": "dashboards",
        "title": "Touchline",
        "tags": ["touchline"],
        "asDropdown": True,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "The other boards, with the same filters",
        "url": "",
    }
