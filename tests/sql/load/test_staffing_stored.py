"""Rows of `staffing` as the engine stores them: nothing is lost on the way, and the verdict stands beside."""

from collections.abc import Iterator

import orjson
import pytest
from support.load_log import Shell, fact, log_of, stay, watermark

from schemas.place import Place
from schemas.rows import ROWS
from streams.store.client import Store

T = 1_800_000_000_000
DESK = Place(id="desk", target_wait_seconds=60)


@pytest.fixture(scope="module")
def told() -> list[bytes]:
    """Ten people, one every 30 s with a minute of service; the desk gets one server, then three, then closes."""
    starts = [(number, T + number * 30_000 + 10_000) for number in range(10)]
    people = [stay("desk", f"token:{number}", at - 10_000, at, at + 60_000) for number, at in starts]
    staff = [fact("desk", "staff.assigned", T + at * 1_000, count=count) for at, count in ((305, 1), (310, 3))]
    log = log_of(*people, *staff, fact("desk", "place.closed", T + 320_000), watermark(T + 3_600_000))
    return Shell((DESK,)).run(log).staffing


@pytest.fixture(name="kept")
def stored_rows(store: Store, told: list[bytes]) -> Iterator[Store]:
    store.command("TRUNCATE TABLE staffing_all")
    store.insert_rows("staffing_all", b"\n".join(told))
    yield store
    store.command("TRUNCATE TABLE staffing_all")


def test_every_column_comes_back_as_it_was_said(kept: Store, told: list[bytes]) -> None:
    rows = sorted((orjson.loads(row) for row in told), key=lambda row: row["at"])
    names = [name for name in ROWS["staffing"].columns if name not in ("at", "version")]

    found = kept.query(f"SELECT {', '.join(names)} FROM staffing ORDER BY at").rows

    assert found == [tuple(row[name] for name in names) for row in rows]


def test_the_verdict_follows_from_servers_and_need(kept: Store) -> None:
    query = (
        "SELECT servers, servers_required, spare, verdict, state FROM staffing WHERE at >= {from:DateTime64(3, 'UTC')}"
    )

    rows = kept.query(f"{query} ORDER BY at", {"from": T // 1_000 + 240}).rows

    assert rows[:4] == [
        (None, 2, None, "unknown", "open"),
        (1, 2, -1, "under", "open"),
        (3, 2, 1, "over", "open"),
        (3, None, None, "unknown", "closed"),
    ]


def test_the_offered_load_is_arrivals_per_second_times_service(kept: Store) -> None:
    ((erlangs, expected),) = kept.query(
        "SELECT erlangs, arrivals / 900 * service_seconds FROM staffing WHERE services > 0 ORDER BY at DESC LIMIT 1"
    ).rows

    assert erlangs == pytest.approx(10 / 900 * 60)
    assert erlangs == expected
