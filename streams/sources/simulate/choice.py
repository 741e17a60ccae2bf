"""What a party wants next: the place whose pleasure most exceeds the walk and the line that it sees."""

from streams.sources.simulate.group import Group
from streams.sources.simulate.park import MINUTE, profile, walking_ms
from streams.sources.simulate.world import World

MEAL_WAIT_ACCEPTED = 25.0


class Wishes:
    """One party's tastes and what it has done already. All scores are minutes worth spending."""

    def __init__(self, world: World, group: Group) -> None:
        self._world, self._group = world, group
        self._dice = group.party.dice("wishes")
        rides = world.with_role("ride")
        self._draw = {ride: profile(world.places.get(ride)).draw * self._dice.between(0.7, 1.3) for ride in rides}
        self._times = dict.fromkeys(rides, 0)
        party, calendar = group.party, world.calendar
        self._meals = [
            calendar.at(party.day, hour) for hour in (party.lunch_hour, party.dinner_hour) if hour > party.arrives_hour
        ]
        self._shop_after = world.now + int(self._dice.between(60, 420) * MINUTE)
        self._needs_help = self._dice.chance(0.08)

    def hungry(self) -> bool:
        """True once for each meal, when its hour has come."""
        if self._meals and self._world.now >= self._meals[0]:
            self._meals.pop(0)
            return True
        return False

    def ask_for_help(self) -> bool:
        if self._needs_help and self._dice.chance(0.15):
            self._needs_help = False
            return True
        return False

    def shop(self) -> bool:
        """Now and then a purchase, more likely towards the end of the day."""
        if self._world.now < self._shop_after:
            return False
        self._shop_after = self._world.now + int(self._dice.between(150, 500) * MINUTE)
        return True

    def rode(self, ride: str) -> None:
        self._times[ride] += 1

    def ride(self) -> str | None:
        """The ride that is worth it most, None where no open one is."""
        return self._best(
            {ride: draw * 0.55 ** self._times[ride] for ride, draw in self._draw.items() if ride in self._world.open},
            6.0,
        )

    def restaurant(self) -> str | None:
        """Hunger makes a line worth standing in; a table is worth more than a counter."""
        worth = {place: MEAL_WAIT_ACCEPTED for place in self._world.with_role("counter") if place in self._world.open}
        worth |= {
            place: MEAL_WAIT_ACCEPTED + 6.0 for place in self._world.with_role("table") if place in self._world.open
        }
        worth.pop("hotel-breakfast", None)
        return self._best(worth, 5.0)

    def nearest(self, role: str) -> str | None:
        """The open place of this role that is reached and left soonest."""
        return self._best({place: 60.0 for place in self._world.with_role(role) if place in self._world.open}, 2.0)

    def draw_virtual_ticket(self) -> None:
        """With an app, a place in the virtual queue costs nothing but patience."""
        queue = self._world.first("virtual")
        if queue is None or queue not in self._world.open or self._group.virtual is not None:
            return
        if self._group.party.payer.device and self._times.get("comet", 0) == 0 and self._dice.chance(0.12):
            self._group.draw_virtual_ticket(queue)

    def _best(self, worth: dict[str, float], scale: float) -> str | None:
        best, best_score = None, 0.0
        for place, value in worth.items():
            wait = self._world.points[place].visible_wait_ms()
            walk = walking_ms(self._world.places, self._group.here, place)
            score = value - (wait + walk) / MINUTE + self._dice.taste(scale)
            if score > best_score:
                best, best_score = place, score
        return best
