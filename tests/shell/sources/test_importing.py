"""Importing into a broker: what is written, what is refused, and where the same file goes on."""

import asyncio

import orjson
import pytest
from support.recorded.files import write_jsonl

from streams.kafka.connection import Connection
from streams.sources import importing
from streams.sources.importing import (
    ImportInterruptedError,
    ImportRefusedError,
    ImportStalledError,
    Order,
    import_files,
)
from streams.store.client import Result
from streams.topology import PUBLIC, changelog, rows_topic


class FakeStore:
    """Answers that it has heard of `highest` lines and stored `stored`; anything else is none."""

    database = "touchline"

    def __init__(self, highest=0, stored=0):
        self.highest, self.stored = highest, stored

    def query(self, sql, *_):
        if "max(line)" in sql:
            return Result([], [], [(self.highest,)])
        if "GROUP BY reason" in sql:
            return Result([], [], [])
        received = "FROM receipts WHERE import_file" in sql and "uniqExact" in sql and "rejected" not in sql
        return Result([], [], [(self.stored if received or "FROM touchpoints" in sql else 0,)])


class Watch:
    def __init__(self):
        self.said = []

    def at(self, phase, done, total): ...

    def say(self, words):
        self.said.append(words)


def sale(number, second=None, **more):
    second = number if second is None else second
    return {
        "event_id": f"e-{number}",
        "source": "till",
        "channel": "till",
        "type": "sale.made",
        "occurred_at": f"2020-05-04T10:{second // 60:02}:{second % 60:02}Z",
        "place": "shop",
        "data": {"receipt": "r", "amount": 1, "currency": "EUR"},
        **more,
    }


@pytest.fixture
def broker(freezing, create):
    """A broker of the test's own with the topics that an import looks at."""
    for topic in (PUBLIC, changelog("validate"), rows_topic("touchpoints"), rows_topic("rejected")):
        create(freezing.servers, topic)
    return Connection(freezing.servers, "embedded")


@pytest.fixture
def written(broker, read_from):
    return lambda count: read_from(broker.servers, PUBLIC, count)


@pytest.fixture
def file(tmp_path):
    """Five sales, the last two the wrong way round."""
    path = tmp_path / "sales.jsonl"
    write_jsonl([sale(1), sale(2), sale(3), sale(5), sale(4)], path)
    return path


def run(connection, file, store=None, watch=None, clock="event", **order):
    asked = Order((str(file),), clock, **order)
    return asyncio.run(import_files(asked, connection, store or FakeStore(), watch or Watch()))


def test_lines_go_in_order_of_time_with_their_number_and_then_the_control_record(broker, file, written):
    outcome = run(broker, file)
    *lines, (key, value, headers) = written(6)

    assert [orjson.loads(value)["event_id"] for _, value, _ in lines] == ["e-1", "e-2", "e-3", "e-4", "e-5"]
    assert [key for key, _, _ in lines][:2] == [b"till:e-1", b"till:e-2"]
    assert [headers for _, _, headers in lines] == [
        [("touchline-import", b"%s:%d" % (outcome.name.encode(), number))] for number in range(1, 6)
    ]
    assert (key, orjson.loads(value)) == (None, {"control": "advance", "by_ms": 86_400_000})
    assert headers == [("touchline", b"control")]


def test_more_follows_leaves_the_clock_alone_and_the_next_run_closes(broker, file, written):
    assert run(broker, file, more_follows=True).sent == 5
    again = run(broker, file)

    assert (again.sent, again.before) == (0, 5)
    assert [headers[0][0] for _, _, headers in written(6)] == ["touchline-import"] * 5 + ["touchline"]


def test_the_same_file_again_has_nothing_to_do_even_before_anything_is_stored(broker, file, written):
    watch = Watch()
    run(broker, file)
    again = run(broker, file, watch=watch)
    run(broker, file, more_follows=True)

    assert (again.sent, again.before, watch.said) == (0, 5, ["nothing to do: every line was imported before"])
    assert len(written(6)) == 6


