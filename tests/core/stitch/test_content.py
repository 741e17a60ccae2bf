"""What is known of somebody: parts make the same whole in any order and grouping; visits, money, waits are right."""

import random
from collections import defaultdict
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.stitch import content as contents
from streams.stitch import ids
from streams.stitch.content import EMPTY, Content, add, add_wait, from_json, merge, to_json, totals_of
from streams.stitch.money import amount_units, units_text
from streams.stitch.piece import ContentRules, Piece, pack, piece_of, piece_pos, unpack
from streams.stitch.visit import PHYSICAL, SENT_BY_COMPANY
from streams.stitch.visited import changed_visits, is_forgotten, visits_of, visits_since

MINUTE, HOUR = 60_000, 3_600_000
START = 1_700_000_000_000
UTC = ContentRules("EUR", "UTC")


def touch(kind: str, at: int, event_id: str = "e", **more: Any) -> dict[str, Any]:
    message = {"t": at, "s": "shop", "e": event_id, "c": "web", "y": kind, "p": None, "d": {}}
    return message | more


def piece(message: dict[str, Any], rules: ContentRules = UTC) -> Piece:
    return piece_of(message, ids.name(message["s"], message["e"]), rules)


def content_of(*messages: dict[str, Any], rules: ContentRules = UTC) -> Content:
    content = EMPTY
    for message in messages:
        content = add(content, piece(message, rules))
    return content


def ms(text: str, zone: str = "UTC") -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


# -- the same in any order and grouping, against a batch of its own -------------------------------------


KINDS = ["page.viewed", "page.viewed", "presence.seen", "queue.joined", "message.sent", "order.placed", "order.placed"]
KINDS += [
    "order.cancelled",
    "sale.made",
    "refund.made",
    "booking.made",
    "meal.ordered",
    "consent.changed",
    "photo.taken",
]


def random_touch(rnd: random.Random, number: int, span: int) -> dict[str, Any]:
    kind, at = rnd.choice(KINDS), START + rnd.randrange(span) // MINUTE * MINUTE
    data: dict[str, Any] = {"booking": rnd.choice("ab")} if rnd.random() < 0.2 else {}
    if kind.startswith("order.") or rnd.random() < 0.1:
        data["order"] = rnd.choice("uvwxyz")
    if kind == "consent.changed":
        data |= {"purpose": rnd.choice(["news", "profile"]), "granted": rnd.random() < 0.5}
    if rnd.random() < 0.1:
        data["audience"] = rnd.choice(["staff", "bot", "test"])
    message = touch(kind, at, f"e{number}", s=rnd.choice(["shop", "app"]), c=rnd.choice(["web", "app"]), d=data)
    message["p"] = rnd.choice([None, "ride", "shop"])
    return message | {"a": str(rnd.randint(1, 999) / 100), "u": rnd.choice(["EUR", "EUR", "USD"])}


