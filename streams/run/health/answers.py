"""Three answers over HTTP: whether this process lives, whether it may be relied on, and its metrics.

They come from a thread of their own, so that a process whose event loop stands still says so instead of saying nothing.
"""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import orjson
import structlog

from streams.run.health.metrics import CONTENT_TYPE, Metrics, Samples

log = structlog.get_logger("touchline.health")

Check = Callable[[], list[str]]
"""Why not, one reason a line; empty where all is well. Called from other threads; may take a moment."""


class Vitals(NamedTuple):
    """`alive`: if not, a restart helps. `ready`: if not, wait, or look; a restart would not help."""

    alive: Check
    ready: Check
    samples: Samples


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes


class Health:
    """The answers by path; `more`: what else `/healthz` tells."""

    PATHS = ("/healthz", "/readyz", "/metrics")

    def __init__(self, vitals: Vitals, more: Callable[[], dict[str, Any]] = dict) -> None:
        self._vitals, self._more = vitals, more
        self._metrics = Metrics(vitals.samples)

    def answer(self, path: str) -> Answer | None:
        """None for a path that is none of ours."""
        if path == "/healthz":
            return _verdict(self._vitals.alive(), "stands still", self._more())
        if path == "/readyz":
            return _verdict(self._vitals.ready(), "not ready", {})
        if path == "/metrics":
            return Answer(200, CONTENT_TYPE, self._metrics.text())
        return None


def _verdict(reasons: list[str], what: str, more: dict[str, Any]) -> Answer:
    body = {"status": what, "reasons": reasons} if reasons else {"status": "ok"}
    text = orjson.dumps({**body, **more}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Answer(503 if reasons else 200, "application/json", text)


class HealthServer:
    """Serves the answers on host:port. Raises OSError where the port is taken."""

    def __init__(self, health: Health, host: str, port: int) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(health))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)
        self.port = int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()
        log.info("health and metrics", port=self.port)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # whoever connects and says nothing

        def do_GET(self) -> None:
            try:
                answer = health.answer(self.path.partition("?")[0])
            except Exception as error:  # whoever asks must hear of it, and it must not end the thread
                answer = Answer(500, "text/plain", f"{type(error).__name__}\n".encode())
            status, content_type, body = answer or Answer(404, "text/plain", b"/healthz /readyz /metrics\n")
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the library's name
            """Scrapes are no news."""

    return Handler
