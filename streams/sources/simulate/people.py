"""Who comes: parties with their members, their things and what they want, drawn once from the seed of their day."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from streams.sources.simulate.dice import Dice

LONGEST_LEAD_DAYS = 45
SIZES = ((1, 0.13), (2, 0.32), (3, 0.2), (4, 0.24), (5, 0.08), (6, 0.03))


@dataclass(frozen=True)
class Person:
    """One visitor. `wristband` is '' for one who slips through on another's; the first of a party pays."""

    name: str
    wristband: str
    customer: str
    device: str
    child: bool


@dataclass
class Party:
    """People who come and move together, on one booking. `bands`: who wears which wristband now, by member.

    `leaves_email`: who buys at the desk wants the receipt by mail. `gives_back`: the wristbands, on leaving the park.
    """

    name: str
    day: date
    members: tuple[Person, ...]
    lead_days: int
    arrives_hour: float
    leaves_hour: float
    booking: str
    email: str
    phone: str
    cookie: str
    loyalty_card: str
    car: str
    hotel: bool
    patience_minutes: float
    lunch_hour: float
    dinner_hour: float
    signs_in: bool
    leaves_email: bool
    gives_back: bool
    seed: str
    bands: list[str] = field(default_factory=list)

    @property
    def payer(self) -> Person:
        return self.members[0]

    @property
    def walk_up(self) -> bool:
        """Bought nothing before: the tickets come from the desk at the gate."""
        return self.lead_days == 0

    def dice(self, purpose: str) -> Dice:
        """This party's own chance for one purpose, so that nothing else moves it."""
        return Dice(f"{self.seed}/{purpose}")


class Sketch(NamedTuple):
    """What must be known of a party before its booking: enough to find out on which day its story begins."""

    size: int
    lead_days: int
    hotel: bool


def sketches_of(seed: int, day: date, visitors: int) -> list[Sketch]:
    """Every party that visits on this day, about `visitors` people, and more on a weekend."""
    dice = Dice(f"{seed}/{day.isoformat()}/parties")
    wanted = int(visitors * (1.15 if day.weekday() >= 5 else 0.94) * dice.between(0.93, 1.07))
    sketches: list[Sketch] = []
    while wanted > 0:
        size = dice.weighted(SIZES)
        lead = 0 if dice.chance(0.22) else dice.whole(1, 6) if dice.chance(0.3) else dice.whole(7, LONGEST_LEAD_DAYS)
        sketches.append(Sketch(size, lead, lead > 1 and dice.chance(0.2)))
        wanted -= size
    return sketches


def party_of(tag: str, seed: int, day: date, number: int, sketch: Sketch) -> Party:
    """The party behind a sketch, the same whenever it is asked for."""
    seed_text = f"{seed}/{day.isoformat()}/{number}"
    dice, habits = Dice(f"{seed_text}/who"), Dice(f"{seed_text}/habits")
    name = f"{tag}-{day:%m%d}-{number}"
    customer = f"cu-{name}"
    arrives = 8.6 + dice.exponential(0.9) if dice.chance(0.72) else dice.between(10.5, 16.0)
    members = tuple(_member(dice, name, customer, index, sketch.size) for index in range(sketch.size))
    return Party(
        name=f"party-{name}",
        day=day,
        members=members,
        lead_days=sketch.lead_days,
        arrives_hour=min(arrives, 17.0),
        leaves_hour=arrives + max(2.5, dice.normal(8.0, 1.8)),
        booking=f"bk-{name}",
        email=f"family.{name}@example.org",
        phone=f"+49301{day:%m%d}{number:04d}",
        cookie=f"ck-{name}",
        loyalty_card=f"lc-{name}" if dice.chance(0.3) else "",
        car=f"car-{name}" if dice.chance(0.75) else "",
        hotel=sketch.hotel,
        patience_minutes=max(15.0, dice.normal(75.0, 20.0)),
        lunch_hour=dice.normal(12.6, 0.5),
        dinner_hour=dice.normal(18.3, 0.6),
        signs_in=dice.chance(0.8),
        leaves_email=habits.chance(0.5),
        gives_back=habits.chance(0.6 if sketch.lead_days == 0 else 0.4),
        seed=seed_text,
        bands=[member.wristband for member in members],
    )


def _member(dice: Dice, name: str, customer: str, index: int, size: int) -> Person:
    child = index >= 2 or (index == 1 and size == 2 and dice.chance(0.2))
    return Person(
        name=f"p-{name}-{index}",
        wristband="" if index and dice.chance(0.012) else f"wb-{name}-{index}",
        customer=customer if index == 0 else "" if child else f"{customer}-{index}",
        device=f"dv-{name}-{index}" if not child and dice.chance(0.75) else "",
        child=child,
    )