def batch_visits(touches: list[dict[str, Any]], waits: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """Gaps and islands; UTC, where a day begins at 04:00."""
    visits: list[dict[str, Any]] = []
    for one in sorted(touches, key=lambda one: one["t"]):
        if one["y"] in SENT_BY_COMPANY:
            continue
        at, gap = one["t"], 4 * HOUR if one["y"] in PHYSICAL else HOUR // 2
        until = min(at + gap, (at - 4 * HOUR) // (24 * HOUR) * 24 * HOUR + 28 * HOUR - 1)
        if not visits or at > visits[-1]["cover"]:
            visits.append({"start": at, "cover": until, "touches": [], "waits": []})
        visits[-1]["cover"] = max(until, visits[-1]["cover"])
        visits[-1]["touches"].append(one)
    for joined, wait in waits:
        for visit in visits:
            if visit["start"] <= joined <= visit["cover"]:
                visit["waits"].append(wait)
    return visits


def batch_money(touches: list[dict[str, Any]]) -> list[tuple[int, str, int]]:
    """(when, currency, units) of everything that counts; cancelled orders are looked up in `touches` as a whole."""
    found = []
    placed: dict[str, tuple[int, bytes, str, int]] = {}
    cancelled = {one["d"]["order"] for one in touches if one["y"] == "order.cancelled"}
    for one in touches:
        kind, at, order, units = one["y"], one["t"], one["d"].get("order"), amount_units(one["a"])
        if kind == "order.placed":
            claim = (at, ids.name(one["s"], one["e"]), one["u"], units)
            placed[order] = min(placed.get(order, claim), claim)
        elif kind == "refund.made":
            found.append((at, one["u"], -units))
        elif kind == "sale.made" or (kind in ("booking.made", "meal.ordered") and not order):
            found.append((at, one["u"], units))
    return found + [(at, of, units) for order, (at, _, of, units) in placed.items() if order not in cancelled]


def check(content: Content, touches: list[dict[str, Any]], waits: list[tuple[int, int]]) -> None:
    money, expected = batch_money(touches), []
    for visit in batch_visits(touches, waits):
        own = sum(units for at, of, units in money if of == "EUR" and visit["start"] <= at <= visit["cover"])
        texts = [sorted({one[field] for one in visit["touches"]} - {None}) for field in "cp"]
        bookings = sorted({one["d"]["booking"] for one in visit["touches"] if "booking" in one["d"]})
        last, many = max(one["t"] for one in visit["touches"]), len(visit["touches"])
        figures = (visit["start"], last, visit["cover"], many, own, *map(tuple, [*texts, bookings]))
        expected.append((*figures, len(visit["waits"]), sum(visit["waits"])))
    assert [tuple(visit) for visit in visits_of(content)] == expected
    totals, sums = totals_of(content), defaultdict(int)
    for _, currency, units in money:
        sums[currency] += units
    placed = {one["d"]["order"] for one in touches if one["y"] == "order.placed"}
    cancelled = {one["d"]["order"] for one in touches if one["y"] == "order.cancelled"}
    assert (totals.touchpoints, totals.visits) == (len(touches), len(expected))
    times = [one["t"] for one in touches]
    assert (totals.first, totals.last) == (min(times, default=None), max(times, default=None))
    assert (totals.orders, totals.units) == (len(placed - cancelled), sums.pop("EUR", 0))
    assert totals.others == {currency: units for currency, units in sums.items() if units}
    assert (totals.waits, totals.wait_ms) == (len(waits), sum(wait for _, wait in waits))
    consents = sorted(
        (one for one in touches if one["y"] == "consent.changed"), key=lambda one: (one["t"], one["s"], one["e"])
    )
    assert totals.consents == {one["d"]["purpose"]: int(one["d"]["granted"]) for one in consents}
    names = ["customer", "staff", "bot", "test"]
    assert totals.audiences == sum({1 << names.index(one["d"].get("audience", "customer")) for one in touches})


def in_any_grouping(rnd: random.Random, pieces: list[Piece], waits: list[tuple[int, int]]) -> Content:
    """Dealt out to several, each in an order of its own, written and read, and merged in a random tree."""
    parts = [EMPTY] * rnd.choice([1, 2, 3, 7])
    for one in rnd.sample(pieces, len(pieces)):
        index = rnd.randrange(len(parts))
        parts[index] = add(parts[index], one)
    for joined, wait in rnd.sample(waits, len(waits)):
        index = rnd.randrange(len(parts))
        parts[index] = add_wait(parts[index], joined, wait)
    while len(parts) > 1:
        rnd.shuffle(parts)
        some = rnd.randint(2, len(parts))
        parts = [from_json(orjson.loads(orjson.dumps(to_json(merge(*parts[:some]))))), *parts[some:]]
    return parts[0]


SEEDS = st.integers(0, 1 << 40)
MANY = st.sampled_from([0, 1, 2, 5, 12, 30])
SPANS = st.sampled_from([HOUR, 6 * HOUR, 30 * HOUR, 5 * 24 * HOUR])
WORLDS = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@WORLDS
@given(SEEDS, MANY, SPANS)
def test_in_any_order_and_grouping_it_is_what_a_batch_over_everything_gives(seed, many, span):
    rnd = random.Random(seed)
    touches = [random_touch(rnd, number, span) for number in range(many)]
    waits = [(START + rnd.randrange(span), rnd.randrange(HOUR)) for _ in range(rnd.choice([0, 1, 3, 32]))]
    pieces = unpack(b"".join(pack(piece(message)) for message in touches)) if touches else []
    got, again = in_any_grouping(rnd, pieces, waits), in_any_grouping(rnd, pieces, waits)
    check(got, touches, waits)
    assert orjson.dumps(to_json(got)) == orjson.dumps(to_json(again))


@WORLDS
@given(SEEDS)
def test_beyond_the_bounds_nothing_is_lost_from_the_sums(seed):
    rnd = random.Random(seed)
    touches = [random_touch(rnd, number, 90 * 24 * HOUR) for number in range(150)]
    for number, message in enumerate(touches):
        message["d"] |= {"order": f"o{number}"} if message["y"].startswith("order.") else {}
    touches += [
        touch("order.placed", START + number, f"p{number}", a="1", u="EUR", d={"order": f"p{number}"})
        for number in range(90)
    ]
    waits = [(START + rnd.randrange(90 * 24 * HOUR), rnd.randrange(HOUR)) for _ in range(90)]
    got = totals_of(in_any_grouping(rnd, [piece(message) for message in touches], waits))
    assert (got.touchpoints, got.waits, got.wait_ms) == (len(touches), 90, sum(wait for _, wait in waits))
    assert got.units == sum(units for _, currency, units in batch_money(touches) if currency == "EUR")
    assert got.orders == sum(message["y"] == "order.placed" for message in touches)
    assert got.visits == len(batch_visits(touches, []))


def test_nothing_merged_is_nothing_and_one_part_is_itself():
    content = content_of(touch("page.viewed", START))
    assert merge() == merge(EMPTY, EMPTY) == EMPTY
    assert merge(EMPTY, content) == content
    assert contents.is_empty(EMPTY)
    assert not contents.is_empty(add_wait(EMPTY, START, 0))


def test_what_is_merged_or_added_to_stays_what_it_was():
    placed = touch("order.placed", START, "p", a="5", d={"order": "x"})
    one, other = content_of(placed), content_of(touch("order.cancelled", START + 1, "c", d={"order": "x"}))
    before = [to_json(one), to_json(other)]
    merge(one, other)
    add(one, piece(touch("sale.made", START + 2, "s", a="1", u="USD")))
    assert [to_json(one), to_json(other)] == before


# -- visits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "gap"), [("page.viewed", 30 * MINUTE), ("photo.taken", 30 * MINUTE), ("sale.made", 4 * HOUR)]
)
def test_exactly_the_gap_still_belongs_and_one_ms_more_does_not(kind, gap):
    at = ms("2026-05-04T08:00")
    together = content_of(touch(kind, at), touch("page.viewed", at + gap))
    apart = content_of(touch(kind, at), touch("page.viewed", at + gap + 1))
    assert [(visit.start, visit.last, visit.cover) for visit in visits_of(together)] == [
        (at, at + gap, at + gap + 30 * MINUTE)
    ]
    assert [visit.start for visit in visits_of(apart)] == [at, at + gap + 1]


def test_a_late_touch_between_two_visits_makes_them_one():
    at = ms("2026-05-04T08:00")
    apart = content_of(touch("page.viewed", at, c="web"), touch("page.viewed", at + 50 * MINUTE, "f", c="app"))
    joined = add(apart, piece(touch("page.viewed", at + 25 * MINUTE, "g")))
    assert len(visits_of(apart)) == 2
    [visit] = visits_of(joined)
    assert (visit.start, visit.last, visit.touchpoints) == (at, at + 50 * MINUTE, 3)
    assert visit.channels == ("app", "web")


def test_somebody_in_the_body_is_still_there_while_the_phone_rests():
    at = ms("2026-05-04T10:00")
    touches = [
        touch("place.entered", at, p="park"),
        touch("page.viewed", at + 3 * HOUR),
        touch("queue.joined", at + 4 * HOUR, p="ride"),
    ]
    [visit] = visits_of(content_of(*touches))
    assert (visit.touchpoints, visit.places, visit.cover) == (3, ("park", "ride"), at + 8 * HOUR)


def test_what_the_company_sends_counts_but_makes_no_visit():
    sent = [touch(kind, START + index, str(index)) for index, kind in enumerate(sorted(SENT_BY_COMPANY))]
    content = content_of(*sent)
    assert visits_of(content) == ()
    assert (totals_of(content).touchpoints, totals_of(content).visits) == (4, 0)


NIGHTS = [
    ("UTC", "2026-05-04T03:59:59.999", "2026-05-04T04:00"),
    ("Asia/Kathmandu", "2026-05-04T03:59:59.999", "2026-05-04T04:00"),
    ("America/St_Johns", "2026-05-04T03:59:59.999", "2026-05-04T04:00"),
    ("Pacific/Kiritimati", "2026-05-04T03:59:59.999", "2026-05-04T04:00"),
    ("Europe/Berlin", "2026-03-29T03:59:59.999", "2026-03-29T04:00"),
    ("Europe/Berlin", "2026-10-25T03:59:59.999", "2026-10-25T04:00"),
    ("Asia/Baku", "2015-03-29T03:59:59.999", "2015-03-29T05:00"),
]


@pytest.mark.parametrize(("zone", "last", "first"), NIGHTS)
def test_a_visit_ends_at_four_in_the_morning_on_the_wall(zone, last, first):
    before, after = ms(last, zone), ms(first, zone)
    assert after - before == 1
    content = content_of(touch("sale.made", before), touch("sale.made", after), rules=ContentRules("EUR", zone))
    assert [(visit.start, visit.touchpoints) for visit in visits_of(content)] == [(before, 1), (after, 1)]
    assert visits_of(content)[0].cover == before


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)])
def test_the_day_between_two_cuts_is_as_long_as_the_clocks_make_it(day, hours):
    days, at = ContentRules("EUR", "Europe/Berlin").days, ms(f"{day}T04:00", "Europe/Berlin")
    assert days.next_cut(at) == at + hours * HOUR
    assert days.next_cut(at - 1) == at


