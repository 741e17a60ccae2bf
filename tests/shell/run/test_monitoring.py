"""The examples for operators: alerts ask for metrics that exist, health checks for ports that are served."""

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.kafka.ending import REFUSED
from streams.run.fleet import GRACE_SECONDS
from streams.run.health.metrics import METRICS
from streams.run.settings import Settings

DOCKER = Path(__file__).parents[3] / "docker"
FUNCTIONS = {"changes", "increase", "rate", "sum", "max", "by"}
DURATION = re.compile(r"\d+[smhd]")


def read(name: str) -> Any:
    return yaml.safe_load((DOCKER / name).read_text())


ALERTS = read("prometheus/alerts.yaml")["groups"][0]["rules"]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_and_labels_that_exist_and_says_what_to_do(rule: dict[str, Any]):
    expression = rule["expr"]
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert expression.count("(") == expression.count(")")
    assert all(DURATION.fullmatch(found) for found in [*re.findall(r"\[(.*?)\]", expression), rule.get("for", "1m")])
    names = set(re.findall(r"[a-z_]+(?![a-z_\"=])", re.sub(r"\{.*?\}|\[.*?\]|by \(.*?\)", "", expression))) - FUNCTIONS
    assert names <= set(METRICS) | {"up"}
    known = {label for name in names & set(METRICS) for label in METRICS[name].labels} | {"job", "instance"}
    asked = re.findall(r"(\w+)=", expression) + re.findall(r"by \((\w+)\)", expression)
    told = re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))
    assert set(asked) | set(told) <= known
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert len(rule["annotations"]["summary"]) > 10
    assert len(rule["annotations"]["description"]) > 60


def test_counters_are_asked_for_their_change_and_gauges_for_their_value():
    for rule in ALERTS:
        for name in set(re.findall(r"touchline_\w+", rule["expr"])):
            changed = re.search(rf"(rate|increase)\({name}", rule["expr"]) is not None
            assert changed == (METRICS[name].kind == "counter"), rule["alert"]


def test_lag_time_standing_still_pauses_and_restarts_have_an_alert():
    asked = " ".join(rule["expr"] for rule in ALERTS)
    wanted = ("lag_records", "watermark_timestamp", "paused", "restarts_total", "crash_loop", "store_up", "broker_up")
    assert [name for name in wanted if name not in asked] == []
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)


def test_prometheus_asks_every_port_that_the_composition_serves():
    services = read("compose.yaml")["services"]
    (job,) = read("prometheus/prometheus.yaml")["scrape_configs"]
    targets = {target for group in job["static_configs"] for target in group["targets"]}
    for name in ("worker", "sink"):
        processes, base = int(services[name]["command"][2]), services[name]["environment"]["TOUCHLINE_METRICS_PORT"]
        assert {f"{name}:{base + number}" for number in range(processes + 1)} <= targets
        assert f":{base}/readyz" in services[name]["healthcheck"]["test"][-1]
    assert "page:8080" in targets


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_nobody_kills_before_the_graceful_end_is_over():
    limit = Settings().stop_seconds + GRACE_SECONDS
    services = read("compose.yaml")["services"]
    assert all(seconds(services[name]["stop_grace_period"]) > limit for name in ("worker", "sink", "page"))
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DOCKER / "systemd" / "touchline@.service")
    assert seconds(unit["Service"]["TimeoutStopSec"]) > limit
    assert int(unit["Service"]["RestartPreventExitStatus"]) == REFUSED
