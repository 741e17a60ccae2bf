"""The day itself: a party arrives, goes where it pays to wait, eats when hungry, buys, and leaves."""

from streams.sources.simulate import before
from streams.sources.simulate.choice import Wishes
from streams.sources.simulate.engine import Story
from streams.sources.simulate.group import Group
from streams.sources.simulate.park import DAY, HOUR, MINUTE, opening_hours
from streams.sources.simulate.people import Party
from streams.sources.simulate.world import World

BEHIND_THE_EXIT = MINUTE // 3


def day_trip(world: World, party: Party) -> Story:
    """Come by car or on foot, spend the day, go home, and be asked how it was."""
    arrives = world.calendar.at(party.day, party.arrives_hour)
    if arrives < world.start:
        return
    group = Group(world, party)
    yield arrives
    yield from group.park_car()
    yield from _day(world, group)
    yield from group.drive_home()
    yield from _afterwards(world, group)


def hotel_evening(world: World, party: Party) -> Story:
    """Check in the evening before, sleep, and go on from the hotel."""
    dice = party.dice("evening")
    arrives = world.calendar.at(party.day, dice.between(15.0, 20.5)) - DAY
    if arrives < world.start:
        arrives = max(world.start, arrives + 3 * HOUR)
    group = Group(world, party)
    yield arrives
    yield from group.park_car()
    yield from group.stand_for_all("hotel-desk")
    group.traces.unlock("hotel")
    while world.calendar.hour(world.now) < 21 and dice.chance(0.5):
        yield world.now + int(dice.between(30, 90) * MINUTE)
        group.traces.unlock("hotel")
    yield from hotel_morning(world, party, group)


def hotel_morning(world: World, party: Party, group: Group | None = None) -> Story:
    """Breakfast, the bus to the gate, the day, and home from there."""
    group = group or Group(world, party)
    dice = party.dice("morning")
    yield max(world.now, world.calendar.at(party.day, dice.between(7.2, 9.6)))
    group.traces.unlock("hotel")
    yield from group.stand_for_all("hotel-breakfast", f"no-{party.name}-breakfast")
    yield world.now + dice.duration(35 * MINUTE, 0.3)
    group.traces.all_say("bus", "wristband", "bus.boarded")
    group.traces.left("hotel")
    yield world.now + dice.duration(9 * MINUTE, 0.2)
    yield from _day(world, group)
    yield from group.drive_home()
    yield from _afterwards(world, group)


def _day(world: World, group: Group) -> Story:
    park = "park"
    yield max(world.now, world.calendar.at(group.party.day, opening_hours(world.places.get("gate"))[0]) + 1_000)
    if group.party.walk_up:
        yield from group.buy_tickets()
    yield from group.through_gate()
    # Who is early stands behind the gate until the park opens.
    yield max(world.now, world.calendar.at(group.party.day, opening_hours(world.places.get(park))[0]) + 1_000)
    if park not in world.open:
        return
    group.activate()
    group.traces.enter(park)
    yield from _roam(world, group, park)
    yield from group.walk_to("gate")
    group.leave_park(park)
    yield world.now + BEHIND_THE_EXIT
    group.traces.give_back()


def _roam(world: World, group: Group, park: str) -> Story:
    """One thing after the other until it is time to go."""
    wishes = Wishes(world, group)
    leaves = world.calendar.at(group.party.day, group.party.leaves_hour)
    while world.now < leaves and park in world.open:
        if group.called:
            yield from group.ride_called()
        elif wishes.hungry():
            yield from group.eat(wishes.restaurant())
        elif wishes.ask_for_help():
            yield from group.walk_to("guest-desk")
            yield from group.stand_for_all("guest-desk")
        elif wishes.shop():
            yield from group.go_shopping(wishes.nearest("till"))
        else:
            wishes.draw_virtual_ticket()
            ride = wishes.ride()
            if ride is None:
                yield from group.stroll()
            else:
                yield from group.ride(ride)
                wishes.rode(ride)


def _afterwards(world: World, group: Group) -> Story:
    party, dice = group.party, group.party.dice("after")
    if party.walk_up or not dice.chance(0.6):
        return
    yield world.now + int(dice.between(10, 20) * HOUR)
    message = f"ms-{party.name}-how"
    mail = {"message": message, "intent": "ask", "campaign": "how-was-it", "kind": "survey"}
    world.say("mailer", "email", "message.sent", {"email": party.email}, None, mail)
    if not dice.chance(0.3):
        return
    yield world.now + int(dice.exponential(5 * HOUR))
    world.say("mailer", "email", "message.opened", {"email": party.email}, None, {"message": message})
    yield world.now + dice.duration(4 * MINUTE, 0.5)
    # Who stood long likes it less.
    score = max(0, min(10, round(9.5 - group.waited_ms / HOUR + dice.normal(0, 1.5))))
    known = {"customer": party.payer.customer, "email": party.email}
    world.say("web", "web", "feedback.given", known, None, {"kind": "nps", "score": score, "topic": "visit"})
    yield from before.browse(world, known, dice, dice.whole(0, 2))
