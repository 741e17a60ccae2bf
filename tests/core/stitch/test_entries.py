"""How entries are kept: these bytes are in changelogs, so they stay readable; what bounds them; what is at rest."""

import tracemalloc

import orjson
import pytest
from support.stitch_world import HOUR, LIMITS, LogEntry

from streams.outbox import Outbox
from streams.stitch.actor import (
    Actor,
    Child,
    Claim,
    Closings,
    EvidencePage,
    Grave,
    Identity,
    IdPage,
    Lease,
    LeasePage,
    MergesOf,
    PiecePage,
    SealedPage,
    SealedRow,
    Slice,
    Waiting,
)
from streams.stitch.content import EMPTY, Content, Waits
from streams.stitch.identity.lease import FIRST, Run
from streams.stitch.ids import pack
from streams.stitch.money import Money, Order
from streams.stitch.older import Older
from streams.stitch.piece import pack as pack_piece
from streams.stitch.state import StitchState
from streams.stitch.step import step

BAND = "wristband:w"
NOW = 1_700_000_000_000


def full_content() -> Content:
    money = Money(-125_000, {"USD": 10**20}, {"6f72646572": Order(NOW, "6e616d65", 125_000, "", NOW + 1)}, 3)
    cover = (NOW, NOW + 60_000, NOW + 1_800_000, 7, 10**20, ("app", "web"), ("ride",), ("b1",), 1, 60_000)
    waits = Waits(2, 120_000, ((NOW, 60_000),))
    older = Older(4, 0, 0, 0, "")
    return Content(7, NOW, NOW + 60_000, 5, (cover,), older, money, waits, {"news": (NOW, "web", "e1", 1)})


def full_actor() -> Actor:
    actor = Actor()
    actor.touchpoints, actor.late, actor.duplicates = 7, 1, 3
    actor.first_seen, actor.last_seen = NOW, NOW + 60_000
    actor.ids, actor.id_pages = pack(b"naming__", NOW, b"payload_"), (3, 5)
    actor.evidence, actor.evidence_pages = ((NOW, 2, "gate", "e1", "ride", ""),), (0, 1)
    actor.characters = 10
    actor.open = (("ride", NOW, 0, "queue", None, None, "", 0, "", NOW + 3_600_000),)
    actor.carry = (actor.open, (NOW, "sales", True, NOW))
    actor.horizon, actor.due = NOW - 3_600_000, NOW + 3_605_000
    actor.own = full_content()
    actor.money = full_content().money
    actor.recent = pack_piece((NOW * 4 + 3, NOW + 1_800_000, "app", "ride", "", 1, 0)) * 2
    actor.piece_pages, actor.newest = (1, 2), NOW
    actor.identity = Identity(
        {"customer:c": (0, NOW, "web", "e1", "account.signed_in")},
        "customer:c",
        {"customer:d": (NOW, 0, 17, 1)},
        (5, "customer:e", (NOW, "web", "e2")),
        {"customer:c": (9, "customer:e")},
        1,
    )
    return actor


RUN = Run(NOW * 4 + 2, "customer:c", 1, NOW, "gate", "e1", "wristband.issued")
EVIDENCE = (NOW * 4 + 3, "web", "e1", "customer:c", "account.signed_in")
LINK = (0, NOW, "gate", "e1", "queue.joined")
SEALED = SealedRow("token:ride/7", 9, NOW * 4, "device:d", NOW * 4 + 3, NOW + 60_000, "held", LINK, 5)
ENTRIES = [
    ("cookie:a", Actor()),
    (BAND, full_actor()),
    ("\x1fi\x1f4\x1fcookie:a", IdPage(pack(b"naming__", NOW, b"payload_"))),
    ("\x1fe\x1f4\x1fwristband:w", EvidencePage(((NOW, 11, "acd", "e1", "", "ann"),))),
    ("\x1fc\x1fride", Closings((NOW, NOW + 1))),
    ("\x1fp\x1f4\x1fcookie:a", PiecePage(full_actor().recent)),
    ("\x1fl\x1fwristband:w", Lease(NOW * 4, (FIRST, RUN), ("customer:b",), (EVIDENCE,), (1, 3))),
    ("\x1fq\x1f2\x1fwristband:w", LeasePage((EVIDENCE,))),
    ("\x1fs\x1f11\x1fwristband:wcustomer:c", Slice(full_content())),
    ("\x1fw\x1f11\x1fwristband:wcustomer:c", Slice(EMPTY)),
    ("\x1fk\x1f10\x1fcustomer:ccookie:a", Child(7, None, full_content())),
    ("\x1fk\x1f10\x1fcustomer:ccookie:b", Child(8, NOW * 4 + 3, None)),
    ("\x1ft\x1f9\x1femail:h1:cphone:h1:a", Claim(3, "customer:c", (NOW, "web", "e1"))),
    ("\x1ft\x1f9\x1femail:h1:cphone:h1:b", Claim(4, "", None)),
    ("\x1fx\x1f0123456789abcdef", Grave(NOW, "command-1")),
    ("\x1fk\x1f8\x1fdevice:dtoken:ride/7\x1f9", Child(9, NOW * 4 + 3, full_content(), 1)),
    ("\x1fn\x1f2\x1fcustomer:c", SealedPage((SEALED, SEALED._replace(link=None)))),
    ("\x1fh\x1ftoken:ride/7", Waiting(('{"k":"touch"}',), ('{"k":"seen"}',))),
    ("\x1fm\x1fcustomer:a", MergesOf({"customer:b": (NOW, "web", "e1")}, {"customer:b": (NOW, 0, 1, 1)}, "")),
]