def test_every_hour_of_two_years_is_followed_by_the_cut_that_the_calendar_says():
    zone = ZoneInfo("Australia/Lord_Howe")
    days, at = ContentRules("EUR", "Australia/Lord_Howe").days, ms("2025-01-01T00:00")
    for _ in range(2 * 365 * 24):
        at += HOUR
        cut = datetime.fromtimestamp(days.next_cut(at) / 1000, timezone.utc).astimezone(zone)
        assert (cut.hour, cut.minute) == (4, 0)
        assert 0 < cut.timestamp() * 1000 - at <= 25 * HOUR


def test_of_many_visits_the_latest_are_at_hand_and_the_others_packed():
    at = ms("2026-01-01T12:00")
    content = content_of(*(touch("page.viewed", at + day * 24 * HOUR, str(day)) for day in range(40)))
    assert [cover[0] for cover in content.covers] == [at + day * 24 * HOUR for day in range(8, 40)]
    assert [visit.start for visit in visits_of(content)] == [at + day * 24 * HOUR for day in range(40)]
    assert (totals_of(content).visits, totals_of(content).first) == (40, at)


def test_beyond_all_bounds_visits_are_counted_only_and_nobody_takes_them_for_gone():
    at, day = ms("2020-01-01T12:00"), 24 * HOUR
    content = content_of(*(touch("page.viewed", at + number * day, str(number)) for number in range(1_100)))
    known = visits_of(content)
    assert totals_of(content).visits == 1_100
    assert 900 < len(known) < 1_100
    assert is_forgotten(content, known[0].start - day)
    assert not is_forgotten(content, known[0].start)
    assert len(orjson.dumps(to_json(content))) < 20_000


