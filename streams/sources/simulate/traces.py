"""What the sources see of a party: readers, beacons, tills and the app each tell their part."""

from typing import Any

from streams.sources.simulate.before import CURRENCY
from streams.sources.simulate.people import Party, Person
from streams.sources.simulate.world import World

MENU = (("burger", 11.5), ("noodles", 10.9), ("soup", 6.5), ("salad", 8.9), ("lemonade", 3.8), ("coffee", 3.2))
GOODS = (("plush comet", 19.9), ("mug", 9.9), ("cap", 14.9), ("poster", 7.5), ("key ring", 4.9), ("hoodie", 39.9))
Goods = list[tuple[str, float]]


class Traces:
    """One party's. `area`: the part of the park it is in, '' outside."""

    def __init__(self, world: World, party: Party) -> None:
        self.area = ""
        self._world, self._party, self._dice = world, party, party.dice("traces")
        self._inside: dict[str, tuple[int, list[tuple[str, str]]]] = {}
        self._receipts = 0

    def bands(self) -> list[tuple[str, str]]:
        """(person, wristband) of all who wear one."""
        party = self._party
        return [(m.name, band) for m, band in zip(party.members, party.bands, strict=True) if band]

    def all_say(self, source: str, channel: str, kind: str, place: str | None = None) -> None:
        for _, band in self.bands():
            self._world.say(source, channel, kind, {"wristband": band}, place)

    # -- being somewhere -------------------------------------------------------------------------

    def enter(self, place: str) -> None:
        """A gate reads every wristband."""
        self.all_say("readers", "wristband", "place.entered", place)
        self._are_in(place, self.bands())

    def unlock(self, place: str) -> None:
        """The payer's wristband opens the room."""
        self._world.say("locks", "sensor", "room.unlocked", {"wristband": self._party.bands[0]}, place)
        self._are_in(place, self.bands()[:1])

    def enter_by_car(self, place: str) -> None:
        """The camera knows the plate and nobody."""
        self._world.say("cameras", "sensor", "place.entered", {"device": self._party.car}, place)
        self._inside[place] = (self._world.now, [("", f"device:{self._party.car}")])

    def leave_by_car(self, place: str) -> None:
        self._world.say("cameras", "sensor", "place.left", {"device": self._party.car}, place)
        self.left(place)

    def leave_park(self, park: str) -> None:
        """Most readers at the exit see the wristband."""
        self.change_area("")
        for _, band in self.bands():
            if not self._dice.chance(0.04):
                self._world.say("readers", "wristband", "place.left", {"wristband": band}, park)
        self.left(park)

    def give_back(self) -> None:
        """Behind the exit stands a box; who comes without a booking gets wristbands out of it."""
        for _, band in self.bands() if self._party.gives_back else ():
            self._world.say("readers", "wristband", "wristband.returned", {"wristband": band})
            self._world.returned_bands.append(band)

    def left(self, place: str) -> None:
        """They are out of a place that has no line, and the truth knows since when they were in."""
        since, things = self._inside.pop(place, (0, []))
        for person, thing in things:
            self._world.truth_of_presence(place, thing, person, since)

    def change_area(self, area: str) -> None:
        """Beacons at the borders of an area see who comes in."""
        if area == self.area:
            return
        if self.area:
            self.left(self.area)
        self.area = area
        self.seen(area)

    def seen(self, place: str) -> None:
        """A beacon misses some; who was seen once is known to be in."""
        if not place:
            return
        seen = [(person, band) for person, band in self.bands() if self._dice.chance(0.7)]
        for _, band in seen:
            self._world.say("beacons", "sensor", "presence.seen", {"wristband": band}, place)
        if seen:
            self._are_in(place, seen)

    def _are_in(self, place: str, bands: list[tuple[str, str]]) -> None:
        _, things = self._inside.setdefault(place, (self._world.now, []))
        things.extend((p, f"wristband:{b}") for p, b in bands if (p, f"wristband:{b}") not in things)

    # -- buying and looking ----------------------------------------------------------------------

    def pays_with(self) -> dict[str, str]:
        """Cash tells nothing, a card the card, a wristband the wristband."""
        kind = self._dice.weighted((("wristband", 0.55), ("loyalty_card", 0.2), ("", 0.25)))
        if kind == "loyalty_card" and self._party.loyalty_card:
            return {"loyalty_card": self._party.loyalty_card}
        return {"wristband": self._party.bands[0]} if kind == "wristband" else {}

    def choose(self, card: tuple[tuple[str, float], ...], count: int) -> Goods:
        return [self._dice.pick(card) for _ in range(count)]

    def sale(self, place: str, goods: Goods, identifiers: dict[str, str]) -> None:
        self._receipts += 1
        data: dict[str, Any] = {
            "receipt": f"rc-{self._party.name}-{self._receipts}",
            "amount": f"{sum(price for _, price in goods):.2f}",
            "currency": CURRENCY,
            "lines": [{"product": product, "quantity": 1, "amount": price} for product, price in goods],
        }
        self._world.say("tills", "till", "sale.made", identifiers, place, data)

    def meal(self, place: str) -> None:
        """Ordered at the table and paid with the wristband."""
        goods = self.choose(MENU, 2 * len(self._party.members))
        payer = {"wristband": self._party.bands[0]}
        self._world.say("kitchen", "till", "meal.ordered", payer, place, {"items": len(goods)})
        self.sale(place, goods, payer)

    def after_ride(self, place: str) -> None:
        if self._dice.chance(0.06):
            self._world.say("photos", "wristband", "photo.taken", {"wristband": self._party.bands[0]}, place)
        if self._dice.chance(0.25):
            self.look_into_app(place)

    def look_into_app(self, here: str) -> None:
        app = self.app()
        if not app:
            return
        self._world.say("app", "app", "page.viewed", app, None, {"page": "/waits"})
        place = self._world.places.get(here)
        if place.lat is not None and self._dice.chance(0.6):
            self._world.say("app", "app", "location.seen", app, None, {"lat": place.lat, "lon": place.lon})

    def app(self) -> dict[str, str]:
        """What the payer's app says of itself; the customer only where somebody signed in."""
        payer = self._party.payer
        if not payer.device:
            return {}
        return {"device": payer.device, **({"customer": payer.customer} if self._party.signs_in else {})}

    def introduce(self) -> None:
        """The truth about who these people are and what they carry."""
        party = self._party
        for member, band in zip(party.members, party.bands, strict=True):
            self._world.truth(
                {
                    "kind": "person",
                    "person": member.name,
                    "party": party.name,
                    "customer": "" if party.walk_up else member.customer,
                    "wristband": band,
                    "device": member.device,
                    "day": party.day.isoformat(),
                    **self._names_of(member),
                }
            )

    def _names_of(self, member: Person) -> dict[str, str]:
        """What else names the payer; '' for what no source ever connects with them."""
        party = self._party
        if member is not party.payer:
            return {"email": "", "phone": "", "cookie": "", "loyalty_card": ""}
        if party.walk_up:
            return {"email": party.email if party.leaves_email else "", "phone": "", "cookie": "", "loyalty_card": ""}
        names = {"email": party.email, "phone": party.phone, "cookie": party.cookie}
        return {**names, "loyalty_card": party.loyalty_card}