def fields(entry):
    if not isinstance(entry, Actor):
        return entry
    return {name: getattr(entry, name) for name in Actor.__slots__ if name != "sum"}


@pytest.mark.parametrize(("key", "entry"), ENTRIES)
def test_each_entry_is_read_as_it_was_written(talk, key, entry):
    again = talk.state.decode(key, talk.state.encode(entry))
    assert fields(again) == fields(entry)
    assert type(again) is type(entry)


def test_where_things_are_kept(talk):
    for number in range(70):
        talk.touch(BAND, "presence.seen", NOW + number, "ride")
    talk.close("ride", NOW)
    assert sorted(talk.state.entries) == [
        "\x1fc\x1fride",
        "\x1fe\x1f0\x1fwristband:w",
        "\x1fi\x1f0\x1fwristband:w",
        "\x1fp\x1f0\x1fwristband:w",
        BAND,
    ]


def test_a_key_that_is_no_identifier_cannot_be_spoken_to(talk):
    for key in ("", "\x1fi\x1f0\x1fwristband:w", "\x1fc\x1fride"):
        talk.touch("wristband:w", "presence.seen", NOW, "ride")
        talk.record(talk.about("presence.seen", NOW, "ride", {"k": "touch", "c": "app", "h": 1}), key)
    assert list(talk.state.entries) == [BAND]


def worst(number: int) -> str:
    """As long as the contract allows, and each character six bytes in JSON."""
    return f"{number:04}".translate({48 + digit: digit + 1 for digit in range(10)}) + "\x01" * 124


@pytest.mark.parametrize("kind", ["queue.joined", "service.started"])
def test_no_entry_exceeds_64_kib_whatever_is_written_into_it(talk, kind):
    for number in range(300):
        customer, data = "customer:" + "\x01" * 256, {"server": worst(number), "order": worst(number)}
        more = {"event_id": worst(number), "s": "s" * 64, "d": data}
        talk.seen(BAND, kind, NOW + number, "app-queue" if number % 2 else worst(number), customer=customer, **more)
        talk.touch(BAND, "order.placed", NOW + number, h=0, a="1000000000000", **more)
        talk.touch(BAND, kind, NOW + number, worst(number), **more | {"s": "t" * 64})
    sizes = [len(talk.state.encode(entry)) for entry in talk.state.entries.values()]
    assert max(sizes) <= 64 << 10
    assert len(sizes) > 10


def test_of_too_many_open_stays_the_one_that_times_out_first_ends(talk):
    places = [f"area-{number}" for number in range(40)]
    for number, place in enumerate(places):
        talk.touch(BAND, "photo.taken", NOW + number, place)
    open_places = [stay["place"] for stay in talk.stays() if stay["ended_at"] is None]
    assert open_places == places[-32:]


def test_an_identifier_at_rest_is_content_alone(talk):
    for number in range(200):
        talk.touch(BAND, "queue.joined", NOW + number * 60_000, f"ride-{number % 3}")
    for hours in range(1, 40):
        talk.watermark(NOW + hours * HOUR)
    assert list(talk.state.entries) == [BAND]
    actor = talk.state.entries[BAND]
    assert (actor.ids, actor.evidence, actor.recent, actor.newest, actor.open, actor.due) == (b"", (), b"", 0, (), None)
    assert (talk.state.timers, talk.state.visitors) == ([], {})


