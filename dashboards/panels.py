"""Boards and panels as plain values: what is asked, how it is defined, how it is shown.

Two renderers read them, `dashboards.classic` (Grafana) and `dashboards.page`; what a panel says of itself (title,
definition, unit, counting unit) stands in both. The SQL of a panel is the file `queries/<board>/<panel>.sql`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Kind = Literal["stat", "banner", "table", "bars", "ranges", "series", "timeline", "heatmap", "histogram"]
Unit = Literal["people", "calls", "seconds", "ratio", "count", "per_minute", "time", "level", "text", "servers"]
Level = Literal["ok", "watch", "bad", "unknown"]
Show = Literal["number", "bar", "level", "text", "link", "hidden"]

GRID_COLUMNS = 24
"""The width of a board, in the unit of `Panel.width`; Grafana's own grid."""

LEVEL_COLOURS: dict[Level, str] = {"ok": "#0072B2", "watch": "#E69F00", "bad": "#D55E00", "unknown": "#8A8F98"}
"""Okabe and Ito's colours, told apart by people with any colour vision; a text and a sign stand beside them always."""

LEVEL_SIGNS: dict[Level, str] = {"ok": "●", "watch": "▲", "bad": "■", "unknown": "○"}
LEVEL_CODES: dict[int, tuple[Level, str]] = {
    0: ("ok", "ok"),
    1: ("watch", "watch"),
    2: ("bad", "bad"),
    3: ("unknown", "closed"),
    4: ("unknown", "paused"),
    5: ("unknown", "unknown"),
}
"""How a level travels where a chart needs a number: code, colour, word. The SQL files use the same codes."""


@dataclass(frozen=True)
class Threshold:
    """From `at` on (in the field's unit) the level is `level`."""

    at: float
    level: Level


@dataclass(frozen=True)
class Field:
    """One column of a panel's answer: `name` as in the SQL, `title` as people read it."""

    name: str
    title: str
    unit: Unit
    show: Show = "number"
    decimals: int = 0
    phone: bool = True  # False: left out where the screen is narrow
    wall: bool = True  # False: left out where it is read from afar
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One question and its answer. `definition` says what the number is and how it comes about, in a sentence or two.

    `counts` is the counting unit. `width` is in 24ths of the board, `height` in Grafana's rows of 38 pixels.
    `span_hours`: a span of its own, ending where the viewer's ends. `wall`: stays where the board hangs on a wall.
    """

    name: str
    title: str
    definition: str
    counts: str
    kind: Kind
    unit: Unit
    fields: tuple[Field, ...]
    width: int
    height: int
    empty: str
    refresh_seconds: int = 2
    span_hours: int | None = None
    wall: bool = False

    @property
    def description(self) -> str:
        """Definition, unit and counting unit in one text, as both renderers show it."""
        return f"{self.definition} Unit: {UNIT_NAMES[self.unit]}. Counts: {self.counts}."

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


UNIT_NAMES: dict[Unit, str] = {
    "people": "people",
    "calls": "calls",
    "seconds": "seconds, shown as minutes",
    "ratio": "share, shown in per cent",
    "count": "number",
    "per_minute": "per minute",
    "time": "time of day where you are",
    "level": "ok, watch, bad",
    "text": "words",
    "servers": "servers",
}


@dataclass(frozen=True)
class Variable:
    """A filter that the viewer sets: its SQL answers (value, label) pairs; nothing chosen means all."""

    name: str
    title: str


@dataclass(frozen=True)
class Board:
    """Panels in reading order, with the filters they share. `uid` is its address in both renderers."""

    uid: str
    title: str
    description: str
    question: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    refresh_seconds: int = 5
    range_minutes: int = 30

    @property
    def folder(self) -> str:
        """The folder of its SQL files: the uid as a Python-like name."""
        return self.uid.replace("-", "_")

    def panel(self, name: str) -> Panel:
        return next(panel for panel in self.panels if panel.name == name)


def panel_sql(board: Board, panel: Panel) -> str:
    """The panel's SQL with macros unexpanded, as the file has it."""
    return _file(board, f"{panel.name}.sql")


def variable_sql(board: Board, variable: Variable) -> str:
    """Two columns, value and label, in the order in which people choose."""
    return _file(board, f"variable_{variable.name}.sql")


@dataclass(frozen=True)
class Position:
    x: int
    y: int
    width: int
    height: int


def flow(panels: tuple[Panel, ...]) -> Iterator[tuple[Panel, Position]]:
    """Place panels left to right, a new row where the next one does not fit; a row is as high as its highest panel."""
    x = y = row_height = 0
    for panel in panels:
        if x + panel.width > GRID_COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        yield panel, Position(x, y, panel.width, panel.height)
        x += panel.width
        row_height = max(row_height, panel.height)


def _file(board: Board, name: str) -> str:
    return (files("dashboards") / "queries" / board.folder / name).read_text(encoding="utf-8")
