"""Worlds of people: few identifiers of every type, so that everything collides, told late, twice and out of order."""

import random
from datetime import datetime, timezone
from typing import Any, NamedTuple
from zlib import crc32

from schemas.place import Place, Places

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LATENESS, WINDOW = HOUR, 26 * HOUR
ZONES = ("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
STARTS = (
    1_790_049_600_000,  # an ordinary day, 2026-09-22
    1_774_746_000_000,  # the night in which Amsterdam's clocks go forward, 2026-03-29 01:00 UTC
    1_792_886_400_000,  # the night in which they go back, 2026-10-25 00:00 UTC
    1_775_311_200_000,  # the night in which Lord Howe goes back by half an hour, 2026-04-04 14:00 UTC
)
PLACES = Places(
    (
        Place(id="park", kind="area", presence_timeout_seconds=14_400),
        Place(id="ride", within="park", wait_timeout_seconds=3_600, service_timeout_seconds=1_800),
        Place(id="shop", within="park", kind="checkout", presence_timeout_seconds=600),
        Place(id="inn", wait_timeout_seconds=1_200),
        Place(id="sales", kind="call_queue", wait_timeout_seconds=2_400),
    )
)
POOL: dict[str, tuple[str, ...]] = {
    "customer": ("1", "2", "3"),
    "loyalty_card": ("1", "2"),
    "email": ("h1:" + "ea" * 32, "h1:" + "eb" * 32),
    "phone": ("h1:" + "fa" * 32, "h1:" + "fb" * 32),
    "wristband": ("w1", "w2"),
    "device": ("d1", "d2"),
    "cookie": ("k1", "k2"),
}
MADE = ("call:acd/1", "call:acd/2", "token:ride/7", "token:ride/8", "token:inn/7")
ONLINE = ("page.viewed", "search.made", "account.signed_in", "consent.changed", "order.placed", "order.cancelled")
ONLINE += ("message.opened", "message.sent", "booking.made", "payment.made", "subscription.started")
THERE = ("place.entered", "place.left", "presence.seen", "sale.made", "refund.made", "meal.ordered", "room.unlocked")
THERE += ("photo.taken", "bus.boarded", "queue.joined", "service.started", "service.ended", "queue.left")
BAND = ("wristband.issued", "wristband.issued", "wristband.activated", "wristband.returned", "wristband.returned")
CALLS = ("call.entered", "call.queued", "call.answered", "call.ended", "call.abandoned")


class Arrival(NamedTuple):
    """When (append time, ms) and in which input it comes; `told` is a touchpoint or, with `orders`, a command."""

    at: int
    input: int
    told: dict[str, Any]
    orders: bool = False


class World(NamedTuple):
    """Arrivals in order of time; `quiet`: when everybody waits until all is read; the last is the end (ms)."""

    arrivals: tuple[Arrival, ...]
    quiet: tuple[int, ...]
    partitions: int
    zone: str
    schedule: int
    crashes: int
    """Of so many chunks one is lost; 0: none."""


class Teller:
    """Writes down what happens in one world."""

    def __init__(self, dice: random.Random, *, start: int, span: int) -> None:
        self.dice, self.start, self.span = dice, start, span
        self.grid = dice.choice([1, MINUTE, MINUTE, 30 * MINUTE])
        self.touchpoints: list[tuple[int, dict[str, Any]]] = []

    def time(self, after: int = 0, within: int | None = None) -> int:
        """An instant in the span, on the world's grid, so that many things happen at once."""
        return min(after + self.dice.randrange(within or self.span) // self.grid * self.grid, self.span)

    def one(self, kind: str) -> dict[str, str]:
        return {kind: self.dice.choice(POOL[kind])}

    def some(self, *kinds: str, chance: float = 0.5) -> dict[str, str]:
        found: dict[str, str] = {}
        for kind in kinds:
            found |= self.one(kind) if self.dice.random() < chance else {}
        return found

    def tell(self, at: int, kind: str, who: dict[str, str], **fields: Any) -> None:
        """`at`: ms since the world's start. What a type asks for and nobody says is made up."""
        number = len(self.touchpoints)
        data = self._data(kind) | fields
        at += self.start + (number if kind == "order.placed" else 0)
        told: dict[str, Any] = {"event_id": f"e{number}", "source": self.dice.choice(["app", "gate"]), "type": kind}
        if kind.startswith("call."):
            told["source"] = "acd"
        told |= {"channel": self.dice.choice(["web", "app", "wristband", "till"]), "identifiers": who}
        told["occurred_at"] = datetime.fromtimestamp(at / 1_000, tz=timezone.utc).isoformat(timespec="milliseconds")
        if "place" in data:
            told["place"] = data.pop("place")
        self.touchpoints.append((at, told | {"data": data}))

    def _data(self, kind: str) -> dict[str, Any]:
        dice, data = self.dice, {}
        if kind.startswith(("place.", "presence.", "queue.", "service.", "sale.", "refund.")):
            data = {"place": dice.choice(["ride", "ride", "park", "shop", "inn"])}
        if kind in ("sale.made", "refund.made", "meal.ordered", "order.placed", "payment.made", "booking.made"):
            data |= {"amount": f"{dice.randint(1, 9999)}.{dice.choice('05')}0", "currency": "EUR"}
            data |= {"currency": "USD"} if dice.random() < 0.2 else {}
        if kind.startswith("order."):
            data["order"] = dice.choice(["o1", "o2", "o3"])
        if kind in ("meal.ordered", "room.unlocked", "photo.taken", "bus.boarded") and dice.random() < 0.6:
            data["place"] = dice.choice(["ride", "inn"])
        if kind == "call.queued":
            data["place"] = "sales"
        if dice.random() < 0.1:
            data["audience"] = dice.choice(["staff", "bot", "test"])
        return data | _NEEDED.get(kind, {}) | ({"granted": dice.random() < 0.5} if kind == "consent.changed" else {})


_NEEDED: dict[str, dict[str, Any]] = {
    "page.viewed": {"page": "/"},
    "message.opened": {"message": "m1"},
    "message.sent": {"message": "m1", "intent": "give"},
    "consent.changed": {"purpose": "news"},
    "booking.made": {"booking": "b1", "arrives_on": "2026-10-01"},
    "payment.made": {"intent": "i1", "succeeded": True},
    "subscription.started": {"plan": "gold", "amount": "9.99", "currency": "EUR"},
    "sale.made": {"receipt": "r1"},
    "refund.made": {"receipt": "r1"},
    **{kind: {"call": "1"} for kind in CALLS},
}


# -- what happens ----------------------------------------------------------------------------------


def chaos(teller: Teller) -> None:
    """Anything, by anybody."""
    dice = teller.dice
    for _ in range(dice.choice([1, 2, 4, 8, 16])):
        kind = dice.choice(dice.choice([ONLINE, THERE, BAND, CALLS]))
        who = teller.some("customer", "loyalty_card", "email", "phone", chance=0.25)
        who |= teller.some("wristband", "device", "cookie", chance=0.3)
        who |= {"booking": dice.choice(["b1", "b2"])} if dice.random() < 0.1 else {}
        if kind in BAND or not who.keys() - {"booking"}:
            who |= teller.one("wristband")
        data = {"token": dice.choice("78")} if kind.startswith(("queue.", "service.")) and dice.random() < 0.4 else {}
        data |= {"call": dice.choice("12")} if kind in CALLS else {}
        teller.tell(teller.time(), kind, who, **data)


def wristband(teller: Teller) -> None:
    """Issued ahead, activated, used, lent, returned, issued again; some of it is never told."""
    dice, band, at = teller.dice, teller.one("wristband"), teller.time()
    for _ in range(dice.choice([1, 2, 3])):
        wearer = teller.some("customer", "email", "loyalty_card", chance=0.5)
        if dice.random() < 0.8:
            teller.tell(at, "wristband.issued", band | (wearer if dice.random() < 0.6 else {}))
            at = teller.time(at) if dice.random() < 0.3 else at
        for _ in range(dice.choice([0, 1, 3, 5])):
            at = teller.time(at, 2 * HOUR)
            kind = dice.choice((*THERE, *THERE, "wristband.activated"))
            who = band | (wearer if dice.random() < 0.3 else teller.some("device", "customer", chance=0.1))
            teller.tell(at, kind, who)
        if dice.random() < 0.7:
            at = teller.time(at, HOUR)
            teller.tell(at, "wristband.returned", band | (wearer if dice.random() < 0.3 else {}))


def tablet(teller: Teller) -> None:
    """Passed around in a household: signed in as one, as another, and as nobody in between."""
    dice, shared = teller.dice, teller.one(teller.dice.choice(["device", "cookie"]))
    for _ in range(dice.choice([3, 6, 10])):
        who = shared | teller.some(dice.choice(["customer", "email", "phone"]), chance=0.5)
        teller.tell(teller.time(), dice.choice(ONLINE), who)


def family(teller: Teller) -> None:
    """One booking, several wristbands: in a ride and at the inn at the same time."""
    dice, at = teller.dice, teller.time()
    party = {"booking": dice.choice(["b1", "b2"])}
    for number in range(dice.choice([2, 4])):
        band = {"wristband": f"w{number + 1}"}
        teller.tell(at, "wristband.issued", band | party | teller.some("customer", chance=0.4))
        for _ in range(dice.choice([1, 3])):
            teller.tell(teller.time(at, 3 * HOUR), dice.choice(THERE), band | party)


def phone_call(teller: Teller) -> None:
    """Who rings is known late, or only by the number."""
    dice, call, at = teller.dice, teller.dice.choice("12"), teller.time()
    number = teller.some("phone", chance=0.6)
    for kind in CALLS[: dice.choice([2, 3, 4])]:
        at = teller.time(at, 20 * MINUTE)
        teller.tell(at, kind, number if dice.random() < 0.5 else {}, call=call)
    if dice.random() < 0.7:
        teller.tell(teller.time(at, HOUR), "call.ended", number | teller.some("customer", chance=0.7), call=call)


def ticket(teller: Teller) -> None:
    """Drawn with a phone's app or a wristband, called without it; whose phone that is shows before or after."""
    dice, at = teller.dice, teller.time()
    token, place = dice.choice("78"), dice.choice(["ride", "inn"])
    drawn = teller.one(dice.choice(["device", "device", "wristband", "cookie", "email"]))
    teller.tell(at, "queue.joined", drawn, token=token, place=place)
    if dice.random() < 0.8:
        teller.tell(teller.time(at, HOUR), "service.started", {}, token=token, place=place)
    if dice.random() < 0.5:
        teller.tell(teller.time(at, 2 * HOUR), "service.ended", {}, token=token, place=place)
    if dice.random() < 0.8:
        teller.tell(teller.time(), "account.signed_in", drawn | teller.one("customer"))


def accounts(teller: Teller) -> None:
    """Some are merged, in circles too; e-mail and phone speak for several of them."""
    dice = teller.dice
    for _ in range(dice.choice([1, 2, 4])):
        gone, into = dice.choice(POOL["customer"]), dice.choice(POOL["customer"])
        who = {"customer": dice.choice([gone, into])} | teller.some("email", "phone", chance=0.2)
        teller.tell(teller.time(), "account.merged", who, **{"from": gone, "into": into})
    for _ in range(dice.choice([1, 3, 5])):
        who = teller.some("customer", "loyalty_card", "email", "phone", chance=0.5) or teller.one("phone")
        teller.tell(teller.time(), dice.choice(ONLINE), who)


def shop(teller: Teller) -> None:
    """Ordered here, cancelled there; found to be one person before, between or after."""
    dice, order = teller.dice, teller.dice.choice(["o1", "o2"])
    there = teller.one(dice.choice(["cookie", "device", "email", "customer"]))
    teller.tell(teller.time(), "order.placed", there, order=order)
    if dice.random() < 0.7:
        teller.tell(
            teller.time(), "order.cancelled", teller.one(dice.choice(["email", "phone", "customer"])), order=order
        )
    for _ in range(dice.choice([0, 1, 2])):
        teller.tell(teller.time(), "account.signed_in", there | teller.some("customer", "email", "phone", chance=0.5))


def kiosk(teller: Teller) -> None:
    """More people than one household has, all on one device, or on a wristband that is handed out between them."""
    dice, shared = teller.dice, teller.one(teller.dice.choice(["device", "wristband"]))
    start = teller.time()
    for number in range(dice.choice([15, 16, 17, 18, 20])):
        at = teller.time(start, HOUR)
        teller.tell(at, "page.viewed", shared | {"customer": f"k{number}"})
        if dice.random() < 0.3:
            teller.tell(teller.time(start, HOUR), "page.viewed", shared)
    if "wristband" in shared and dice.random() < 0.5:
        teller.tell(teller.time(start, HOUR), dice.choice(BAND), shared)


def closing(teller: Teller) -> None:
    """Everybody has to go."""
    for _ in range(teller.dice.choice([1, 2])):
        teller.tell(teller.time(), "place.closed", {}, place=teller.dice.choice(["ride", "shop", "inn"]))


def busy(teller: Teller) -> None:
    """So much on one tablet or wristband that it goes into pages, and so many links of it, too."""
    dice, shared = teller.dice, teller.one(teller.dice.choice(["device", "wristband"]))
    start = teller.time()
    for _ in range(dice.choice([80, 160])):
        who = shared | teller.some("customer", "email", chance=dice.choice([0, 0.2, 0.5]))
        kind = dice.choice(BAND) if "wristband" in shared and dice.random() < 0.1 else dice.choice((*ONLINE, *THERE))
        teller.tell(teller.time(start, 2 * HOUR), kind, who)


SPANS = (HOUR // 2, 4 * HOUR, 4 * HOUR, 12 * HOUR, 12 * HOUR, 40 * HOUR, 40 * HOUR, 72 * HOUR, 35 * DAY, 200 * DAY)
STORIES = (chaos, chaos, chaos, wristband, wristband, tablet, family, phone_call, ticket, ticket, accounts, shop)


# -- how it is told --------------------------------------------------------------------------------


def random_world(
    seed: int, *, most_late: int = LATENESS, crashes: int | None = None, begins: int | None = None
) -> World:
    """`most_late` (ms): up to the allowed lateness for what must come out exactly. `begins` (ms): half an hour only."""
    dice = random.Random(seed)
    partitions = dice.choice([1, 2, 3, 3, 4])
    start = begins or dice.choice(STARTS)
    spans = [HOUR // 2] if begins else SPANS
    teller = Teller(dice, start=start, span=dice.choice(spans))
    for story in dice.sample(STORIES, dice.choice([1, 1, 2, 3])):
        story(teller)
    for story, chance in ((kiosk, 0.03), (busy, 0.01), (closing, 0.1)):
        if dice.random() < chance and not begins:
            story(teller)
    arrivals = _arrivals(dice, teller.touchpoints, partitions, most_late)
    arrivals += [_command(dice, number, teller, partitions) for number in range(dice.choice([0, 0, 1, 2, 4]))]
    arrivals.sort(key=lambda one: one.at)
    end = start + teller.span + most_late + dice.choice([0, HOUR, 30 * HOUR, 100 * DAY])
    quiet = [start + teller.time() for _ in range(dice.choice([0, 0, 1, 2]))]
    often = dice.choice([0, 6, 12]) if crashes is None else crashes
    if teller.span > WINDOW:
        quiet.append(start)  # so that it is known what time it is when a silence begins
    return World(tuple(arrivals), (*sorted(quiet), end), partitions, dice.choice(ZONES), dice.getrandbits(32), often)


def _arrivals(
    dice: random.Random, touchpoints: list[tuple[int, dict[str, Any]]], partitions: int, most_late: int
) -> list[Arrival]:
    found = []
    prompt, copies = dice.choice([0.2, 0.6, 0.95]), dice.choice([0, 0.1, 0.3])
    for at, told in touchpoints:
        arrived = at if dice.random() < prompt else at + dice.choice([dice.randint(0, most_late), most_late])
        found.append(Arrival(arrived, dice.randrange(partitions), told))
        if dice.random() < copies:
            found.append(Arrival(arrived + dice.randint(0, 2 * HOUR), dice.randrange(partitions), told))
    return found


def _command(dice: random.Random, number: int, teller: Teller, partitions: int) -> Arrival:
    """About a pair of which something was said, or about any. All about one pair comes in one input."""
    names = [[f"{kind}:{value}" for kind, value in told["identifiers"].items()] for _, told in teller.touchpoints]
    everybody = [f"{kind}:{value}" for kind, values in POOL.items() for value in values] + [*MADE]
    pools = [*filter(_pairs, names)] if dice.random() < 0.7 else []
    weak, strong = dice.choice(_pairs(dice.choice(pools or [everybody])))
    order = {"command": f"u{number}", "kind": dice.choice(["unlink", "unlink", "relink"]), "weak": weak}
    order |= {"strong": strong, "who": "ann", "why": "told so"}
    where = crc32("".join(sorted((weak, strong))).encode()) % partitions
    return Arrival(teller.start + teller.time(), where, order, orders=True)


def _pairs(names: list[str]) -> list[tuple[str, str]]:
    """(weak, strong) that a touchpoint could link, or two customers."""
    rank = {kind: rank for rank, kind in enumerate((*POOL, "call", "token"))}
    known = [(rank[name.partition(":")[0]], name) for name in names if not name.startswith("booking:")]
    return [
        (weak, strong)
        for low, weak in known
        for high, strong in known
        if (high < 4 and low > high) or (4 <= high < 7 <= low) or (low == high == 0 and weak != strong)
    ]
