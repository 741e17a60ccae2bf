"""`touchline whatif` as a person types it, over a store."""

import json
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import typer
from support.clickhouse_standin import Standin
from support.kafka_broker import free_ports
from support.lines import stationary
from typer.testing import CliRunner, Result

from schemas.place import Place, Places, ServiceLevel
from streams.run.whatif.command import whatif_command
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect

NOON_MS = 1_790_000_000_000 // 86_400_000 * 86_400_000 + 43_200_000
NOON, TWO = "2026-09-21T12:00:00Z", "2026-09-21T14:00:00Z"
HOTLINE = Place(id="hotline", kind="call_queue", servers=3, service_level=ServiceLevel(within_seconds=30))
app = typer.Typer()
app.command()(whatif_command)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two hours of a hotline of three; a desk and a ride that nobody declared, one of them with a roster."""
    standin = Standin(tmp_path_factory.mktemp("store"))
    store = connect(standin.url)
    migrate(store, Places((HOTLINE,)))
    calls = stationary(1, 300, 3, apart_ms=24_000, service_ms=66_000, patience_ms=120_000)
    for place, server in (("hotline", "ann"), ("desk", "ann"), ("ride", "")):
        insert(store, "stays_all", (row(n, call, place, server) for n, call in enumerate(calls)))
    insert(store, "touchpoints", (assigned(at_ms, count) for at_ms, count in ((-3_600_000, 3), (5_400_000, 4))))
    insert(store, "pipeline", [{"stage": "stitch", "at": time.time(), "watermark": NOON_MS / 1e3 + 7_000}])
    yield standin.url
    store.close()
    standin.stop()


def insert(store: Store, table: str, rows: Any) -> None:
    lines = [orjson.dumps(one) for one in rows]
    store.insert_rows(table, b"\n".join(lines))


def row(number: int, stay: Any, place: str, server: str) -> dict[str, Any]:
    def at(time_ms: int | None) -> float | None:
        return None if time_ms is None else (NOON_MS + time_ms) / 1_000

    outcome = "abandoned" if stay.started_ms is None else "served"
    return {
        "epoch": 1,
        "version": number,
        "kind": "queue",
        "place": place,
        "identifier": f"token:{place}/{number}",
        "joined_at": at(stay.joined_ms),
        "started_at": at(stay.started_ms),
        "ended_at": at(stay.ended_ms),
        "outcome": outcome,
        "server": "" if stay.started_ms is None else server,
    }


def assigned(at_ms: int, count: int) -> dict[str, Any]:
    at = (NOON_MS + at_ms) / 1_000
    who = {"source": "roster", "event_id": str(at_ms), "type": "staff.assigned", "place": "ride"}
    return {**who, "occurred_at": at, "received_at": at, "topic": "touchpoints", "data": f'{{"count": {count}}}'}


def run(url: str, *arguments: str, **environment: str) -> Result:
    settings = {
        "TOUCHLINE_KAFKA": f"127.0.0.1:{free_ports(1)[0]}",
        "TOUCHLINE_CLICKHOUSE": url,
        "TOUCHLINE_TIMEZONE": "Europe/Berlin",
        **environment,
    }
    done = CliRunner().invoke(app, arguments, env=settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def asked(url: str, *arguments: str, place: str = "desk", servers: str = "+1") -> dict[str, Any]:
    done = run(url, "--place", place, "--servers", servers, "--from", NOON, "--to", TWO, *arguments, "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_one_more_server_shortens_the_wait_of_the_recorded_two_hours(url: str) -> None:
    found = asked(url)
    assert found["within_5_percent"] is True
    assert found["after"]["mean_wait_seconds"] < 0.5 * found["recorded"]["mean_wait_seconds"]
    assert found["after"]["abandoned"] < found["recorded"]["abandoned"]
    assert found["recorded"]["people"] == found["after"]["served"] + found["after"]["abandoned"]


def test_fewer_and_altogether_are_understood(url: str) -> None:
    fewer, two = asked(url, servers="-1"), asked(url, servers="2")
    assert fewer["after"]["mean_wait_seconds"] > fewer["recorded"]["mean_wait_seconds"]
    assert two["staffing"]["mean_servers_after"] == 2


@pytest.mark.parametrize(
    ("place", "source", "servers"), [("hotline", "planned", 3), ("ride", "assigned", 3.23), ("desk", "inferred", 3)]
)
def test_the_answer_says_where_the_actual_staffing_comes_from(
    url: str, place: str, source: str, servers: float
) -> None:
    """On the ride a fourth from half past one on, says the roster."""
    staffing = asked(url, place=place)["staffing"]
    assert staffing["source"] == source
    assert staffing["mean_servers"] == pytest.approx(servers, abs=0.1)


def test_a_staffing_can_be_asked_for_and_is_refused_where_it_is_not_recorded(url: str) -> None:
    assert asked(url, "--staffing", "inferred", place="hotline")["staffing"]["source"] == "inferred"
    for wanted, said in (("assigned", "staff.assigned"), ("planned", "places.json"), ("guessed", "write assigned")):
        done = run(url, *at("desk"), "--staffing", wanted)
        assert done.exit_code == 2
        assert said in done.stderr


def test_a_replay_that_is_off_says_why(url: str) -> None:
    """A roster that says four from half past one on, where three served."""
    found = asked(url, place="ride")
    assert found["within_5_percent"] is False
    assert "idle" in found["reasons"][0]


def test_servers_that_also_served_elsewhere_are_counted(url: str) -> None:
    elsewhere = asked(url)["fidelity"]["elsewhere"]
    assert elsewhere["servers"] == 1
    assert elsewhere["services"] > 200


def test_the_limits_of_the_place_are_those_of_the_service_level(url: str) -> None:
    assert asked(url, place="hotline")["limits"]["within_seconds"] == 30
    assert asked(url)["limits"]["within_seconds"] == 20


def test_local_time_is_that_of_the_installation_and_the_record_ends_where_the_data_ends(url: str) -> None:
    local = ["--from", "2026-09-21T14:00", "--to", "2026-09-21T23:00"]
    done = run(url, "--place", "desk", "--servers", "+1", *local, "--json")
    found = json.loads(done.stdout)
    assert found["from"] == "2026-09-21T12:00:00.000Z"
    assert found["to"] == found["data_as_of"] == "2026-09-21T13:56:40.000Z"


def test_people_read_a_table_with_definitions_and_what_it_rests_on(url: str) -> None:
    words = run(url, *at("desk")).stdout
    for needed in ("what happened", "replayed", "servers +1", "wait, P90", "data as of", "20 draws with seed 1"):
        assert needed in words
    assert "Kaplan and Meier" in " ".join(words.split())


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (("--place", "desk", "--servers", "two", "--from", NOON, "--to", TWO), "--servers two: write +2", 2),
        (("--place", "desk", "--servers", "+2", "--from", "noon", "--to", TWO), "--from noon: write 2026-", 2),
        (("--place", "desk", "--servers", "+2", "--from", TWO, "--to", NOON), "--to is not after --from", 2),
        (("--place", "moon", "--servers", "+2", "--from", NOON, "--to", TWO), "--place moon: no finished wait", 1),
        (
            ("--place", "desk", "--servers", "+2", "--from", "2026-09-21T11:00Z", "--to", "2026-09-21T11:30Z"),
            "nobody joined the line of desk in that time",
            1,
        ),
        (("--place", "desk", "--servers", "+2", "--from", TWO, "--to", "2026-09-22T00:00Z"), "--from is later", 1),
    ],
)
def test_what_cannot_be_answered_names_the_option_and_the_fix(
    url: str, arguments: tuple[str, ...], said: str, status: int
) -> None:
    done = run(url, *arguments)
    assert (done.exit_code, said in done.stderr) == (status, True), done.stderr


def at(place: str) -> tuple[str, ...]:
    return ("--place", place, "--servers", "+1", "--from", NOON, "--to", TWO)