FEWER = settings(WORLDS, max_examples=20)


@FEWER
@given(SEEDS)
def test_of_hundreds_of_visits_every_one_is_known_in_any_order_and_grouping(seed):
    rnd = random.Random(seed)
    touches = [random_touch(rnd, number, 90 * 24 * HOUR) for number in range(150)]
    touches = [one | {"y": "page.viewed"} if one["y"].startswith("order.") else one for one in touches]
    waits = [(START + rnd.randrange(90 * 24 * HOUR), rnd.randrange(HOUR)) for _ in range(rnd.choice([0, 32]))]
    check(in_any_grouping(rnd, [piece(message) for message in touches], waits), touches, waits)


@FEWER
@given(SEEDS)
def test_the_visits_that_changed_are_those_that_differ(seed):
    rnd = random.Random(seed)
    touches = [random_touch(rnd, number, 60 * 24 * HOUR) for number in range(rnd.choice([2, 60, 120]))]
    waits = [(START + rnd.randrange(60 * 24 * HOUR), rnd.randrange(HOUR)) for _ in range(20)]
    before = in_any_grouping(rnd, [piece(message) for message in touches], waits)
    after = add(before, piece(random_touch(rnd, 999, 60 * 24 * HOUR)))
    if rnd.random() < 0.5:
        after = add_wait(after, *rnd.choice([waits[0], (START + rnd.randrange(60 * 24 * HOUR), 5)]))
    differ = {visit.start for visit in set(visits_of(before)) ^ set(visits_of(after))}
    assert differ <= changed_visits(before, after)
    assert {visit.start: visit for visit in visits_of(after)} == visits_since(after, 0)