def test_it_goes_on_behind_the_highest_line_that_the_store_knows(broker, file, written):
    watch = Watch()
    outcome = run(broker, file, FakeStore(highest=3), watch)

    assert (outcome.sent, outcome.before) == (2, 3)
    assert [headers[0][1][-2:] for _, _, headers in written(3)][:2] == [b":4", b":5"]
    assert watch.said == ["imported before up to line 3; goes on behind it"]


def test_rows_that_wait_for_the_sink_count_as_imported(broker, file, post):
    name = importing.prepare((str(file),), file.parent).name
    rows = [orjson.dumps({"import_file": name, "import_line": line}) for line in (1, 2, 4)]
    post(broker.servers, rows_topic("touchpoints"), b"\n".join(rows[:2]))
    post(broker.servers, rows_topic("rejected"), rows[2])

    assert run(broker, file).before == 4


def test_the_append_clock_takes_no_past_but_as_a_backfill(broker, file, written):
    with pytest.raises(ImportRefusedError, match="--backfill"):
        run(broker, file, clock="append")
    assert run(broker, file, clock="append", backfill=True).sent == 5
    assert all(headers[1:] == [("touchline-backfill", b"1")] for _, _, headers in written(5))


def test_a_clock_that_is_later_than_the_file_refuses_it_and_sends_nothing(broker, file, post):
    position = {"watermark": importing.moment(orjson.dumps(sale(2))), "offset": 0}
    post(broker.servers, changelog("validate"), b"\x01" + orjson.dumps(position), key=b"")

    with pytest.raises(
        ImportRefusedError, match=r"shows 2020-05-04T10:00:02.000Z, the lines begin at 2020-05-04T10:00:01"
    ):
        run(broker, file)
    assert run(broker, file, FakeStore(highest=1)).sent == 4


def test_without_the_topic_it_says_who_makes_it(freezing, file):
    with pytest.raises(ImportRefusedError, match="touchline topics"):
        run(Connection(freezing.servers, "embedded"), file)


def test_a_line_that_no_record_can_hold_is_named_and_the_others_go(broker, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "LONGEST_LINE", 1_000)
    monkeypatch.setattr("streams.sources.lines.LONGEST_LINE", 1_000)
    path, watch = tmp_path / "long.jsonl", Watch()
    write_jsonl([sale(1), sale(2, note="x" * 2_000), sale(3)], path)
    outcome = run(broker, path, watch=watch)

    assert (outcome.sent, outcome.too_large, outcome.ok) == (2, 1, False)
    assert watch.said == ["too long to be sent, above 1,000 bytes: line 2; shorten them"]


def test_waiting_for_a_worker_that_does_not_run_ends_with_what_to_look_at(broker, file, create):
    for topic in ("events", "place-events", *map(rows_topic, importing.standing.ROW_TABLES)):
        create(broker.servers, topic)
    with pytest.raises(ImportStalledError, match="are the worker and the sink running"):
        run(broker, file, wait=True, patience_seconds=0.5)


def test_an_account_that_does_not_add_up_is_not_ok(broker, file, monkeypatch):
    async def at_rest(*_): ...

    monkeypatch.setattr(importing, "until_at_rest", at_rest)
    whole = run(broker, file, FakeStore(stored=5), wait=True)
    lacking = run(broker, file, FakeStore(stored=3), wait=True)

    assert (whole.ok, whole.account.missing) == (True, 0)
    assert (lacking.ok, lacking.account.missing) == (False, 2)


def test_a_broker_that_does_not_answer_is_one_line_that_says_how_to_go_on(file, nobody):
    with pytest.raises(ImportInterruptedError, match=rf"{nobody} does not answer: .*; import the same file again"):
        run(Connection(nobody, "embedded"), file)
