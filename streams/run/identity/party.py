"""Who else is on the bookings of a person: people of one party stay apart, and are seen together here."""

from typing import Final, NamedTuple

from streams.run.identity.links import EPOCH, Ask

MOST_COMPANIONS: Final = 100
_PARTY: Final = f"""WITH (
    SELECT groupUniqArrayArray(100)(bookings) FROM visits_all WHERE epoch = {EPOCH} AND customer = {{customer:String}}
) AS mine
SELECT arrayJoin(arrayIntersect(bookings, mine)) AS booking, customer AS who,
    toUnixTimestamp64Milli(min(started_at)), toUnixTimestamp64Milli(max(ended_at)) AS last, count()
FROM visits_all WHERE epoch = {EPOCH} AND hasAny(bookings, mine) AND customer != {{customer:String}}
GROUP BY booking, who ORDER BY last DESC, booking, who LIMIT {MOST_COMPANIONS}"""


class Companion(NamedTuple):
    """Somebody else who was there under a booking, in so many visits; times in ms."""

    booking: str
    person: str
    first_ms: int
    last_ms: int
    visits: int


def party_of(ask: Ask, customer: str) -> list[Companion]:
    """Whoever was there latest first, at most `MOST_COMPANIONS`; none where no visit of the person names a booking."""
    return [Companion(*row) for row in ask(_PARTY, {"customer": customer}).rows]
