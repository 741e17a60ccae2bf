"""`touchline identity` as a person types it, over a store: shows, explains, lists; what is unclear is asked back."""

import json
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from support.clickhouse_standin import Standin
from support.kafka_broker import free_ports
from support.people_rows import ANN, ANNS_EMAIL, BOB, THEIR_PHONE, seed_people
from support.seeded_park import pipeline_rows
from typer.testing import CliRunner, Result

from schemas.place import Places
from streams.run.identity.command import identity
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect

NOW_MS = int(time.time()) * 1_000


class Into:
    def __init__(self, store: Store) -> None:
        self.store = store

    def insert(self, table: str, rows: list[Any]) -> None:
        self.store.insert_rows(table, b"\n".join(map(orjson.dumps, rows)))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    standin = Standin(tmp_path_factory.mktemp("store"))
    store = connect(standin.url)
    migrate(store, Places())
    seed_people(Into(store), NOW_MS)
    Into(store).insert("pipeline", pipeline_rows(NOW_MS, NOW_MS - 2_000))
    yield standin.url
    store.close()
    standin.stop()


def run(url: str, *arguments: str, **environment: str) -> Result:
    settings = {
        "TOUCHLINE_KAFKA": f"127.0.0.1:{free_ports(1)[0]}",
        "TOUCHLINE_CLICKHOUSE": url,
        "TOUCHLINE_PSEUDONYM_KEY": "a key for tests only",
        "TOUCHLINE_COUNTRY": "DE",
        **environment,
    }
    done = CliRunner().invoke(identity, arguments, env=settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def shown(url: str, *arguments: str) -> dict[str, Any]:
    done = run(url, "show", *arguments, "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "typed", ["email:Ann@Example.org", " ann@example.org", "cookie:ann-web", "device:ann-app", ANNS_EMAIL, ANN]
)
def test_any_identifier_as_people_write_it_leads_to_the_person(url: str, typed: str) -> None:
    found = shown(url, typed)
    assert found["person"] == ANN
    assert found["totals"]["touchpoints"] == 68


def test_a_call_leads_over_the_phone_to_the_person_with_the_evidence_of_each_link(url: str) -> None:
    found = shown(url, "call:call_center/7")
    assert [(link["identifier"], link["holder"]) for link in found["chain"]] == [
        ("call:call_center/7", THEIR_PHONE),
        (THEIR_PHONE, ANN),
    ]
    assert {link["evidence"]["event_id"] for link in found["chain"]} == {"e3"}


def test_touchpoints_of_a_wristband_stay_with_whoever_wore_it(url: str) -> None:
    anns, bobs = shown(url, ANN, "--touchpoints", "100"), shown(url, "wristband:w-1", "--touchpoints", "100")
    assert bobs["person"] == BOB
    assert [one["event_id"] for one in bobs["newest_touchpoints"]] == ["e10", "e9"]
    assert {"e4", "e5", "e8"} & {one["event_id"] for one in anns["newest_touchpoints"]} == {"e4", "e5", "e8"}
    assert [(run["holder"], run["status"]) for run in bobs["line"]] == [(ANN, "held"), ("", "open"), (BOB, "held")]


def test_a_visit_shows_the_stays_in_it(url: str) -> None:
    (park,) = [visit for visit in shown(url, ANN)["newest_visits"] if visit["waits"]]
    assert [(stay["place"], stay["wait_seconds"]) for stay in park["stays"]] == [("comet", 600.0)]
    assert shown(url, BOB)["newest_visits"][0]["open"]


def test_for_people_it_says_who_why_and_as_of_when(url: str) -> None:
    text = run(url, "show", "ann@example.org").stdout
    for words in (
        f"is {ANN}\n",
        "data as of 20",
        "rule: the strongest, then the earliest",
        "by account.signed_in web/e2 of",
        "money 42.50 EUR, 5.00 USD",
        "waits 1, 10 min in all",
        "consent to mail: given",
        f"{THEIR_PHONE}: claimed by {BOB}",
        f"together with, by booking\n  {BOB} on booking family-7, 1 visit until 20",
    ):
        assert words in text
    assert "example.org" not in text


def test_somebody_whom_nothing_names_is_said_so_with_the_key(url: str) -> None:
    done = run(url, "show", "nobody@example.org")
    assert (done.exit_code, done.stdout) == (1, "")
    words = " ".join(done.stderr.split())
    assert "no touchpoint has named it" in words
    assert "is that the workers'?" in words


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("stranger", "known: cookie:stranger"),
        ("12", "none of these is known"),
        ("customer:guest", "names nobody"),
        ("booking:b-1", "a party of several people"),
        ("call:7", "write call:<the service that sent it>/7"),
        ("", "name somebody"),
    ],
)
def test_what_is_unclear_is_asked_back(url: str, typed: str, asked: str) -> None:
    done = run(url, "show", typed)
    assert done.exit_code == 2
    assert asked in " ".join(done.stderr.split())


