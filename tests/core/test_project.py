"""The project's own promises: the lock holds what is asked for, the README names every command, the table is true."""

import re
from pathlib import Path

import pytest

from schemas.rows import ROWS
from streams.run.cli import app, dashboards
from streams.topology import ROW_TABLES, STAGES, changelog, topics

ROOT = Path(__file__).parents[2]
NAME = re.compile(r'^    "([A-Za-z0-9-]+)[^"]*"', re.MULTILINE)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_holds_every_dependency_that_is_asked_for(lock: str) -> None:
    project = (ROOT / "pyproject.toml").read_text()
    runtime, _, rest = project.partition("[project.optional-dependencies]")
    asked = set(NAME.findall(runtime.partition("dependencies = [")[2]))
    if "dev" in lock:
        asked |= set(NAME.findall(rest.partition("[project.scripts]")[0]))
    held = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
    assert {name.lower() for name in asked} - held == set()


def test_the_readme_names_every_command_that_a_person_may_give() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = [command.name for command in app.registered_commands if not command.hidden]
    commands += [f"dashboards {command.name}" for command in dashboards.registered_commands]
    missing = [name for name in commands if f"touchline {name}" not in readme and f"make {name}" not in readme]
    assert missing == []


def test_the_table_of_stages_names_topics_and_tables_that_exist() -> None:
    known = {topic.name for topic in topics()}
    for stage in STAGES:
        assert {stage.reads, *stage.sends, changelog(stage.name)} <= known
        assert set(stage.rows) <= set(ROW_TABLES)
    assert list(ROWS) == list(ROW_TABLES)


def test_each_stage_hears_the_one_that_writes_what_it_reads() -> None:
    for stage in STAGES:
        writers = [writer.name for writer in STAGES if stage.reads in writer.sends and writer is not stage]
        assert writers == ([stage.hears] if stage.hears else [])
