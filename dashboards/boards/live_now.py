"""The first rows of *Live operations*: how fresh it is, and one number per question."""

from dashboards.boards.live_fields import BY_TARGET, NAME, SAMPLES, TARGET, TIME
from dashboards.panels import Field, Panel, Threshold

FRESHNESS = Panel(
    "freshness",
    "Freshness",
    "How far the numbers reach: the lowest watermark of the load stage against the end of the range, and the input "
    "that holds it back. Behind from 15 s, stale from 60 s or when the worker has not reported for 30 s.",
    "the slowest partition",
    "banner",
    "text",
    (
        Field("text", "State", "text", show="text"),
        Field("severity", "Severity", "count", show="hidden"),
        Field("as_of", "Data as of", "time"),
        Field("delay_seconds", "Behind", "seconds"),
        Field("silent_seconds", "Silent for", "seconds"),
        Field("held_back_by", "Held back by", "text", show="text"),
        Field("records_waiting", "Records to go", "count"),
        Field("reported_at", "Reported", "time"),
    ),
    width=24,
    height=2,
    empty="No stage has reported yet: start a worker.",
    wall=True,
)

PEOPLE_WAITING = Panel(
    "people_waiting",
    "Waiting now",
    "People who have joined a queue and whose service has not begun, over all chosen places; callers and virtual "
    "queues included.",
    "things in the hand (wristband, phone, ticket, call), one per person",
    "stat",
    "people",
    (Field("value", "Waiting", "people"), TIME),
    width=3,
    height=5,
    empty="No snapshot in this range",
    refresh_seconds=5,
    wall=True,
)

BEING_SERVED = Panel(
    "being_served",
    "Being served",
    "People whose service has begun and not ended, over all chosen places; calls in conversation included.",
    "things in the hand (wristband, phone, ticket, call), one per person",
    "stat",
    "people",
    (Field("value", "Being served", "people"), TIME),
    width=3,
    height=5,
    empty="No snapshot in this range",
    refresh_seconds=5,
    wall=True,
)

PEOPLE_PRESENT = Panel(
    "people_present",
    "On site",
    "People with a stay that covers the moment, waiting and being served included; without callers, tickets of "
    "virtual queues and parked cars. A presence ends by leaving, by being seen elsewhere, or by a time-out.",
    "people: a known customer once whatever they carry, anybody else once per thing in the hand",
    "stat",
    "people",
    (Field("value", "On site", "people"), TIME),
    width=3,
    height=5,
    empty="No snapshot in this range",
    refresh_seconds=10,
    wall=True,
)

LONGEST_WAIT_NOW = Panel(
    "longest_wait_now",
    "Longest wait now",
    f"The longest wait that has not ended yet: now minus the earliest joining among those who still wait. {BY_TARGET}",
    "one wait",
    "stat",
    "seconds",
    (Field("value", "Longest wait", "seconds"), NAME, TARGET, TIME),
    width=4,
    height=5,
    empty="Nobody is waiting, or no snapshot in this range",
    refresh_seconds=5,
    wall=True,
)

WORST_ESTIMATE = Panel(
    "worst_estimate",
    "Wait if you join now",
    "The place where somebody who joins now would wait longest. Median (P50) of a Gamma distribution over queue "
    "length + 1 intervals between service starts of the last 15 min; nine of ten wait less than P90.",
    "one expected wait; sample size = measured intervals between service starts",
    "stat",
    "seconds",
    (
        Field("value", "Half wait less than", "seconds"),
        NAME,
        Field("estimate_p90_seconds", "9 of 10 below", "seconds"),
        SAMPLES,
        TIME,
    ),
    width=4,
    height=5,
    empty="No place has an estimate: it takes a queue and 3 starts in 15 min",
    refresh_seconds=5,
    wall=True,
)

PLACES_IN_TROUBLE = Panel(
    "places_in_trouble",
    "Places in trouble",
    "Open places by level. Bad: estimate or longest wait above twice the target, or load 100 % or more; watch: above "
    "the target, or load above 85 %; back down only after 60 s below 90 % of the limit.",
    "places",
    "stat",
    "count",
    (
        Field("bad", "bad", "count", thresholds=(Threshold(1, "bad"),)),
        Field("watch", "watch", "count", thresholds=(Threshold(1, "watch"),)),
        Field("places", "places with a level", "count"),
        TIME,
    ),
    width=4,
    height=5,
    empty="No place has a level yet",
    refresh_seconds=5,
    wall=True,
)

DATA_AS_OF = Panel(
    "data_as_of",
    "Data as of",
    "Everything that happened up to this moment is in the numbers: the lowest watermark over the partitions of load.",
    "the slowest partition",
    "stat",
    "time",
    (
        Field("value", "Data as of", "time"),
        Field("delay_seconds", "behind", "seconds", thresholds=(Threshold(15, "watch"), Threshold(60, "bad"))),
        TIME,
    ),
    width=3,
    height=5,
    empty="No stage has reported yet",
)