def test_a_busy_identifier_keeps_pages_only_as_long_as_they_are_needed(talk):
    for number in range(2_000):
        talk.touch(BAND, "presence.seen", NOW + number * 60_000, "ride")
        if number % 10 == 0:
            talk.watermark(NOW + number * 60_000)
    kinds = [key[:2] for key in talk.state.entries]
    assert kinds.count("\x1fe") <= 3
    assert kinds.count("\x1fi") <= 26 * 60 // 32 + 2


def test_restarts_in_the_middle_of_pages_change_nothing(talk, another_talk):
    kinds = ["queue.joined", "presence.seen", "service.started", "presence.seen", "service.ended"]
    for number in range(400):
        for spoken_to in (talk, another_talk):
            spoken_to.touch(BAND, kinds[number % 5], NOW + number * 30_000, f"ride-{number // 7 % 3}")
            spoken_to.watermark(NOW + number * 30_000 - 60_000)
        if number % 7 == 0:
            talk.restart()
    assert talk.stays() == another_talk.stays()
    assert talk.state.encode(talk.state.entries[BAND]) == another_talk.state.encode(another_talk.state.entries[BAND])


def test_old_evidence_in_a_page_that_is_still_needed_is_not_folded_twice(talk):
    minute = 60_000
    talk.touch(BAND, "queue.joined", NOW + minute, "app")
    for number in range(63):
        talk.touch(BAND, "presence.seen", NOW + minute + number, "app")
    talk.touch(BAND, "presence.seen", NOW, "shop")
    for number in range(70):
        talk.touch(BAND, "presence.seen", NOW + (2 + number) * minute, "app")
    talk.watermark(NOW + 71 * minute)
    talk.touch(BAND, "presence.seen", NOW + 72 * minute, "app")
    assert [key[:4] for key in talk.state.entries if key[:2] == "\x1fe"] == ["\x1fe\x1f1"]
    talk.restart()
    talk.touch(BAND, "queue.left", NOW + 73 * minute, "app")
    assert [(stay["joined_at"], stay["outcome"]) for stay in talk.stays() if stay["place"] == "app"] == [
        ((NOW + minute) / 1000, "abandoned")
    ]


def test_durable_entries_are_not_touched_before_they_are_settled(talk):
    for number in range(100):
        talk.touch(f"wristband:{number % 5}", "queue.joined", NOW + number * 60_000, f"ride-{number % 3}")
    before = {key: talk.state.encode(entry) for key, entry in talk.state.entries.items()}
    state, out = talk.state, Outbox()
    for number in range(100, 200):
        message = talk.about(
            "queue.joined", NOW + number * 60_000, "ride", {"k": "touch", "c": "app", "h": 1, "event_id": f"{number}"}
        )
        message["o"][2] = number
        state.begin(number)
        step(state, LogEntry(number, 0, b"wristband:%d" % (number % 5), orjson.dumps(message)), out)
    assert len(state.changes) >= 5
    assert {key: state.encode(entry) for key, entry in state.entries.items()} == before


def test_changes_thrown_away_leave_no_trace(talk):
    talk.touch(BAND, "queue.joined", NOW, "ride")
    position, state = orjson.dumps(talk.state.position()), talk.state
    message = talk.about("service.started", NOW + 1, "ride", {"k": "touch", "c": "app", "h": 1})
    state.begin(1)
    step(state, LogEntry(1, 0, BAND.encode(), orjson.dumps(message)), Outbox())
    state.changes = {}
    state.resume(orjson.loads(position))
    state.recovered()
    talk.touch(BAND, "queue.left", NOW + 60_000, "ride")
    assert [(stay["started_at"], stay["outcome"]) for stay in talk.stays()] == [(None, "abandoned")]


def test_a_cookie_with_three_page_views_costs_less_than_2_kib():
    state, many = StitchState(0, epoch=1, senders=1, **LIMITS), 2_000
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(3 * many):
        key = f"cookie:{number % many:032x}"
        origin = ["touchpoints", 0, number, 0, NOW, f"{number:016x}"]
        message = {"k": "touch", "o": origin, "t": NOW + number, "s": "web", "e": f"e{number}", "c": "web"}
        message |= {"y": "page.viewed", "i": {}, "p": None, "d": {}}
        state.begin(number)
        step(state, LogEntry(number, 0, key.encode(), orjson.dumps(message)), Outbox())
        state.settle()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / many < 2_048
