"""The whole road on embedded parts with the recorded data on it, imported once as a person would."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.recorded import call_centre, grocery, rides
from support.recorded.files import write_jsonl
from support.road import Road


class Recorded(NamedTuple):
    road: Road
    files: dict[str, Path]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The recorded data as JSONL, in the order of its years."""
    folder = tmp_path_factory.mktemp("recorded")
    made = {
        "calls": call_centre.recorded_calls(),
        "grocery": grocery.recorded_grocery(),
        "rides": rides.recorded_waits(),
    }
    paths = {name: folder / f"{name}.jsonl" for name in made}
    for name, touchpoints in made.items():
        write_jsonl(touchpoints, paths[name])
    return paths


@pytest.fixture(scope="session")
def recorded(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with Road(tmp_path_factory.mktemp("road")) as road:
        for name, path in files.items():
            # The tills end in the night before the rides begin: a day more on the clock would make those late.
            more = ["--more-follows"] if name == "grocery" else []
            done = road.touchline("import", str(path), "--wait", *more)
            assert done.returncode == 0, done.stderr
        yield Recorded(road, files)
