"""Before the visit: people look around unknown, book, make themselves known, and plan, over weeks."""

from datetime import date

from streams.sources.simulate.dice import Dice
from streams.sources.simulate.engine import Story
from streams.sources.simulate.park import DAY, HOUR, MINUTE
from streams.sources.simulate.people import Party
from streams.sources.simulate.world import World

PAGES = ("/", "/rides", "/hotel", "/tickets", "/opening-hours", "/restaurants", "/how-to-get-here")
PRODUCTS = (("day-ticket", 49), ("evening-ticket", 29), ("two-day-ticket", 84), ("hotel-night", 160))
CURRENCY = "EUR"


def plan(world: World, party: Party) -> Story:
    """A party's way from a first look to the day of the visit."""
    dice = party.dice("before")
    booked_at = world.calendar.at(party.day, dice.between(7.5, 22.5)) - party.lead_days * DAY
    if dice.chance(0.4):
        # A first look, days earlier, unknown.
        yield max(world.now, booked_at - int(dice.between(0.2, 3) * DAY))
        yield from browse(world, {"cookie": party.cookie}, dice, dice.whole(2, 5))
    yield max(world.now, booked_at)
    yield from _book(world, party, dice)
    world.remember_caller(party)
    in_time = world.calendar.at(party.day, 7) if not party.hotel else world.calendar.at(party.day, 14.5) - DAY
    yield min(world.now + int(dice.between(1, 20) * HOUR), max(world.now, in_time))
    _issue(world, party)
    if party.lead_days > 4 and party.payer.device:
        yield max(world.now, world.calendar.at(party.day, dice.between(8, 21)) - dice.whole(1, 3) * DAY)
        yield from _plan_in_the_app(world, party, dice)
    if party.lead_days > 2:
        yield max(world.now, world.calendar.at(party.day, 17) - 2 * DAY)
        mail = {"message": f"ms-{party.name}-ready", "intent": "give", "campaign": "before-your-visit", "kind": "mail"}
        world.say("mailer", "email", "message.sent", {"email": party.email}, None, mail)
        if dice.chance(0.5):
            yield world.now + int(dice.exponential(3 * HOUR))
            world.say("mailer", "email", "message.opened", {"email": party.email}, None, {"message": mail["message"]})


def browse(world: World, identifiers: dict[str, str], dice: Dice, pages: int) -> Story:
    """Some pages in a row, as a browser tells of them."""
    for _ in range(pages):
        if dice.chance(0.3):
            product, price = dice.pick(PRODUCTS)
            world.say("web", "web", "product.viewed", identifiers, None, {"product": product, "price": price})
        elif dice.chance(0.1):
            terms = dice.pick(("dogs", "price children", "parking", "season pass"))
            world.say("web", "web", "search.made", identifiers, None, {"terms": terms, "results": dice.whole(0, 9)})
        else:
            world.say("web", "web", "page.viewed", identifiers, None, {"page": dice.pick(PAGES)})
        yield world.now + dice.duration(45_000, 0.9)


def browsers(world: World, day: date) -> Story:
    """Those who look and do not book: nobody ever learns who they were."""
    dice = Dice(f"{world.seed}/{day.isoformat()}/browsers")
    for number in range(world.visitors // 3):
        at = world.calendar.at(day, min(23.9, max(0.0, dice.normal(15.5, 4.5))))
        if at >= world.start:
            world.engine.start(_look_around(world, at, f"{world.tag}-{day:%m%d}-{number}"))
    yield world.now


def _look_around(world: World, at: int, name: str) -> Story:
    dice = Dice(f"{world.seed}/{name}/browser")
    yield at
    yield from browse(world, {"cookie": f"ck-x{name}"}, dice, dice.whole(1, 6))


def _book(world: World, party: Party, dice: Dice) -> Story:
    web = {"cookie": party.cookie}
    yield from browse(world, web, dice, dice.whole(1, 4))
    amount = 49 * len(party.members) + (160 if party.hotel else 0)
    world.say("web", "web", "cart.changed", web, None, {"value": amount, "items": len(party.members)})
    yield world.now + dice.duration(90_000, 0.8)
    known = {"cookie": party.cookie, "customer": party.payer.customer, "email": party.email}
    world.say("web", "web", "account.created" if dice.chance(0.7) else "account.signed_in", known)
    yield world.now + dice.duration(60_000, 0.8)
    if party.loyalty_card:
        known["loyalty_card"] = party.loyalty_card  # typed in for its points
    world.say("web", "web", "checkout.started", known, None, {"value": amount})
    yield world.now + dice.duration(120_000, 0.6)
    booking = {"booking": party.booking, "amount": amount, "currency": CURRENCY, "party_size": len(party.members)}
    known = {"customer": party.payer.customer, "email": party.email, "phone": party.phone, "booking": party.booking}
    world.say("shop", "web", "booking.made", known, None, {**booking, "arrives_on": party.day.isoformat()})
    pay = {"intent": f"pi-{party.name}", "amount": amount, "currency": CURRENCY, "succeeded": True}
    world.say("shop", "web", "payment.made", {"customer": party.payer.customer}, None, pay)
    yield world.now + dice.duration(5_000, 0.5)
    world.say("mailer", "email", "confirmation.sent", {"email": party.email}, None, {"intent": pay["intent"]})


def _issue(world: World, party: Party) -> None:
    """The family gets its wristbands by mail: one each, all on one booking, named where the wearer is known."""
    for member in party.members:
        if member.wristband:
            issue(world, party, member.wristband, member.customer, source="shop", channel="web")


def issue(world: World, party: Party, band: str, customer: str, *, source: str, channel: str, email: str = "") -> None:
    identifiers = {"wristband": band, "booking": party.booking}
    if customer:
        identifiers["customer"] = customer
    if email:
        identifiers["email"] = email
    world.say(source, channel, "wristband.issued", identifiers)


def _plan_in_the_app(world: World, party: Party, dice: Dice) -> Story:
    app = {"device": party.payer.device}
    world.say("app", "app", "page.viewed", app, None, {"page": "/welcome"})
    yield world.now + dice.duration(40_000, 0.8)
    if party.signs_in:
        app = {"device": party.payer.device, "customer": party.payer.customer}
        world.say("app", "app", "account.signed_in", app)
    for _ in range(dice.whole(1, 4)):
        yield world.now + dice.duration(MINUTE, 0.8)
        world.say("app", "app", "page.viewed", app, None, {"page": dice.pick(("/plan", "/map", "/waits", "/menu"))})
    if party.signs_in:
        world.say("app", "app", "plan.changed", {**app, "booking": party.booking}, None, {"booking": party.booking})
