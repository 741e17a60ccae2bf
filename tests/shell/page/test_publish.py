"""The boards reach a Grafana that behaves as version 13 does, over HTTP; again and again with the same result."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dashboards.boards import BOARDS
from dashboards.publish import DataSource, PublishError, publish

SOURCE = DataSource.from_url("http://reader:s%40cret@store.example:8123/touchline")


class FakeGrafana(ThreadingHTTPServer):
    """Remembers what it was asked and what it was given; paths by number are unknown to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str]] = []
        self.authorization: set[str | None] = set()
        self.things: dict[str, Any] = {"plugins/grafana-clickhouse-datasource/settings": {"enabled": True}}
        self.refuse: int | None = None
        self.prefix = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.prefix}"

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.requests.append((method, path))
        if self.refuse:
            return self.refuse, {"message": "no"}
        match method, path.removeprefix(f"{self.prefix}/api/").split("?")[0]:
            case "GET", "health":
                return 200, {"version": "13.2.3"}
            case "GET", "search":
                return 200, [one for one in self.things.values() if "folderUid" in one]
            case "POST", "datasources":
                return self.keep(f"datasources/uid/{body['uid']}", body)
            case "POST", "folders":
                return self.keep(f"folders/{body['uid']}", body)
            case "POST", "dashboards/db":
                board = body["dashboard"]
                self.keep(f"dashboards/uid/{board['uid']}", {"uid": board["uid"], **body})
                return 200, {"status": "success", "url": f"{self.prefix}/d/{board['uid']}/x"}
            case "PUT", known if known in self.things:
                return self.keep(known, body)
            case "GET", known if known in self.things:
                return 200, self.things[known]
            case "DELETE", known if known in self.things:
                return 200, self.things.pop(known)
        return 404, {"message": "not found"}

    def keep(self, path: str, body: Any) -> tuple[int, Any]:
        self.things[path] = body
        return 200, body


class Handler(BaseHTTPRequestHandler):
    server: FakeGrafana

    def handle_any(self) -> None:
        self.server.authorization.add(self.headers["Authorization"])
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        status, answer = self.server.answer(self.command, self.path, json.loads(body) if body else None)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that the library calls

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    with FakeGrafana() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_data_source_folder_and_boards_arrive(grafana: FakeGrafana) -> None:
    published = publish(grafana.url, "token-1", SOURCE)
    assert published.version == "13.2.3"
    assert published.boards == (
        ("Live operations", f"{grafana.url}/d/touchline-live-operations/x"),
        ("Call centre", f"{grafana.url}/d/touchline-call-centre/x"),
    )
    assert grafana.things["datasources/uid/touchline-clickhouse"]["jsonData"]["host"] == "store.example"
    assert grafana.things["folders/touchline"]["title"] == "Touchline"
    board = grafana.things["dashboards/uid/touchline-live-operations"]
    assert board["overwrite"] is True
    assert board["folderUid"] == "touchline"
    assert len(board["dashboard"]["panels"]) == len(BOARDS[0].panels)
    assert grafana.authorization == {"Bearer token-1"}


def test_a_board_opens_with_our_data_source(grafana: FakeGrafana) -> None:
    publish(grafana.url, "token", SOURCE)
    board = grafana.things["dashboards/uid/touchline-live-operations"]["dashboard"]
    assert board["templating"]["list"][0]["current"]["value"] == "touchline-clickhouse"


def test_publishing_again_changes_nothing_and_names_nothing_by_number(grafana: FakeGrafana) -> None:
    first = publish(grafana.url, ("admin", "pass"), SOURCE)
    before = json.dumps(grafana.things, sort_keys=True)
    assert publish(grafana.url, ("admin", "pass"), SOURCE) == first
    assert json.dumps(grafana.things, sort_keys=True) == before
    assert not any(re.search(r"/\d+(/|$)|/id/", path) for _, path in grafana.requests)


def test_a_data_source_from_a_file_is_left_to_its_owner(grafana: FakeGrafana) -> None:
    provisioned = {"uid": "touchline-clickhouse", "readOnly": True}
    grafana.things["datasources/uid/touchline-clickhouse"] = provisioned
    publish(grafana.url, "token", SOURCE)
    assert grafana.things["datasources/uid/touchline-clickhouse"] == provisioned


def test_former_boards_of_ours_go_and_other_peoples_stay(grafana: FakeGrafana) -> None:
    for uid, folder in (("touchline-former", "touchline"), ("a-copy", "touchline"), ("touchline-x", "elsewhere")):
        grafana.things[f"dashboards/uid/{uid}"] = {"uid": uid, "folderUid": folder}
    assert publish(grafana.url, "token", SOURCE).removed == ("touchline-former",)
    assert "dashboards/uid/touchline-former" not in grafana.things
    assert {"dashboards/uid/a-copy", "dashboards/uid/touchline-x"} <= grafana.things.keys()


def test_a_grafana_below_a_path_is_reached_there(grafana: FakeGrafana) -> None:
    grafana.prefix = "/monitoring"
    published = publish(grafana.url, "token", SOURCE)
    assert all(path.startswith("/monitoring/api/") for _, path in grafana.requests)
    assert published.boards[0][1] == f"{grafana.url}/d/touchline-live-operations/x"


def test_a_missing_plugin_is_named_with_the_command_that_helps(grafana: FakeGrafana) -> None:
    grafana.things.clear()
    with pytest.raises(PublishError, match="grafana cli plugins install grafana-clickhouse-datasource"):
        publish(grafana.url, "token", SOURCE)


@pytest.mark.parametrize(
    ("status", "says"), [(401, "refuses this token"), (403, "refuses this"), (500, "answered 500")]
)
def test_a_refusal_says_what_was_tried(grafana: FakeGrafana, status: int, says: str) -> None:
    grafana.refuse = status
    with pytest.raises(PublishError, match=f"could not ask for its version: .*{says}"):
        publish(grafana.url, "token", SOURCE)


def test_no_grafana_is_one_clear_line(grafana: FakeGrafana) -> None:
    grafana.server_close()
    with pytest.raises(PublishError, match="no answer from Grafana"):
        publish(grafana.url, "token", SOURCE)


@pytest.mark.parametrize("url", ["grafana.example:3000", "ftp://grafana.example"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(PublishError, match="http"):
        publish(url, "token", SOURCE)


def test_a_data_source_is_read_from_the_stores_address() -> None:
    assert (SOURCE.username, SOURCE.password, SOURCE.port, SOURCE.secure) == ("reader", "s@cret", 8123, False)
    assert DataSource.from_url("https://store.example").port == 8443
    with pytest.raises(ValueError, match="a data source is"):
        DataSource.from_url("chdb:///x")
