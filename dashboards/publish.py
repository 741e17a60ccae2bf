"""Pushes the boards and their data source into a running Grafana; doing it again changes nothing.

Only paths by uid are used: Grafana 13 answers 404 where a data source or dashboard is named by number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from grafana_api.grafana_api import GrafanaException
from grafana_api.grafana_face import GrafanaFace

from dashboards.boards import BOARDS
from dashboards.classic import PLUGIN, classic, grafana_uid
from dashboards.panels import Board

Json = dict[str, Any]
Auth = str | tuple[str, str]
"""A service account's token, or (user, password)."""

FOLDER_UID, FOLDER_TITLE = "touchline", "Touchline"
TIMEOUT_SECONDS = 15.0


class PublishError(Exception):
    """Grafana did not take it; the message says what a person can do."""


@dataclass(frozen=True)
class DataSource:
    """How Grafana reaches the store. `host` is as seen from Grafana, which may be another machine than this one."""

    host: str
    port: int
    secure: bool = False
    username: str = "default"
    password: str = ""
    database: str = "touchline"
    uid: str = "touchline-clickhouse"
    name: str = "Touchline"

    @classmethod
    def from_url(cls, url: str) -> "DataSource":
        """From http(s)://user:password@host:port/database. Raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url.split('@')[-1]}: a data source is http(s)://user:password@host:port/database")
        secure = parts.scheme == "https"
        return cls(
            parts.hostname,
            parts.port or (8443 if secure else 8123),
            secure,
            unquote(parts.username or "default"),
            unquote(parts.password or ""),
            parts.path.strip("/") or "touchline",
        )

    def settings(self) -> Json:
        """As Grafana's API and its provisioning files have it."""
        return {
            "uid": self.uid,
            "name": self.name,
            "type": PLUGIN,
            "access": "proxy",
            "jsonData": {
                "host": self.host,
                "port": self.port,
                "protocol": "http",
                "secure": self.secure,
                "username": self.username,
                "defaultDatabase": self.database,
            },
            "secureJsonData": {"password": self.password},
        }


@dataclass(frozen=True)
class Published:
    """What Grafana has now: each board with its address, and the uids of former boards that were removed."""

    version: str
    boards: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]


def publish(url: str, auth: Auth, source: DataSource, boards: tuple[Board, ...] = BOARDS) -> Published:
    """Put data source, folder and boards into the Grafana at `url`, over what is there. Raises PublishError."""
    grafana = _connect(url, auth)
    try:
        version = str(_call(lambda: grafana.api.GET("/health"), "ask for its version").get("version", "unknown"))
        _require_plugin(grafana)
        _put_source(grafana, source)
        _put_folder(grafana)
        found = tuple((board.title, _origin(url) + _put_board(grafana, board, source)) for board in boards)
        return Published(version, found, _remove_former(grafana, boards))
    finally:
        grafana.api.s.close()


def _connect(url: str, auth: Auth) -> GrafanaFace:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PublishError(f"{url}: the address of a Grafana is http(s)://host:port")
    prefix = parts.path.strip("/")
    return GrafanaFace(
        auth=auth,
        host=parts.hostname,
        port=parts.port,
        url_path_prefix=f"{prefix}/" if prefix else "",
        protocol=parts.scheme,
        timeout=TIMEOUT_SECONDS,
    )


def _origin(url: str) -> str:
    """Grafana's answers carry paths from its host on, without whoever logged in."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _require_plugin(grafana: GrafanaFace) -> None:
    if _get(grafana, f"/plugins/{PLUGIN}/settings", "look for the ClickHouse plug-in") is None:
        raise PublishError(
            f"Grafana lacks the plug-in {PLUGIN}; install it with `grafana cli plugins install {PLUGIN}`"
        )


def _put_source(grafana: GrafanaFace, source: DataSource) -> None:
    path = f"/datasources/uid/{source.uid}"
    known = _get(grafana, path, "look for the data source")
    if known is None:
        _call(lambda: grafana.api.POST("/datasources", json=source.settings()), "create the data source")
    elif not known.get("readOnly"):  # one that comes from a provisioning file is its owner's business
        _call(lambda: grafana.api.PUT(path, json=source.settings()), "change the data source")


def _put_folder(grafana: GrafanaFace) -> None:
    if _get(grafana, f"/folders/{FOLDER_UID}", "look for the folder") is None:
        _call(lambda: grafana.folder.create_folder(FOLDER_TITLE, FOLDER_UID), "create the folder")


def _put_board(grafana: GrafanaFace, board: Board, source: DataSource) -> str:
    """The path of the board's page. The board opens with our data source, also where there are others."""
    dashboard = classic(board)
    dashboard["templating"]["list"][0]["current"] = {"selected": True, "text": source.name, "value": source.uid}
    body = {"dashboard": dashboard, "folderUid": FOLDER_UID, "overwrite": True, "message": "published by Touchline"}
    answer = _call(lambda: grafana.dashboard.update_dashboard(body), f"save the board {board.title}")
    return str(answer.get("url", f"/d/{grafana_uid(board)}"))


def _remove_former(grafana: GrafanaFace, boards: tuple[Board, ...]) -> tuple[str, ...]:
    """Boards of ours that no longer exist: in our folder, with our tag and our kind of uid."""
    current = {grafana_uid(board) for board in boards}
    found = _call(lambda: grafana.api.GET("/search?type=dash-db&tag=touchline"), "list its boards")
    former = tuple(
        one["uid"]
        for one in found
        if one.get("folderUid") == FOLDER_UID and one["uid"].startswith("touchline-") and one["uid"] not in current
    )
    for uid in former:
        _call(lambda uid=uid: grafana.dashboard.delete_dashboard(uid), f"remove the former board {uid}")
    return former


def _get(grafana: GrafanaFace, path: str, purpose: str) -> Json | None:
    """None where Grafana has no such thing."""
    try:
        found: Json = _call(lambda: grafana.api.GET(path), purpose)
    except _NotFoundError:
        return None
    return found


class _NotFoundError(PublishError):
    pass


def _call(request: Callable[..., Any], purpose: str) -> Any:
    try:
        return request()
    except GrafanaException as error:
        status = error.status_code
        if status == 404:
            raise _NotFoundError(f"could not {purpose}: Grafana knows no such path ({error})") from error
        if status in (401, 403):
            raise PublishError(f"could not {purpose}: Grafana refuses this token or password ({error})") from error
        raise PublishError(f"could not {purpose}: Grafana answered {status}: {error}") from error
    except OSError as error:  # what the HTTP library raises descends from it
        raise PublishError(f"could not {purpose}: no answer from Grafana ({type(error).__name__})") from error
