"""The resort as the simulation knows it: how long a service takes where, what draws people, who works when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from schemas.place import Place, Places

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
WALKING_METRES_PER_MINUTE = 55.0

Role = Literal["ride", "virtual", "table", "counter", "shop", "till", "desk", "gate", "calls", "area", "parking"]


@dataclass(frozen=True)
class Profile:
    """`seconds`: mean of one service, `variation` its coefficient of variation; `draw`: minutes worth waiting for."""

    role: Role
    seconds: float = 60.0
    variation: float = 0.4
    draw: float = 0.0


PROFILES = {
    "comet": Profile("ride", 270, 0.05, 75),
    "comet-virtual": Profile("virtual", 600),
    "tree-coaster": Profile("ride", 240, 0.05, 58),
    "river-rapids": Profile("ride", 330, 0.08, 50),
    "orbit": Profile("ride", 330, 0.05, 45),
    "owl-flight": Profile("ride", 240, 0.05, 38),
    "moon-swing": Profile("ride", 210, 0.05, 32),
    "pirate-theatre": Profile("ride", 900, 0.02, 30),
    "carousel": Profile("ride", 240, 0.05, 18),
    "log-maze": Profile("ride", 720, 0.4, 22),
    "harbour-grill": Profile("table", 2_400, 0.3),
    "forest-kitchen": Profile("counter", 170, 0.5),
    "star-diner": Profile("counter", 180, 0.5),
    "ice-kiosk": Profile("counter", 110, 0.5),
    "hotel-breakfast": Profile("counter", 100, 0.5),
    "harbour-shop-tills": Profile("till", 130, 0.6),
    "star-shop-tills": Profile("till", 120, 0.6),
    "hotel-desk": Profile("desk", 240, 0.6),
    "ticket-desk": Profile("desk", 240, 0.5),
    "guest-desk": Profile("desk", 300, 0.7),
    "gate": Profile("gate", 17, 0.4),
    "call-bookings": Profile("calls", 260, 0.9),
    "call-help": Profile("calls", 210, 0.9),
}

BY_KIND: dict[str, Profile] = {
    "queue": Profile("ride", 240, 0.1, 35),
    "virtual_queue": Profile("virtual", 600),
    "call_queue": Profile("calls", 240, 0.9),
    "checkout": Profile("counter", 70, 0.5),
    "desk": Profile("desk", 180, 0.6),
    "parking": Profile("parking"),
    "area": Profile("area"),
}

STAFF: dict[Role, tuple[tuple[float, float], ...]] = {
    # From this hour after local midnight on, this share of the declared servers works.
    "ride": ((0, 0.6), (10.5, 1.0), (20, 0.7)),
    "table": ((0, 0.6), (12.25, 1.0), (14.5, 0.7), (17.75, 1.0), (20, 0.7)),
    "counter": ((0, 0.5), (12.25, 1.0), (14.25, 0.5), (17.75, 0.9), (19.5, 0.4)),
    "till": ((0, 0.4), (12, 0.7), (16, 1.0), (21, 0.7)),
    "desk": ((0, 1.0), (12, 0.5), (15, 0.8), (20, 0.35)),
    "gate": ((0, 1.0), (12, 0.4)),
    "calls": ((0, 0.15), (7, 0.5), (9, 1.0), (12, 0.75), (13.5, 1.0), (18, 0.6), (21, 0.3)),
    "virtual": ((0, 1.0),),
}


def profile(place: Place) -> Profile:
    """How this place behaves: known by its id, else by its kind."""
    return PROFILES.get(place.id) or BY_KIND[place.kind]


def staff_at(place: Place, hour: float) -> int:
    """Servers working at this hour (0–24, local); at least `min_servers`, and one where none are declared."""
    share = 1.0
    for begins, part in STAFF.get(profile(place).role, ()):
        if hour >= begins:
            share = part
    return max(place.min_servers, 1, round((place.servers or 2) * share))


def staff_changes(place: Place) -> list[float]:
    """The hours after local midnight at which another number may work."""
    return [begins for begins, _ in STAFF.get(profile(place).role, ()) if begins]


class Calendar:
    """Local days of the resort as milliseconds since 1970 UTC."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)

    def day(self, now: int) -> date:
        return datetime.fromtimestamp(now / 1_000, self._zone).date()

    def at(self, day: date, hour: float) -> int:
        """The instant `hour` hours (may exceed 24) after this day's midnight."""
        midnight = datetime.combine(day, time(), self._zone)
        return int(midnight.timestamp()) * 1_000 + int(hour * HOUR)

    def hour(self, now: int) -> float:
        """Hours since local midnight."""
        return (now - self.at(self.day(now), 0)) / HOUR


def hour_of(clock: time | None, otherwise: float) -> float:
    return otherwise if clock is None else clock.hour + clock.minute / 60 + clock.second / 3_600


def opening_hours(place: Place) -> tuple[float, float]:
    """From, to: hours after local midnight; always open where nothing is declared."""
    return hour_of(place.opens, 0.0), hour_of(place.closes, 24.0)


def walking_ms(places: Places, here: str, there: str) -> int:
    """Straight over the ground at an easy pace, and a minute to find the way."""
    one, other = places.get(here), places.get(there)
    if None in (one.lat, one.lon, other.lat, other.lon):
        return 4 * MINUTE
    north = (one.lat or 0.0) - (other.lat or 0.0)
    east = ((one.lon or 0.0) - (other.lon or 0.0)) * 0.6
    metres = 111_200.0 * (north * north + east * east) ** 0.5
    return MINUTE + int(metres / WALKING_METRES_PER_MINUTE * MINUTE)


def daylight_timezone(now: int) -> str:
    """The zone (whole hours from UTC) in which it is early afternoon now: where a simulated park is best looked at."""
    hour = datetime(1970, 1, 1) + timedelta(milliseconds=now)  # noqa: DTZ001 only its hour of day is used
    ahead = (13 - hour.hour + 11) % 24 - 11
    # The names of these zones carry the sign of POSIX: Etc/GMT-2 is two hours ahead of UTC.
    return f"Etc/GMT{'-' if ahead > 0 else '+'}{abs(ahead)}" if ahead else "Etc/GMT"
