"""Which source tells of what happens in a line, and in which words."""

from streams.sources.simulate.service import Happening, ServicePoint, Ticket
from streams.sources.simulate.world import World

SOURCES = {
    "ride": ("readers", "wristband"),
    "table": ("readers", "wristband"),
    "gate": ("readers", "wristband"),
    "virtual": ("app", "app"),
    "counter": ("counters", "sensor"),
    "till": ("counters", "sensor"),
    "desk": ("desks", "desk"),
}
"""(source, channel) by the role of a place. Readers know the wristband, counters only that somebody stands there."""

QUEUE_TYPES = {
    "joined": "queue.joined",
    "started": "service.started",
    "ended": "service.ended",
    "left": "queue.left",
}
CALL_TYPES = {"joined": "call.queued", "started": "call.answered", "ended": "call.ended", "left": "call.abandoned"}

CALLS = "call-centre"


def tell(world: World, role: str, happening: Happening, ticket: Ticket, point: ServicePoint) -> None:
    """Say it as the sources of this place would; of one whom nobody sees, nothing."""
    if not ticket.thing:
        return
    if role == "calls":
        _tell_of_a_call(world, happening, ticket, point)
        return
    source, channel = SOURCES.get(role, ("readers", "wristband"))
    server = None
    if happening in ("started", "ended") and role in ("counter", "till", "desk"):
        server = f"{point.place}-{ticket.server}"
    data = {"token": ticket.token, "server": server}
    world.say(source, channel, QUEUE_TYPES[happening], ticket.identifiers, point.place, data)


def _tell_of_a_call(world: World, happening: Happening, ticket: Ticket, point: ServicePoint) -> None:
    agent = f"{point.place}-agent-{ticket.server}" if ticket.server else None
    data: dict[str, object] = {"call": ticket.token, "agent": agent}
    if happening == "ended" and ticket.started is not None:
        data["talk_seconds"] = round((world.now - ticket.started) / 1_000, 1)
        data["resolved"] = world.dice.chance(0.8)
    # Only its queueing names the place; what follows in a call takes it from there.
    place = point.place if happening == "joined" else None
    world.say(CALLS, "call_center", CALL_TYPES[happening], ticket.identifiers, place, data)
