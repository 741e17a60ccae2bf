"""Random logs of `events`: things at places and who has them, calls, orders, copies, closings, facts, watermarks."""

import random
from hashlib import blake2b
from typing import Any

from support.stitch_world import HOUR, MINUTE

START = 1_700_000_000_000
CARRIED = ["queue.joined", "service.started", "service.ended", "queue.left", "place.entered", "place.left"]
CARRIED += ["presence.seen", "sale.made", "photo.taken"]
CALLED = ["call.entered", "call.queued", "call.answered", "call.abandoned", "call.ended"]
BOUGHT = ["page.viewed", "order.placed", "order.cancelled", "sale.made", "refund.made", "booking.made"]
HANDED_OVER = ["wristband.issued", "wristband.returned"]
THINGS = ["wristband:a", "wristband:b", "token:ride/7", "call:acd/1", "call:acd/2"]
LASTING = ["wristband:a", "wristband:b"]
"""Of whom all is known however long they are silent; calls and tokens are sealed, as the worlds of people know."""

Log = list[tuple[str, dict[str, Any]]]
"""(key, record); the offset is the index."""


def touchpoint(rnd: random.Random, things: list[str], number: int, at: int) -> Log:
    """One touchpoint as validate would route it."""
    record: dict[str, Any] = {
        "t": at,
        "s": rnd.choice(["gate", "app"]),
        "e": f"e{number}",
        "c": "app",
        "d": {},
        "i": {},
    }
    if rnd.random() < 0.15:
        return [("customer:c", {"k": "touch"} | bought(rnd, record | {"t": at + number}))]
    thing, customer = rnd.choice(things), rnd.choice(["", "", "customer:c", "customer:d"])
    if thing.startswith("wristband:") and rnd.random() < 0.2:
        record |= {"y": rnd.choice(HANDED_OVER), "p": None}
        return [(thing, {"k": "link", "w": customer, **record}), (customer or thing, {"k": "touch", **record})]
    record |= called(rnd) if thing.startswith("call:") else carried(rnd, thing)
    if not customer:
        return [(thing, {"k": "touch", "h": 1, **record})]
    return [
        (thing, {"k": "link", "w": customer, **record}),
        (customer, {"k": "touch", **record}),
        (thing, {"k": "seen", "w": customer, **record}),
    ]


def bought(rnd: random.Random, record: dict[str, Any]) -> dict[str, Any]:
    kind = rnd.choice(BOUGHT)
    data = {"order": rnd.choice("xyz")} if kind.startswith("order") else {}
    currency = {"u": "USD"} if rnd.random() < 0.2 else {}
    return record | {"y": kind, "p": None, "a": str(rnd.randint(1, 9999) / 100), "d": data} | currency


def called(rnd: random.Random) -> dict[str, Any]:
    kind = rnd.choice(CALLED)
    place = rnd.choice(["sales", "complaints", None, None])
    named = kind in ("call.answered", "call.ended") and rnd.random() < 0.5
    data = {"agent": rnd.choice(["ann", "bob"])} if named else {}
    return {"y": kind, "p": place or "sales" if kind == "call.queued" else place, "d": data}


def carried(rnd: random.Random, thing: str) -> dict[str, Any]:
    kind = rnd.choice(CARRIED)
    place = rnd.choice(["ride", "ride", "shop", "park", "app-queue", "elsewhere"])
    data = {"server": "s1"} if kind.startswith("service.") and rnd.random() < 0.5 else {}
    return {"y": kind, "p": "ride" if thing.startswith("token:") else place, "d": data}


def about_a_place(rnd: random.Random, number: int, at: int) -> Log:
    record = {"t": at, "s": "desk", "e": f"p{number}", "p": rnd.choice(["ride", "shop", "sales"])}
    if rnd.random() < 0.4:
        return [(f"place:{record['p']}", record | {"k": "fact", "y": "wait.posted", "d": {"minutes": 5}})]
    return [("", record | {"k": "closing", "y": rnd.choice(["place.closed", "place.closed", "place.opened"])})]


def random_log(rnd: random.Random, *, delay: int, span: int, many: int) -> Log:
    """In order of arrival: touchpoints up to `delay` ms late within `span` ms, some of them twice, and watermarks."""
    arrivals: list[tuple[int, Log]] = []
    known = THINGS if span + delay < 20 * HOUR else LASTING
    grid, things = rnd.choice([1, MINUTE, 10 * MINUTE]), rnd.sample(known, min(rnd.choice([1, 1, 2, 5]), len(known)))
    for number in range(many):
        at = START + rnd.randrange(span) // grid * grid
        arrival = at + rnd.choice([0, rnd.randint(0, delay)])
        messages = about_a_place(rnd, number, at) if rnd.random() < 0.1 else touchpoint(rnd, things, number, at)
        arrivals.append((arrival, messages))
        if messages[0][1]["k"] in ("link", "touch") and rnd.random() < 0.2:
            changed = rnd.random() < 0.3
            copy = [(key, record | {"changed": changed}) for key, record in messages]
            arrivals.append((arrival + rnd.randint(0, 2 * HOUR), copy))
    later = rnd.choice([0, HOUR, 30 * HOUR] if known is LASTING else [0, HOUR])
    return sent(rnd, sorted(arrivals, key=lambda arrival: arrival[0]), START + span + delay + later)


def sent(rnd: random.Random, arrivals: list[tuple[int, Log]], end: int) -> Log:
    """With origins, and with watermarks in between; the last one is behind everything."""
    log: Log = []
    often = rnd.choice([0.3, 0.3, 0.05])
    for offset, (arrival, messages) in enumerate(arrivals):
        for ordinal, (key, record) in enumerate(messages):
            payload = blake2b(f"{record['e']} {record.pop('changed', False)}".encode(), digest_size=8).hexdigest()
            log.append((key, record | {"o": ["touchpoints", 0, offset, ordinal, arrival, payload]}))
        if rnd.random() < often:
            log.append(("", {"k": "wm", "f": "validate/0", "t": arrival - rnd.choice([0, 0, MINUTE])}))
    log.append(("", {"k": "wm", "f": "validate/0", "t": end}))
    return log
