"""The call centre beside the resort: people ring, wait for an agent, and hang up when it lasts too long."""

from streams.sources.simulate.dice import Dice
from streams.sources.simulate.engine import Story
from streams.sources.simulate.park import HOUR
from streams.sources.simulate.service import Ticket
from streams.sources.simulate.telling import CALLS
from streams.sources.simulate.world import World

CALLS_PER_HOUR = ((0, 2), (6, 8), (8, 34), (10, 48), (12, 40), (14, 46), (17, 30), (20, 14), (22, 5))
"""From this local hour on, calls an hour to one queue, where 2,000 people visit a day."""
BUSIEST = max(rate for _, rate in CALLS_PER_HOUR)


def calls(world: World, queue: str) -> Story:
    """Callers arrive as chance has it at the hour's rate: the busiest rate thinned (Lewis and Shedler 1979)."""
    dice = Dice(f"{world.seed}/{world.start}/calls/{queue}")
    scale = world.visitors / 2_000
    number = 0
    while True:
        yield world.now + max(1, int(dice.exponential(HOUR / max(0.01, BUSIEST * scale))))
        if dice.chance(_rate(world.calendar.hour(world.now)) / BUSIEST):
            number += 1
            world.engine.start(_call(world, queue, f"{world.tag}-{queue}-{number}", dice))


def _call(world: World, queue: str, call: str, dice: Dice) -> Story:
    caller = dice.pick(world.callers) if world.callers and dice.chance(0.6) else None
    identifiers = {"phone": caller.phone} if caller is not None else {}
    if caller is None and dice.chance(0.7):
        identifiers = {"phone": f"+4940{dice.whole(1_000_000, 9_999_999)}"}
    world.say(
        CALLS, "call_center", "call.entered", identifiers, None, {"call": call, "line": f"line-{dice.whole(1, 9)}"}
    )
    yield world.now + dice.duration(12_000, 0.6)
    thing = f"call:{CALLS}/{call}"
    if dice.chance(0.05):
        # Heard what they wanted from the menu, or had dialled wrongly.
        world.say(CALLS, "call_center", "call.abandoned", identifiers, None, {"call": call})
        return
    person = caller.payer.name if caller is not None else ""
    ticket = Ticket(person, identifiers, thing=thing, token=call)
    world.points[queue].join(ticket, patience_ms=int(5_000 + dice.exponential(240_000)))


def _rate(hour: float) -> float:
    rate = 0.0
    for begins, calls_per_hour in CALLS_PER_HOUR:
        if hour >= begins:
            rate = calls_per_hour
    return rate
