"""The store behind its port, three times: embedded, a server's protocol, a real server where there is an engine."""

import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.clickhouse_standin import Standin
from support.kafka_broker import free_ports

from streams.store.client import Store
from streams.store.opening import connect

IMAGE = "clickhouse/clickhouse-server:26.3"


@pytest.fixture(scope="module", params=["embedded", "standin", pytest.param("server", marks=pytest.mark.docker)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("store")
    if request.param == "embedded":
        opened = connect(f"chdb://{path}")
        yield opened
        opened.close()
    elif request.param == "standin":
        standin = Standin(path)
        opened = connect(standin.url)
        yield opened
        opened.close()
        standin.stop()
    else:
        yield from _server()


@pytest.fixture
def embedded_path(tmp_path: Path) -> Path:
    return tmp_path / "store"


def _server() -> Iterator[Store]:
    if shutil.which("docker") is None or subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.skip("no container engine runs here")
    (port,) = free_ports(1)
    command = ["docker", "run", "--rm", "-d", "-p", f"127.0.0.1:{port}:8123", "-e", "CLICKHOUSE_PASSWORD=secret", IMAGE]
    container = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    try:
        _await(f"http://127.0.0.1:{port}/ping")
        opened = connect(f"http://default:secret@127.0.0.1:{port}")
        yield opened
        opened.close()
    finally:
        subprocess.run(["docker", "rm", "-f", container], check=False, capture_output=True)


def _await(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(url)
