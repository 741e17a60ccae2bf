"""The files in docker/ agree with the code that they deploy."""

import re
from pathlib import Path
from typing import Any

import pytest

from dashboards.publish import FOLDER_TITLE, FOLDER_UID, DataSource
from streams.run.settings import Settings

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: the compose file is not read")

DOCKER = Path(__file__).parents[3] / "docker"


def read(name: str) -> Any:
    return yaml.safe_load((DOCKER / name).read_text(encoding="utf-8"))


def test_grafanas_data_source_is_the_one_that_publish_makes() -> None:
    [provisioned] = read("grafana/provisioning/datasources/touchline.yaml")["datasources"]
    made = DataSource("clickhouse", 8123, username="touchline_reader", password="$CLICKHOUSE_READER_PASSWORD")
    assert {name: provisioned[name] for name in made.settings()} == made.settings()
    assert provisioned["editable"] is False


def test_grafana_reads_the_rendered_boards_into_the_same_folder() -> None:
    [provider] = read("grafana/provisioning/dashboards/touchline.yaml")["providers"]
    assert (provider["folder"], provider["folderUid"]) == (FOLDER_TITLE, FOLDER_UID)
    mounts = read("compose.yaml")["services"]["grafana"]["volumes"]
    assert f"../dashboards/grafana:{provider['options']['path']}:ro" in mounts


def test_every_setting_in_the_compose_file_is_one_that_exists() -> None:
    known = {f"TOUCHLINE_{name.upper()}" for name in Settings.model_fields}
    used = {
        name
        for service in read("compose.yaml")["services"].values()
        for name in service.get("environment", {})
        if name.startswith("TOUCHLINE_")
    }
    assert used <= known


def test_every_port_is_published_on_this_machine_only() -> None:
    ports = [port for service in read("compose.yaml")["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_images_are_pinned_and_long_running_services_are_watched() -> None:
    services = read("compose.yaml")["services"]
    for name, service in services.items():
        assert re.search(r":\w", service["image"]), name
        if service.get("ports"):
            assert service["healthcheck"], name


def test_kafka_is_the_version_that_the_tests_run_on() -> None:
    tested = re.search(r"<kafka.version>(.+)</kafka.version>", (DOCKER / "kafka" / "pom.xml").read_text())
    assert tested is not None
    assert read("compose.yaml")["services"]["kafka"]["image"] == f"apache/kafka:{tested[1]}"


def test_there_is_no_secret_to_forget() -> None:
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    assert "${TOUCHLINE_PSEUDONYM_KEY:?" in text, "a key that everybody knows would undo the pseudonyms"


def test_docker_holds_data_only() -> None:
    assert not list(DOCKER.rglob("*.py")), "a package of this name would hide the docker library"