def visited(days: int, places: list[str], **more: Any) -> Content:
    at = ms("2026-01-01T12:00")
    return content_of(
        *(
            touch("presence.seen", at + day * 24 * HOUR + number, f"{day} {number}", p=place, **more)
            for day in range(days)
            for number, place in enumerate(places)
        )
    )


def test_whoever_visits_every_day_and_goes_everywhere_is_kept_whole():
    content = visited(32, [f"attraction-{number}" for number in range(40)])
    assert [len(visit.places) for visit in visits_of(content)] == [40] * 32
    assert len(orjson.dumps(to_json(content))) < 8_000


@pytest.mark.parametrize("worst", ["x", "\x01", "\N{ROLLER COASTER}"])
def test_with_more_texts_than_fit_there_are_fewer_visits_and_then_fewer_places(worst):
    places = [f"{number:03}".ljust(128, worst) for number in range(70)]
    content = merge(visited(3, places, d={"booking": worst * 128}), visited(4, places))
    [(*_, kept, _, _, _)] = content.covers
    assert 0 < len(kept) < 64
    assert kept == tuple(places[: len(kept)])
    assert totals_of(content).visits == 4
    assert len(orjson.dumps(to_json(content))) < 27_000


def test_consents_are_bounded_whatever_is_written_into_them():
    worst, content = "\x01" * 124, EMPTY
    for number in range(40):
        said = {"purpose": f"{number:04}{worst}", "granted": True}
        content = add(content, piece(touch("consent.changed", START + number, f"{number}{worst}", d=said)))
    assert 1 < len(totals_of(content).consents) < 32
    assert len(orjson.dumps(to_json(content))) < 10_000


# -- money ------------------------------------------------------------------------------------------------


def test_an_order_placed_here_and_cancelled_there_counts_nowhere():
    placed = content_of(touch("order.placed", START, "p", a="12.50", d={"order": "x"}))
    cancelled = content_of(touch("order.cancelled", START + HOUR, "c", d={"order": "x"}))
    assert totals_of(placed)[4:6] == (1, 125_000)
    assert visits_of(placed)[0].units == 125_000
    for whole in (merge(placed, cancelled), merge(cancelled, placed)):
        assert totals_of(whole)[4:6] == (0, 0)
        assert [visit.units for visit in visits_of(whole)] == [0, 0]


def test_an_order_placed_twice_counts_once_with_what_it_was_first():
    first = content_of(touch("order.placed", START, "a", a="10", d={"order": "x"}))
    again = content_of(touch("order.placed", START + 1, "b", a="99", d={"order": "x"}))
    assert totals_of(merge(again, first))[4:6] == (1, 100_000)


def test_refunds_take_away_and_other_currencies_stand_beside():
    content = content_of(
        touch("sale.made", START, "a", a="10.5", u="EUR"),
        touch("refund.made", START + 1, "b", a="3"),
        touch("sale.made", START + 2, "c", a="7", u="USD"),
        touch("order.placed", START + 3, "d", a="1", u="USD", d={"order": "x"}),
        touch("payment.made", START + 4, "e", a="10.5", u="EUR"),
    )
    totals = totals_of(content)
    assert (units_text(totals.units), totals.others) == ("7.5000", {"USD": 80_000})
    assert [units_text(visit.units) for visit in visits_of(content)] == ["7.5000"]


