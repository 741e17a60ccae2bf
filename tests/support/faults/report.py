"""The table of what was broken and what became of it, as Markdown for people and JSON for the rest."""

import json
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """One trial. `recovered_seconds`: from the end of the last fault until something sent after it was visible."""

    row: int
    fault: str
    times: int
    events: int
    lost: int
    doubled: int
    phantom: int
    recovered_seconds: float | None
    repeated_rows: int
    compared: dict[str, int]
    wrong: list[str]
    seed: int
    test: str


class Report:
    """Written anew after each trial, so that a run that is cut short has told what it knew."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.lines: list[Line] = []
        self.notes: list[str] = []

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.write()

    def write(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n")
        (self.folder / "report.md").write_text(self.table() + "\n")
        (self.folder / "report.json").write_text(json.dumps([line._asdict() for line in self.lines], indent=1) + "\n")

    def keep_history(self, row: int, history: list[str]) -> None:
        """What was done when, up to the end of this row."""
        (self.folder / f"history-{row:02d}.txt").write_text("\n".join(history) + "\n")

    def table(self) -> str:
        head = "| row | fault | times | events | lost | doubled | phantom | recovered in | test |"
        lines = [f"Seed {self.seed}.", "", head, "|--:|---|--:|--:|--:|--:|--:|--:|---|"]
        for line in sorted(self.lines, key=lambda line: line.row):
            seconds = "" if line.recovered_seconds is None else f"{line.recovered_seconds:.1f} s"
            cells = (line.row, line.fault, line.times, line.events, line.lost, line.doubled, line.phantom, seconds)
            lines.append(f"| {' | '.join(map(str, cells))} | `{line.test}` |")
        wrong = [f"Row {line.row}: {what}" for line in self.lines for what in line.wrong]
        return "\n".join([*lines, "", *self.notes, *wrong])