def test_without_the_key_nothing_personal_is_looked_up(url: str) -> None:
    done = run(url, "show", "ann@example.org", TOUCHLINE_PSEUDONYM_KEY="", TOUCHLINE_DATA_DIR="/nowhere")
    assert done.exit_code == 2


def explained(url: str, a: str, b: str) -> dict[str, Any]:
    done = run(url, "explain", a, b, "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == (0 if found["one"] else 1)
    return found


def test_two_identifiers_of_one_person_are_explained_by_their_chains(url: str) -> None:
    found = explained(url, "call:call_center/7", "cookie:ann-web")
    assert found["one"]
    assert [len(found["chain_a"]), len(found["chain_b"])] == [2, 1]


@pytest.mark.parametrize(
    ("a", "b", "obstacle"),
    [
        ("cookie:shared", ANN, "unlinked"),
        (ANN, BOB, "conflict"),
        (ANN, BOB, "shared"),
        ("wristband:w-1", ANN, "handed_on"),
        ("device:tablet", ANN, "blocked"),
        ("cookie:stranger", ANN, "never_together"),
        ("cookie:nowhere", ANN, "unknown"),
    ],
)
def test_what_stands_between_two_is_named(url: str, a: str, b: str, obstacle: str) -> None:
    found = explained(url, a, b)
    assert not found["one"]
    assert obstacle in [reason["obstacle"] for reason in found["reasons"]]


def test_what_two_have_shared_is_named_with_who_had_it_when_and_by_what(url: str) -> None:
    (shared,) = [reason for reason in explained(url, ANN, BOB)["reasons"] if reason["obstacle"] == "shared"]
    assert shared["words"].startswith(
        "both have had wristband:w-1, which makes nobody one: customer:ann from the beginning"
    )
    assert "by wristband.issued web/e4 of 20" in shared["words"]
    assert "; customer:bob from 20" in shared["words"]
    assert " until now by wristband.issued web/e9 of 20" in shared["words"]


def test_a_wristband_was_somebodys_for_a_time(url: str) -> None:
    found = explained(url, "wristband:w-1", ANN)
    assert [(period["from_ms"], period["until_ms"] is None) for period in found["periods"]] == [(None, False)]
    assert "but they were" in run(url, "explain", "wristband:w-1", ANN).stdout


def test_conflicts_and_blocked_leases_are_listed_with_their_evidence(url: str) -> None:
    conflicts, blocked = run(url, "conflicts").stdout, run(url, "blocked").stdout
    assert f"{THEIR_PHONE} stays with {ANN}; by call.entered web/e3" in conflicts
    assert f"claimed by {BOB}" in conflicts
    assert blocked.startswith("device:tablet belongs to nobody")
    assert [one["link"]["identifier"] for one in json.loads(run(url, "conflicts", "--json").stdout)] == [THEIR_PHONE]


def test_a_look_ahead_says_what_each_side_would_have_and_gives_no_command(url: str) -> None:
    done = run(url, "unlink", ANN, "cookie:ann-web", "--preview")
    assert done.exit_code == 0, done.stderr
    assert "unlink parts cookie:ann-web and customer:ann" in done.stdout
    assert "cookie:ann-web\n  touchpoints 0 → 61" in done.stdout
    assert run(url, "unlink", "device:tablet", ANN, "--preview").stdout.count("nothing would change now") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((ANN, "cookie:ann-web"), "--why is missing"),
        (("wristband:w-1", "device:tablet", "--why", "x"), "a device is never held by a wristband"),
        ((ANN, ANN, "--why", "x"), "name two"),
        ((ANN, "cookie:ann-web", "--why", "x" * 4_097), "keep it to 4096"),
    ],
)
def test_what_cannot_be_parted_is_refused_with_the_fix(url: str, arguments: tuple[str, ...], said: str) -> None:
    done = run(url, "unlink", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_without_a_broker_no_command_is_given(url: str) -> None:
    done = run(url, "relink", ANN, "cookie:shared", "--why", "it is hers", "--yes")
    assert done.exit_code == 2
    assert "no broker answers" in " ".join(done.stderr.split())