def test_an_order_without_a_key_counts_and_nothing_cancels_it():
    content = content_of(touch("order.placed", START, a="5"), touch("order.cancelled", START + 1, "f"))
    assert totals_of(content)[4:6] == (1, 50_000)


def test_of_many_orders_the_oldest_keep_their_worth_and_cancelling_them_does_nothing():
    orders = [
        touch("order.placed", START + number, f"p{number}", a="1", d={"order": f"o{number}"}) for number in range(70)
    ]
    cancelling = touch("order.cancelled", START + HOUR, "c", d={"order": "o0"})
    content = content_of(*orders, cancelling)
    assert totals_of(content)[4:6] == (70, 700_000)
    assert sum(visit.units for visit in visits_of(content)) == 700_000
    assert len(content.money.orders) == 64


def test_money_beyond_64_bits_is_written_and_read():
    content = content_of(
        *(touch("sale.made", START + number, str(number), a="1000000000000") for number in range(1000))
    )
    assert from_json(orjson.loads(orjson.dumps(to_json(content)))) == content
    assert units_text(totals_of(content).units) == "1000000000000000.0000"


@pytest.mark.parametrize("amount", [None, 5, "", "abc", "NaN", "Infinity", "1e13"])
def test_what_is_no_amount_is_worth_nothing(amount):
    assert amount_units(amount) == 0


# -- waits, consents, audiences ---------------------------------------------------------------------------


def test_a_wait_belongs_to_the_visit_in_which_it_began_wherever_that_is_known():
    at = ms("2026-05-04T10:00")
    visited, waited = (
        content_of(touch("place.entered", at, p="park")),
        add_wait(add_wait(EMPTY, at + HOUR, 600_000), 0, 1),
    )
    whole = merge(waited, visited)
    assert [(visit.waits, visit.wait_ms) for visit in visits_of(whole)] == [(1, 600_000)]
    assert totals_of(whole)[7:9] == (2, 600_001)


def test_of_many_waits_the_oldest_keep_their_place_in_the_sums_and_in_the_visit():
    at = ms("2026-05-04T10:00")
    content = content_of(touch("place.entered", at, p="park"))
    for number in range(40):
        content = add_wait(content, at + number, 1_000)
    assert len(content.waits.recent) == 32
    assert [(visit.waits, visit.wait_ms) for visit in visits_of(content)] == [(40, 40_000)]
    assert totals_of(content)[7:9] == (40, 40_000)


def test_the_latest_word_on_a_purpose_counts():
    def said(at: int, granted: object, event_id: str = "e") -> Content:
        return content_of(touch("consent.changed", at, event_id, d={"purpose": "news", "granted": granted}))

    assert totals_of(merge(said(START + 1, False), said(START, True))).consents == {"news": 0}
    assert totals_of(merge(said(START, True, "b"), said(START, False, "a"))).consents == {"news": 1}
    assert totals_of(said(START, "yes")).consents == {"news": 0}


def test_of_many_purposes_those_changed_last_are_kept():
    changes = [
        touch("consent.changed", START + number, str(number), d={"purpose": f"{number:02}", "granted": True})
        for number in range(40)
    ]
    assert [*totals_of(content_of(*changes)).consents] == [f"{number:02}" for number in range(8, 40)]


def test_whoever_was_also_staff_is_known_as_both():
    content = content_of(touch("page.viewed", START), touch("page.viewed", START, "f", d={"audience": "staff"}))
    assert totals_of(content).audiences == 3


def test_at_one_instant_a_wristband_is_returned_then_issued_then_worn():
    kinds = ["presence.seen", "wristband.issued", "wristband.returned"]
    order = sorted(piece_pos(piece(touch(kind, START, p="gate"))) for kind in kinds)
    assert order == [START * 4, START * 4 + 2, START * 4 + 3]


def test_orders_that_are_folded_when_parts_meet_keep_their_worth_in_the_visit_too():
    def orders(first: int) -> Content:
        numbers = range(first, first + 40)
        return content_of(
            *(touch("order.placed", START + n, f"p{n}", a="1", d={"order": f"o{n}"}) for n in numbers),
        )

    whole = merge(orders(0), orders(40))
    assert len(whole.money.orders) == 64
    assert (totals_of(whole).orders, [visit.units for visit in visits_of(whole)]) == (80, [800_000])
