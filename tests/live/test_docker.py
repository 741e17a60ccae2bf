"""The compose file on a real container engine: everything comes up, events become rows, Grafana draws them."""

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from support.kafka_broker import free_ports

from dashboards.boards import BOARDS
from dashboards.classic import classic, grafana_uid

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
BROWSER_MACRO = re.compile(r"\$__conditionalAll\(.*\)$", re.MULTILINE)
"""Grafana's front end expands this one; its back end, which is asked here, does not know it."""

TARGETS = [
    pytest.param(panel["targets"][0], id=f"{board.uid}/{panel['title']}")
    for board in BOARDS
    for panel in classic(board)["panels"]
]


def missing_engine() -> str:
    """Why there is no engine; empty where there is one."""
    if shutil.which("docker") is None:
        return "there is no `docker` here"
    for command, lacks in (
        (["docker", "info"], "no container engine answers"),
        (["docker", "compose", "version"], "docker compose is not installed"),
    ):
        if subprocess.run(command, capture_output=True, timeout=60, check=False).returncode:
            return lacks
    return ""


@pytest.fixture(scope="session")
def docker_compose_file() -> str:
    return str(ROOT / "docker" / "compose.yaml")


@pytest.fixture(scope="session")
def compose(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The whole composition on free ports; gone with its volumes when the tests end."""
    why = missing_engine()
    if why:
        pytest.skip(f"the compose file is not tried: {why}")
    names = ("KAFKA_PORT", "CLICKHOUSE_PORT", "PAGE_PORT", "GRAFANA_PORT")
    settings = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    settings["TOUCHLINE_PSEUDONYM_KEY"] = "only-for-this-test-0123456789abcdef"
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    yield request.getfixturevalue("docker_services")
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def ask(compose: Any) -> Callable[..., Any]:
    """JSON from a service: its name, its port inside, a path; with a body it is a POST."""

    def request(service: str, port: int, path: str, body: Any = None, user: str = "") -> Any:
        address = f"http://127.0.0.1:{compose.port_for(service, port)}{path}"
        content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = urllib.request.Request(address, content, {"Content-Type": "application/json"})
        if user:
            asked.add_header("Authorization", "Basic " + b64encode(user.encode()).decode())
        with urllib.request.urlopen(asked, timeout=60) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    return request


def grafana(ask: Callable[..., Any], path: str, body: Any = None) -> Any:
    return ask("grafana", 3000, path, body, user="admin:touchline")


def store(ask: Callable[..., Any], sql: str) -> str:
    answer: str = ask("clickhouse", 8123, "/?database=touchline", sql.encode(), user="touchline:touchline")
    return answer


def test_a_touchpoint_becomes_a_row_and_a_stay(compose: Any, ask: Callable[..., Any]) -> None:
    touchpoint = {
        "event_id": "docker-1",
        "source": "test",
        "channel": "wristband",
        "type": "queue.joined",
        "occurred_at": datetime.now(timezone.utc).isoformat(),
        "identifiers": {"wristband": "w-1"},
        "place": "comet",
        "data": {},
    }
    send = f"exec -T worker sh -c 'echo {json.dumps(json.dumps(touchpoint))} | touchline emit'"
    compose._docker_compose.execute(send)  # the library's own way to run a command inside

    def arrived() -> bool:
        return store(ask, "SELECT count() FROM touchpoints WHERE event_id = 'docker-1'").strip() == "1"

    compose.wait_until_responsive(arrived, timeout=60, pause=0.5)
    compose.wait_until_responsive(
        lambda: store(ask, "SELECT count() FROM stays WHERE place = 'comet'").strip() == "1", timeout=60, pause=0.5
    )


def test_the_page_is_there_and_reaches_the_store(ask: Callable[..., Any]) -> None:
    assert ask("page", 8080, "/healthz")["status"] == "ok"
    assert ask("page", 8080, "/boards/live-operations/panels/data_as_of.csv").startswith("time,value")


def test_grafana_has_the_data_source_and_reaches_the_store_as_a_reader(ask: Callable[..., Any]) -> None:
    assert grafana(ask, "/api/datasources/uid/touchline-clickhouse/health")["status"] == "OK"
    with pytest.raises(urllib.error.HTTPError):
        ask("clickhouse", 8123, "/?database=touchline", b"DROP TABLE touchpoints", user="touchline_reader:reader")


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_grafana_has_every_board_in_its_folder(ask: Callable[..., Any], board: Any) -> None:
    found = grafana(ask, f"/api/dashboards/uid/{grafana_uid(board)}")
    assert found["meta"]["provisioned"] is True
    assert found["meta"]["folderTitle"] == "Touchline"
    assert [panel["title"] for panel in found["dashboard"]["panels"]] == [panel.title for panel in board.panels]


@pytest.mark.parametrize("target", TARGETS)
def test_the_plugin_runs_every_query_with_its_own_macros(ask: Callable[..., Any], target: dict[str, Any]) -> None:
    source = {"type": "grafana-clickhouse-datasource", "uid": "touchline-clickhouse"}
    query = target | {"datasource": source, "rawSql": BROWSER_MACRO.sub("1=1", target["rawSql"]), "intervalMs": 15_000}
    answer = grafana(ask, "/api/ds/query", {"queries": [query], "from": "now-30m", "to": "now"})
    assert answer["results"]["A"]["status"] == 200
    assert "error" not in answer["results"]["A"]
