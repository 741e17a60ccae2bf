"""`touchline rejected` as a person types it, over a store without any broker: lists, shows, tries, and never sends."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from support.clickhouse_standin import Standin
from support.kafka_broker import free_ports
from support.touchpoints import happening
from typer.testing import CliRunner

from schemas.place import Places
from streams.run.rejected.command import rejected as commands
from streams.store.migrate import migrate
from streams.store.opening import connect

SECRET = "someone@example.org"
RECENT = "2026-01-01T10:00:00Z"
NO_PLACE = {**happening("queue.joined", identifiers={"email": SECRET}, occurred_at=RECENT), "place": None}
AGAIN = {**NO_PLACE, "place": "comet"}
LETTERS = {1: orjson.dumps({**NO_PLACE, "spot": "comet"}), 2: orjson.dumps(NO_PLACE), 3: b"\xffnot json"}
LETTERS[4] = orjson.dumps(AGAIN)
REASONS = {1: "missing_field", 2: "missing_field", 3: "not_json", 4: "conflicting_duplicate"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    standin = Standin(tmp_path_factory.mktemp("store"))
    store = connect(standin.url)
    migrate(store, Places())
    rows = [
        {"topic": "touchpoints", "partition": 0, "offset": offset, "row": "", "rejected_at": int(time.time()) + offset,
         "reason": REASONS[offset], "field": "" if offset == 3 else "place",
         "source": "" if offset == 3 else "gate", "detail": "say where", "payload": b64encode(payload).decode()}
        for offset, payload in LETTERS.items()
    ]  # fmt: skip
    store.insert_rows("rejected", b"\n".join(orjson.dumps(row) for row in rows))
    yield standin.url
    store.close()
    standin.stop()


class Done(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes


def rejected(url: str, *arguments: str, **environment: str) -> Done:
    """In this process: starting Python anew for each word costs more than the word."""
    settings = {"TOUCHLINE_KAFKA": f"127.0.0.1:{free_ports(1)[0]}", "TOUCHLINE_CLICKHOUSE": url, **environment}
    done = CliRunner().invoke(commands, arguments, env=settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Done(done.exit_code, done.stdout_bytes, done.stderr_bytes)


def test_a_list_counts_and_tells_nothing_of_what_was_sent(url: str) -> None:
    done = rejected(url, "list", "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["reason"], one["source"], one["total"], one["sample"]) for one in found] == [
        ("missing_field", "gate", 2, "touchpoints/0/2"),
        ("conflicting_duplicate", "gate", 1, "touchpoints/0/4"),
        ("not_json", "", 1, "touchpoints/0/3"),
    ]
    table = rejected(url, "list", "--source", "gate").stdout.decode()
    assert ("missing_field" in table, "not_json" in table, SECRET in table) == (True, False, False)


def test_one_letter_is_shown_whole_with_a_warning(url: str) -> None:
    done = rejected(url, "show", "touchpoints/0/1")
    words = done.stdout.decode()
    assert all(word in words for word in ("missing_field in place", "say where", f'"email": "{SECRET}"', "not yet"))
    assert b"may tell who somebody is" in done.stderr
    assert rejected(url, "show", "touchpoints/0/3", "--bytes").stdout == LETTERS[3]


def test_a_dry_run_shows_the_difference_and_names_what_stays_wrong(url: str) -> None:
    done = rejected(url, "fix", "--rename", "spot=place", "--until", "2099-01-01T00:00:00Z", "--dry-run")
    words = done.stdout.decode()
    assert ('-  "spot": "comet"' in words, '+  "place": "comet"' in words) == (True, True)
    errors = done.stderr.decode()
    assert "touchpoints/0/2: still missing_field in place" in errors
    assert "touchpoints/0/3: this is no JSON object" in errors
    assert (done.returncode, "1 would be fixed, 3 not" in errors) == (1, True)


def test_an_editor_may_make_anything_of_one_letter(url: str, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf \'{"whole": "new"}\\n\' > "$1"\n')
    editor.chmod(0o700)
    done = rejected(url, "fix", "touchpoints/0/3", "--edit", "--dry-run", EDITOR=str(editor))
    assert b"touchpoints/0/3: still missing_field" in done.stderr


def test_a_replay_sends_nothing_that_this_release_refuses_too_unless_told(url: str) -> None:
    done = rejected(url, "replay", "--reason", "missing_field", "--dry-run")
    assert b"0 would be replayed, 2 not" in done.stderr
    done = rejected(url, "replay", "--reason", "missing_field", "--dry-run", "--unchecked")
    assert (done.returncode, done.stdout.count(b"unchanged, byte for byte")) == (0, 2)


def test_a_copy_that_lost_is_sent_under_another_event_id_only(url: str) -> None:
    done = rejected(url, "replay", "touchpoints/0/4", "--dry-run", "--unchecked")
    assert b"the first touchpoint under this event_id counts" in done.stderr
    done = rejected(url, "fix", "touchpoints/0/4", "--set", "event_id=another", "--dry-run")
    assert (done.returncode, b"1 would be fixed" in done.stderr) == (0, True)


def test_without_a_broker_nothing_is_sent(url: str) -> None:
    done = rejected(url, "discard", "touchpoints/0/1", "--why", "old")
    assert (done.returncode, b"no broker answers" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--reason", "nonsense"), "--reason nonsense"),
        (("list", "--since", "yesterday"), "RFC 3339"),
        (("show", "nowhere"), "topic/partition/offset"),
        (("fix", "touchpoints/0/1"), "nothing to change"),
        (("fix", "touchpoints/0/1", "--set", "place"), "field=value"),
        (("discard", "touchpoints/0/1"), "--why"),
    ],
)
def test_what_is_typed_wrong_is_said_in_a_line(url: str, arguments: tuple[str, ...], words: str) -> None:
    done = rejected(url, *arguments)
    assert done.returncode == 2
    assert words in done.stderr.decode()
