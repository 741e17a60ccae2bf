"""The same import again, or killed in the middle and repeated, changes no figure."""

import signal
import subprocess
import sys

import pytest
from support.recorded import figures
from support.road import CLI, Road

pytestmark = pytest.mark.slow

DIES = """
import asyncio, os, signal, sys
from streams.run.app import connection_of
from streams.run.settings import Settings
from streams.sources.importing import Order, import_files
from streams.store.opening import connect

class Dies:
    def at(self, phase, done, total):
        if phase == "sending" and done > int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
    def say(self, words):
        print(words)

settings = Settings()
order = Order(tuple(sys.argv[2:]), settings.clock)
asyncio.run(import_files(order, connection_of(settings), connect(settings.clickhouse), Dies()))
"""


def test_importing_everything_again_changes_no_figure(recorded):
    before = figures.all_figures(recorded.road.query)
    for path in recorded.files.values():
        again = recorded.road.touchline("import", str(path), "--wait")
        assert again.returncode == 0, again.stderr
        assert "nothing to do" in again.stderr
    assert figures.all_figures(recorded.road.query) == before


def test_killed_in_the_middle_and_repeated_gives_the_figures_of_one_import(recorded, files, tmp_path):
    paths = [str(files["calls"]), str(files["grocery"])]
    with Road(tmp_path) as road:
        road.until(lambda: "touchpoints" in tables(road), 60, "the tables are there")
        for lines in (9_000, 21_000):
            killed = watched(road, [sys.executable, "-c", DIES, str(lines), *paths])
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            road.until(lambda: road.part("worker").running, 60, "the worker runs")
            road.kill("worker")
        repeated = watched(road, [*CLI, "import", *paths, "--wait"])

        assert repeated.returncode == 0, repeated.stderr
        assert "goes on behind it" in repeated.stderr
        for query in (figures.CALLS, figures.CALLS_IN_MENU, figures.TILLS, figures.LIVE_HOUSEHOLDS, figures.CAMPAIGNS):
            assert road.query(query) == recorded.road.query(query)


def watched(road, command):
    """A command to its end, while parts that die are started again."""
    process = subprocess.Popen(command, env=road.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    road.until(lambda: process.poll() is not None, 240, f"the end of {command[:4]}")
    said, words = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, said, words)


def tables(road):
    return {name for (name,) in road.query("SHOW TABLES")}
