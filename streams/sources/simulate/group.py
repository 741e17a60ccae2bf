"""A party on its feet: it walks, stands in line together, pays, and leaves traces of every step."""

from typing import TYPE_CHECKING, Any

from streams.sources.simulate import before
from streams.sources.simulate.engine import Story
from streams.sources.simulate.park import MINUTE, profile, walking_ms
from streams.sources.simulate.people import Party
from streams.sources.simulate.service import Ticket

if TYPE_CHECKING:
    from streams.sources.simulate.world import World

MENU = (("burger", 11.5), ("noodles", 10.9), ("soup", 6.5), ("salad", 8.9), ("lemonade", 3.8), ("coffee", 3.2))
GOODS = (("plush comet", 19.9), ("mug", 9.9), ("cap", 14.9), ("poster", 7.5), ("key ring", 4.9), ("hoodie", 39.9))
COMES_TO_RIDE = "comet"


class Group:
    """Where a party is and what it has with it. `here`: the place it was last at; `waited_ms`: its time in lines."""

    def __init__(self, world: "World", party: Party) -> None:
        self.party, self.here, self.waited_ms = party, "gate", 0
        self.virtual: Ticket | None = None
        self.called = False
        self._world, self._dice = world, party.dice("visit")
        self._land = ""
        self._inside: dict[str, tuple[int, list[tuple[str, str]]]] = {}
        self._receipts = 0
        if not party.walk_up:
            world.remember_caller(party)
        self._introduce()

    # -- arriving and leaving --------------------------------------------------------------------

    def park_car(self) -> Story:
        """The camera at the car park knows the plate and nobody."""
        place = self._world.first("parking")
        if self.party.car and place is not None:
            self._world.say("cameras", "sensor", "place.entered", {"device": self.party.car}, place)
            self._inside[place] = (self._world.now, [("", f"device:{self.party.car}")])
            yield self._world.now + self._dice.duration(6 * MINUTE, 0.3)

    def drive_home(self) -> Story:
        place = self._world.first("parking")
        if self.party.car and place is not None and place in self._inside:
            yield self._world.now + self._dice.duration(8 * MINUTE, 0.3)
            self._world.say("cameras", "sensor", "place.left", {"device": self.party.car}, place)
            self.left(place)

    def buy_tickets(self) -> Story:
        """Who comes without a booking gets wristbands over the counter, some of them worn by others before."""
        party, world = self.party, self._world
        yield from self.at_desk("ticket-desk", token=f"no-{party.name}")
        for index, member in enumerate(party.members):
            if not member.wristband:
                continue
            used = bool(world.returned_bands) and self._dice.chance(0.5)
            party.bands[index] = world.returned_bands.pop(0) if used else member.wristband
            before.issue(world, party, party.bands[index], "", source="desks", channel="desk")
        self._sell("ticket-desk", [("day ticket", 52.0)] * len(party.members), {"wristband": party.bands[0]})
        self._introduce()

    def through_gate(self) -> Story:
        yield from self._stand("gate", self._everybody())

    def activate(self) -> None:
        self.say_all("readers", "wristband", "wristband.activated")
        if self.party.payer.device and self.party.signs_in:
            app = {"device": self.party.payer.device, "customer": self.party.payer.customer}
            self._world.say("app", "app", "account.signed_in", app)

    def leave_park(self, park: str) -> None:
        """Most readers at the exit see the wristband; some bands go back into the box."""
        self._change_land("")
        for _, band in self._bands():
            if not self._dice.chance(0.04):
                self._world.say("readers", "wristband", "place.left", {"wristband": band}, park)
            if self.party.walk_up and self._dice.chance(0.6):
                self._world.say("readers", "wristband", "wristband.returned", {"wristband": band})
                self._world.returned_bands.append(band)
        self.left(park)
        if self.virtual is not None and self.virtual.ended is None:
            self._give_up_virtual()

    # -- in the park -----------------------------------------------------------------------------

    def walk_to(self, place: str) -> Story:
        yield self._world.now + int(walking_ms(self._world.places, self.here, place) * self._dice.between(0.85, 1.3))
        self.here = place
        self._change_land(self._world.places.get(place).within or "")
        if self._dice.chance(0.05):
            self._swap_bands()

    def ride(self, place: str) -> Story:
        """Walk there, stand in line, ride. Who finds the line too long on arrival stands all the same for a while."""
        yield from self.walk_to(place)
        if place not in self._world.open:
            return
        patience = int(self.party.patience_minutes * self._dice.between(0.6, 1.6) * MINUTE)
        yield from self._stand(place, self._everybody(), patience_ms=patience)
        self._after_ride(place)

    def draw_virtual_ticket(self, queue: str) -> None:
        payer = self.party.payer
        identifiers = {"device": payer.device, **({"customer": payer.customer} if self.party.signs_in else {})}
        number = f"vq-{self.party.name}"
        self.virtual = Ticket(payer.name, identifiers, thing=f"token:{queue}/{number}", token=number)
        self.virtual.called = self._is_called
        self._world.points[queue].join(self.virtual)

    def ride_called(self) -> Story:
        """The virtual queue has called: go there, and past the line that stands."""
        self.called = False
        yield from self.walk_to(COMES_TO_RIDE)
        tickets = self._everybody()
        if COMES_TO_RIDE in self._world.open:
            yield from self._stand(COMES_TO_RIDE, tickets, ahead=True)
        self._give_up_virtual()
        self._after_ride(COMES_TO_RIDE)

    def stroll(self) -> Story:
        """Nothing is worth its line just now."""
        if self._dice.chance(0.5):
            self._look_into_app()
        yield self._world.now + int(self._dice.between(6, 16) * MINUTE)
        self._seen(self._land)

    def eat(self, place: str | None) -> Story:
        if place is None:
            yield from self.stroll()
            return
        yield from self.walk_to(place)
        if place not in self._world.open:
            return
        if profile(self._world.places.get(place)).role != "table":
            yield from self.buy_at(place, tastes_like_lunch=True)
            yield self._world.now + self._dice.duration(24 * MINUTE, 0.3)
            return
        tickets = self._everybody()[:1]
        yield from self._stand(place, tickets, patience_ms=int(self._dice.between(25, 60) * MINUTE))
        if tickets[0].outcome == "served":
            ordered = self._choose(MENU, 2 * len(self.party.members))
            payer = {"wristband": self.party.bands[0]}
            self._world.say("kitchen", "till", "meal.ordered", payer, place, {"items": len(ordered)})
            self._sell(place, ordered, payer)

    def buy_at(self, place: str, *, tastes_like_lunch: bool) -> Story:
        """Stand at a counter; a sensor counts that somebody stands there, the till learns who pays, or not."""
        yield from self.at_desk(place, token=f"no-{self.party.name}-{self._world.now % 86_400_000}")
        if tastes_like_lunch or not self.party.hotel:
            self._sell(place, self._choose(MENU, 2 * len(self.party.members)), self._pays_with())

    def go_shopping(self, tills: str | None) -> Story:
        if tills is None:
            return
        yield from self.walk_to(tills)
        shop = self._world.places.get(tills).within or ""
        self._seen(shop)
        yield self._world.now + self._dice.duration(11 * MINUTE, 0.5)
        if tills in self._world.open and self._dice.chance(0.75):
            yield from self.at_desk(tills, token=f"no-{self.party.name}-{self._world.now % 86_400_000}")
            self._sell(tills, self._choose(GOODS, self._dice.whole(1, 3)), self._pays_with())

    def at_desk(self, place: str, token: str | None = None) -> Story:
        """One stands in line for all, unknown to the sensors where a token is drawn."""
        if place not in self._world.open:
            return
        payer = self.party.payer
        if token is not None:
            ticket = Ticket(payer.name, {}, thing=f"token:{place}/{token}", token=token)
        else:
            ticket = Ticket(payer.name, {"wristband": self.party.bands[0]})
        yield from self._stand(place, [ticket], patience_ms=int(self._dice.between(12, 45) * MINUTE))

    # -- traces ----------------------------------------------------------------------------------

    def enter(self, place: str, kind: str) -> None:
        """Everybody is inside from now on; `room.unlocked` is said by the one who holds the card."""
        bands = self._bands()
        if kind == "room.unlocked":
            self._world.say("locks", "sensor", kind, {"wristband": self.party.bands[0]}, place)
            bands = bands[:1]
        else:
            for _, band in bands:
                self._world.say("readers", "wristband", kind, {"wristband": band}, place)
        self._inside.setdefault(place, (self._world.now, [(person, f"wristband:{band}") for person, band in bands]))

    def left(self, place: str) -> None:
        """They are out of a place that has no line, and the truth knows since when they were in."""
        since, things = self._inside.pop(place, (0, []))
        for person, thing in things:
            self._world.truth_of_presence(place, thing, person, since)

    def say_all(self, source: str, channel: str, kind: str) -> None:
        for _, band in self._bands():
            self._world.say(source, channel, kind, {"wristband": band})

    # -- inner -----------------------------------------------------------------------------------

    def _stand(
        self, place: str, tickets: list[Ticket], *, patience_ms: int | None = None, ahead: bool = False
    ) -> Story:
        """Join one after the other and go on when the last is through."""
        self.here = place
        point = self._world.points[place]
        for ticket in tickets:
            point.join(ticket, patience_ms=patience_ms, ahead=ahead)
            yield self._world.now + int(self._dice.between(900, 3_000))
        for ticket in tickets:
            if ticket.ended is None:
                yield ticket
        first = tickets[0]
        self.waited_ms += (first.started if first.started is not None else first.ended or first.joined) - first.joined

    def _everybody(self) -> list[Ticket]:
        """A ticket each; one without a wristband slips through, unseen by the readers."""
        tickets = []
        for member, band in zip(self.party.members, self.party.bands, strict=True):
            tickets.append(Ticket(member.name, {"wristband": band} if band else {}, thing=None if band else ""))
        return tickets

    def _bands(self) -> list[tuple[str, str]]:
        return [(m.name, band) for m, band in zip(self.party.members, self.party.bands, strict=True) if band]

    def _is_called(self) -> None:
        self.called = True
        payer = self.party.payer
        mail = {"message": f"ms-{self.party.name}-called", "intent": "give", "kind": "push"}
        self._world.say("app", "app", "message.sent", {"device": payer.device}, None, mail)

    def _give_up_virtual(self) -> None:
        """The ride is taken, or the day is over: the place in the virtual queue is free."""
        queue = self._world.first("virtual")
        if self.virtual is None or queue is None or self.virtual.ended is not None:
            return
        point = self._world.points[queue]
        if self.virtual.started is None:
            point.give_up(self.virtual)
        else:
            point.finish(self.virtual)

    def _after_ride(self, place: str) -> None:
        if self._dice.chance(0.06):
            self._world.say("photos", "wristband", "photo.taken", {"wristband": self.party.bands[0]}, place)
        if self._dice.chance(0.25):
            self._look_into_app()

    def _look_into_app(self) -> None:
        payer = self.party.payer
        if not payer.device:
            return
        app = {"device": payer.device, **({"customer": payer.customer} if self.party.signs_in else {})}
        self._world.say("app", "app", "page.viewed", app, None, {"page": "/waits"})
        here = self._world.places.get(self.here)
        if here.lat is not None and self._dice.chance(0.6):
            self._world.say("app", "app", "location.seen", app, None, {"lat": here.lat, "lon": here.lon})

    def _change_land(self, land: str) -> None:
        """Beacons at the borders of an area see who comes in."""
        area = self._world.area_of(land)
        if area == self._land:
            return
        if self._land:
            self.left(self._land)
        self._land = area
        self._seen(area)

    def _seen(self, area: str) -> None:
        if not area:
            return
        for person, band in self._bands():
            if self._dice.chance(0.7):
                self._world.say("beacons", "sensor", "presence.seen", {"wristband": band}, area)
                if area == self._land:
                    _, things = self._inside.setdefault(area, (self._world.now, []))
                    if (person, f"wristband:{band}") not in things:
                        things.append((person, f"wristband:{band}"))

    def _swap_bands(self) -> None:
        """Two of them change wristbands: from here on each is seen as the other."""
        bands = self.party.bands
        if len(bands) > 2 and bands[1] and bands[2] and self._dice.chance(0.1):
            bands[1], bands[2] = bands[2], bands[1]

    def _pays_with(self) -> dict[str, str]:
        kind = self._dice.weighted((("wristband", 0.55), ("loyalty_card", 0.2), ("", 0.25)))
        if kind == "loyalty_card" and self.party.loyalty_card:
            return {"loyalty_card": self.party.loyalty_card}
        return {"wristband": self.party.bands[0]} if kind == "wristband" else {}

    def _choose(self, card: tuple[tuple[str, float], ...], count: int) -> list[tuple[str, float]]:
        return [self._dice.pick(card) for _ in range(count)]

    def _sell(self, place: str, goods: list[tuple[str, float]], identifiers: dict[str, str]) -> None:
        self._receipts += 1
        data: dict[str, Any] = {
            "receipt": f"rc-{self.party.name}-{self._receipts}",
            "amount": f"{sum(price for _, price in goods):.2f}",
            "currency": before.CURRENCY,
            "lines": [{"product": product, "quantity": 1, "amount": price} for product, price in goods],
        }
        self._world.say("tills", "till", "sale.made", identifiers, place, data)

    def _introduce(self) -> None:
        """The truth about who these people are and what they carry."""
        for member, band in zip(self.party.members, self.party.bands, strict=True):
            self._world.truth(
                {
                    "kind": "person",
                    "person": member.name,
                    "party": self.party.name,
                    "customer": member.customer if not self.party.walk_up else "",
                    "wristband": band,
                    "device": member.device,
                    "day": self.party.day.isoformat(),
                }
            )
