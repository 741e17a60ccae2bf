"""A party on its feet: it walks, stands in line together, eats and shops, and goes home."""

from streams.sources.simulate import before
from streams.sources.simulate.engine import Story, Trial
from streams.sources.simulate.park import MINUTE, profile, walking_ms
from streams.sources.simulate.people import Party
from streams.sources.simulate.service import Ticket
from streams.sources.simulate.traces import GOODS, MENU, Traces
from streams.sources.simulate.world import World

BEHIND_THE_VIRTUAL_QUEUE = "comet"
DAY_TICKET = ("day ticket", 52.0)


class Group:
    """Where a party is. `here`: the place it was last at; `waited_ms`: its time in lines; `called`: it may ride now."""

    def __init__(self, world: World, party: Party) -> None:
        self.party, self.here, self.waited_ms = party, "gate", 0
        self.traces = Traces(world, party)
        self.virtual: Ticket | None = None
        self.called = False
        self._world, self._dice = world, party.dice("visit")
        if not party.walk_up:
            world.remember_caller(party)
        self.traces.introduce()

    # -- arriving and leaving --------------------------------------------------------------------

    def park_car(self) -> Story:
        place = self._world.first("parking")
        if self.party.car and place is not None:
            self.traces.enter_by_car(place)
            yield self._world.now + self._dice.duration(6 * MINUTE, 0.3)

    def drive_home(self) -> Story:
        place = self._world.first("parking")
        if self.party.car and place is not None:
            yield self._world.now + self._dice.duration(8 * MINUTE, 0.3)
            self.traces.leave_by_car(place)

    def buy_tickets(self) -> Story:
        """Who comes without a booking gets wristbands over the counter, some of them worn by others before."""
        party, world = self.party, self._world
        yield from self.stand_for_all("ticket-desk", self._number())
        for index, member in enumerate(party.members):
            if not member.wristband:
                continue
            if world.returned_bands and self._dice.chance(0.5):
                party.bands[index] = world.returned_bands.pop(0)
            email = party.email if index == 0 and party.leaves_email else ""
            before.issue(world, party, party.bands[index], "", source="desks", channel="desk", email=email)
        self.traces.sale("ticket-desk", [DAY_TICKET] * len(party.members), {"wristband": party.bands[0]})
        self.traces.introduce()

    def through_gate(self) -> Story:
        yield from self.walk_to("gate")
        if "gate" in self._world.open:
            yield from self._stand("gate", self._everybody())

    def activate(self) -> None:
        """The first use: wristbands at the gate, the app once inside."""
        self.traces.all_say("readers", "wristband", "wristband.activated")
        if self.party.signs_in and self.traces.app():
            self._world.say("app", "app", "account.signed_in", self.traces.app())

    def leave_park(self, park: str) -> None:
        self.traces.leave_park(park)
        self._give_back_virtual()

    # -- in the park -----------------------------------------------------------------------------

    def walk_to(self, place: str) -> Story:
        yield self._world.now + int(walking_ms(self._world.places, self.here, place) * self._dice.between(0.85, 1.3))
        self.here = place
        self.traces.change_area(self._world.area_of(place))
        if self._dice.chance(0.05):
            self._swap_bands()

    def ride(self, place: str) -> Story:
        """Walk there, stand in line, ride; who stands too long gives up."""
        yield from self.walk_to(place)
        if place not in self._world.open:
            return
        patience = int(self.party.patience_minutes * self._dice.between(0.6, 1.6) * MINUTE)
        yield from self._stand(place, self._everybody(), patience_ms=patience)
        self.traces.after_ride(place)

    def draw_virtual_ticket(self, queue: str) -> None:
        """A place in the virtual queue, drawn with the app; the party goes on with its day."""
        number = f"vq-{self.party.name}"
        self.virtual = Ticket(self.party.payer.name, self.traces.app(), thing=f"token:{queue}/{number}", token=number)
        self.virtual.called = self._is_called
        self._world.points[queue].join(self.virtual)

    def ride_called(self) -> Story:
        """The virtual queue has called: go there, and past the line that stands."""
        self.called = False
        yield from self.walk_to(BEHIND_THE_VIRTUAL_QUEUE)
        if BEHIND_THE_VIRTUAL_QUEUE in self._world.open:
            yield from self._stand(BEHIND_THE_VIRTUAL_QUEUE, self._everybody(), ahead=True)
        self._give_back_virtual()
        self.traces.after_ride(BEHIND_THE_VIRTUAL_QUEUE)

    def stroll(self) -> Story:
        """Nothing is worth its line just now."""
        if self._dice.chance(0.5):
            self.traces.look_into_app(self.here)
        yield self._world.now + int(self._dice.between(6, 16) * MINUTE)
        self.traces.seen(self.traces.area)

    def eat(self, place: str | None) -> Story:
        if place is None:
            yield from self.stroll()
            return
        yield from self.walk_to(place)
        if place not in self._world.open:
            return
        if profile(self._world.places.get(place)).role == "table":
            table = self._everybody()[:1]
            yield from self._stand(place, table, patience_ms=int(self._dice.between(25, 60) * MINUTE))
            if table[0].outcome == "served":
                self.traces.meal(place)
            return
        if (yield from self.stand_for_all(place, self._number())):
            self.traces.sale(place, self.traces.choose(MENU, 2 * len(self.party.members)), self.traces.pays_with())
            yield self._world.now + self._dice.duration(24 * MINUTE, 0.3)

    def go_shopping(self, tills: str | None) -> Story:
        if tills is None:
            return
        yield from self.walk_to(tills)
        shop = self._world.places.get(tills).within or ""
        self.traces.seen(shop)
        yield self._world.now + self._dice.duration(11 * MINUTE, 0.5)
        buys = self._dice.chance(0.75)
        if buys and (yield from self.stand_for_all(tills, self._number())):
            self.traces.sale(tills, self.traces.choose(GOODS, self._dice.whole(1, 3)), self.traces.pays_with())
        self.traces.left(shop)

    def stand_for_all(self, place: str, token: str | None = None) -> Trial:
        """One stands in line for all; with a token, sensors see that somebody stands there and not who.

        Returns whether the one was served.
        """
        if place not in self._world.open:
            return False
        payer = self.party.payer
        if token is not None:
            ticket = Ticket(payer.name, {}, thing=f"token:{place}/{token}", token=token)
        else:
            ticket = Ticket(payer.name, {"wristband": self.party.bands[0]})
        yield from self._stand(place, [ticket], patience_ms=int(self._dice.between(12, 45) * MINUTE))
        return ticket.outcome == "served"

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
        self.waited_ms += (first.started or first.ended or first.joined) - first.joined

    def _everybody(self) -> list[Ticket]:
        """A ticket each; one without a wristband slips through, unseen by the readers."""
        return [
            Ticket(member.name, {"wristband": band}) if band else Ticket(member.name, {}, thing="")
            for member, band in zip(self.party.members, self.party.bands, strict=True)
        ]

    def _number(self) -> str:
        return f"no-{self.party.name}-{self._world.now // 1_000 % 86_400}"

    def _is_called(self) -> None:
        self.called = True
        message = {"message": f"ms-{self.party.name}-called", "intent": "give", "kind": "push"}
        self._world.say("app", "app", "message.sent", {"device": self.party.payer.device}, None, message)

    def _give_back_virtual(self) -> None:
        """The ride is taken, or the day is over: the place in the virtual queue is free."""
        queue = self._world.first("virtual")
        if self.virtual is None or queue is None or self.virtual.ended is not None:
            return
        if self.virtual.started is None:
            self._world.points[queue].give_up(self.virtual)
        else:
            self._world.points[queue].finish(self.virtual)

    def _swap_bands(self) -> None:
        """Two of them change wristbands: from here on each is seen as the other."""
        bands = self.party.bands
        if len(bands) > 2 and bands[1] and bands[2] and self._dice.chance(0.1):
            bands[1], bands[2] = bands[2], bands[1]
