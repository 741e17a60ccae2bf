"""Where the recorded data lies, and its rows; tests skip without it, except on CI, where its absence is a failure."""

import csv
import gzip
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

Row = Mapping[str, str]


def folder() -> Path:
    return Path(os.environ.get("TOUCHLINE_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")


def rows(name: str) -> Iterator[Row]:
    """The rows of one recorded file, fields as texts."""
    path = folder() / name
    if not path.exists():
        words = f"the recorded data is not here: {path}; TOUCHLINE_SHARED_DATA says where else to look"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def write_jsonl(touchpoints: Iterable[Mapping[str, Any]], path: Path) -> int:
    """One touchpoint a line, as an import takes it; returns their number."""
    count = 0
    with path.open("wb") as out:
        for touchpoint in touchpoints:
            out.write(orjson.dumps(touchpoint) + b"\n")
            count += 1
    return count
