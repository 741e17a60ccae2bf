"""*One customer*: the figures that stand for a person, each with what it counts and how."""

from typing import NamedTuple

from dashboards.panels import Unit


class Figure(NamedTuple):
    """`name`: of the value that is shown; `counts`: the counting unit."""

    name: str
    title: str
    definition: str
    counts: str
    unit: Unit


FIGURES = (
    Figure(
        "touchpoints",
        "Touchpoints",
        "Everything that happened between this person and the company, over all identifiers and channels, each once.",
        "touchpoints",
        "count",
    ),
    Figure(
        "visits",
        "Visits",
        "Stretches of activity over all channels: 30 min after something digital, 4 h after something physical the "
        "visit is over; 04:00 local time ends it. What the company sends is no activity.",
        "visits",
        "count",
    ),
    Figure("orders", "Orders", "Orders that were placed and not cancelled.", "orders", "count"),
    Figure(
        "amount",
        "Money",
        "Sales, orders that were not cancelled, bookings, meals and subscriptions without an order, less refunds. "
        "Other currencies stand beside and are never added.",
        "money received",
        "count",
    ),
    Figure(
        "waits",
        "Waits",
        "Waits that are over, in queues and on the phone; those that were abandoned or timed out count too.",
        "waits",
        "count",
    ),
    Figure("wait_seconds", "Time spent waiting", "The length of all of these waits together.", "waits", "seconds"),
)

VISIT = "A visit begins with its first touchpoint; inside it stand the places where the person was, and for how long."
TOUCHPOINTS = "Newest first, over everything that the person holds and held, for as long as they held it."
PARTY = (
    "Other people whose visits name a booking that a visit of this person names, too: a family on one booking is "
    "several people of one party."
)
IDENTIFIERS = (
    "Names of a person belong to the strongest that was ever named with them, then the earliest; what passes from hand "
    "to hand belongs to each holder from when it was given or first used until it was returned or given to the next."
)
