"""What a viewer has chosen, read from the address: a span of time and the values of the board's variables."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.macros import Window
from dashboards.panels import Board, Panel

RANGES_MINUTES = (15, 30, 60, 180, 720, 1440)
"""What the page offers; any other whole number of minutes up to a week works in an address too."""

MOST_MINUTES = 7 * 1440
MOST_VALUES = 50
LONGEST_VALUE = 128
MOST_POINTS = 120
STEPS_SECONDS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


class BadSelectionError(ValueError):
    """The address asks for what cannot be shown; the message is for the viewer."""


@dataclass(frozen=True)
class Selection:
    """Hashable: viewers who have chosen the same share one feed. `to_ms` None means now, and the picture moves on."""

    minutes: int
    to_ms: int | None = None
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def window(self, panel: Panel | None, now_ms: int) -> Window:
        """The span that a panel shows at `now_ms`: its own if it has one, ending where the viewer's ends."""
        to_ms = self.to_ms if self.to_ms is not None else now_ms
        minutes = self.minutes if panel is None or panel.span_hours is None else panel.span_hours * 60
        return Window(to_ms - minutes * 60_000, to_ms, step_seconds(minutes), dict(self.chosen))


def step_seconds(minutes: int) -> int:
    """The finest bucket that keeps a span within 120 points."""
    return next((step for step in STEPS_SECONDS if minutes * 60 / step <= MOST_POINTS), STEPS_SECONDS[-1])


def read_selection(board: Board, query: Iterable[tuple[str, str]]) -> Selection:
    """Raises BadSelectionError. Unknown names are ignored, so that a link survives a change of the board."""
    names = {variable.name for variable in board.variables}
    minutes, to_ms = board.range_minutes, None
    chosen: dict[str, set[str]] = {}
    for name, value in query:
        if name == "minutes":
            minutes = _whole("minutes", value, 1, MOST_MINUTES)
        elif name == "to":
            to_ms = _whole("to", value, 0, 4_102_444_800_000)
        elif name in names and value:
            if len(value) > LONGEST_VALUE:
                raise BadSelectionError(f"{name}: longer than {LONGEST_VALUE} characters")
            chosen.setdefault(name, set()).add(value)
    if any(len(values) > MOST_VALUES for values in chosen.values()):
        raise BadSelectionError(f"more than {MOST_VALUES} values of one filter; leave it empty for all")
    return Selection(minutes, to_ms, tuple((name, tuple(sorted(values))) for name, values in sorted(chosen.items())))


def _whole(name: str, value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdigit() and least <= int(value[:16]) <= most):
        raise BadSelectionError(f"{name}: a whole number from {least} to {most}")
    return int(value)
