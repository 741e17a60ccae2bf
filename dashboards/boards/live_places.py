"""The rest of *Live operations*: place by place, over time, and what was refused."""

from dashboards.boards.live_fields import BY_TARGET, NAME, PLACE, SAMPLES, TARGET, TIME
from dashboards.panels import Field, Panel, Threshold

FULL = (Threshold(0.85, "watch"), Threshold(1.0, "bad"))

LOAD_BY_PLACE = Panel(
    "load_by_place",
    "Places, worst first",
    "Each place as its last snapshot of the last day has it; the longest wait grows until now. Load: people there / "
    "capacity. Unknown numbers stay empty. Order: level, then longest wait against target.",
    "people by the thing in the hand; on site a known customer once",
    "table",
    "text",
    (
        NAME,
        Field("level", "Level", "level", show="level"),
        Field("longest_wait_seconds", "Longest wait", "seconds"),
        Field("waiting", "Waiting", "people"),
        Field("estimate_p50_seconds", "If you join now", "seconds"),
        Field("estimate_p90_seconds", "9 of 10 below", "seconds", phone=False, wall=False),
        SAMPLES,
        Field("load", "Load", "ratio", show="bar", phone=False, thresholds=FULL),
        Field("being_served", "Served", "people", phone=False, wall=False),
        Field("present", "Present", "people", phone=False, wall=False),
        Field("servers", "Servers", "servers", phone=False, wall=False),
        Field("target_wait_seconds", "Target", "seconds", phone=False, wall=False),
        PLACE,
    ),
    width=15,
    height=14,
    empty="No place is declared and none was seen in the last day",
    refresh_seconds=5,
    wall=True,
)

WAIT_ESTIMATE = Panel(
    "wait_estimate",
    "Wait for who joins now",
    "Expected wait place by place: half wait less than P50, nine of ten less than P90, from the intervals between "
    "service starts of the last 15 min. Empty with its reason: too few starts, no queue, closed, paused.",
    "expected waits; sample size n = measured intervals between service starts",
    "ranges",
    "seconds",
    (
        NAME,
        Field("estimate_p50_seconds", "Half wait less than", "seconds"),
        Field("estimate_p90_seconds", "Nine of ten less than", "seconds"),
        Field("estimate_samples", "Intervals", "count"),
        Field("reason", "Why none", "text", show="text"),
        TARGET,
        Field("estimate_method", "Method", "text", show="text", phone=False),
        PLACE,
    ),
    width=9,
    height=14,
    empty="No place was seen in the last day",
    refresh_seconds=5,
)

LEVEL_TIMELINE = Panel(
    "level_timeline",
    "Level over time",
    "The level of each place from snapshot to snapshot; the 20 places that were longest at bad, then at watch. "
    "Places without target and capacity have no level and are left out.",
    "places",
    "timeline",
    "level",
    (NAME, Field("value", "Level", "level", show="level"), TIME, PLACE, Field("rank", "Rank", "count", "hidden")),
    width=15,
    height=11,
    empty="No snapshot in this range",
    refresh_seconds=5,
    wall=True,
)

LONGEST_WAIT = Panel(
    "longest_wait",
    "Longest wait by place",
    f"The longest wait that has not ended yet, place by place; the mark is the target. {BY_TARGET}",
    "one wait per place",
    "bars",
    "seconds",
    (NAME, Field("value", "Longest wait", "seconds"), TARGET, Field("waiting", "Waiting", "people"), PLACE),
    width=9,
    height=11,
    empty="Nobody is waiting, or no snapshot in this range",
    refresh_seconds=5,
)

WAIT_OVER_TIME = Panel(
    "wait_over_time",
    "Waits over time",
    "The worst of the chosen places at each moment: longest wait still going on, and the highest estimate (P50, P90). "
    "Choose one place to see its own.",
    "waits",
    "series",
    "seconds",
    (
        Field("longest_wait_seconds", "Longest wait", "seconds"),
        Field("estimate_p50_seconds", "Estimate, half wait less", "seconds"),
        Field("estimate_p90_seconds", "Estimate, nine of ten less", "seconds"),
        TIME,
    ),
    width=12,
    height=9,
    empty="No snapshot in this range",
    refresh_seconds=10,
)

FLOW = Panel(
    "flow",
    "Joined, started, walked away",
    "How many people per minute joined a queue, began to be served and left it unserved, over the chosen places; "
    "areas and car parks are left out.",
    "things in the hand, one per person",
    "series",
    "per_minute",
    (
        Field("arrivals", "Joined", "per_minute", decimals=1),
        Field("starts", "Service started", "per_minute", decimals=1),
        Field("abandons", "Walked away", "per_minute", decimals=1),
        TIME,
    ),
    width=12,
    height=9,
    empty="Not a full minute with a snapshot in this range",
    refresh_seconds=10,
)

WAIT_BY_HOUR = Panel(
    "wait_by_hour",
    "Mean wait, place by hour, last 24 h",
    "Mean length of the waits that ended in the hour, by service or by walking away. White: no wait ended there.",
    "waits; how many stands in the tooltip",
    "heatmap",
    "seconds",
    (
        NAME,
        Field("value", "Mean wait", "seconds"),
        Field("waits", "Waits", "count"),
        TIME,
        PLACE,
    ),
    width=15,
    height=12,
    empty="No wait ended in the last 24 h",
    refresh_seconds=60,
    span_hours=24,
)

WAIT_DISTRIBUTION = Panel(
    "wait_distribution",
    "How long people waited, in minutes",
    "The waits that ended in the range by their length in minutes, and how they ended.",
    "waits",
    "histogram",
    "count",
    (
        Field("minutes", "Minutes", "text", show="text"),
        Field("served", "Served", "count"),
        Field("abandoned", "Walked away", "count"),
        Field("timed_out", "Given up for lost", "count"),
    ),
    width=9,
    height=12,
    empty="No wait ended in this range",
    refresh_seconds=10,
)

REJECTED = Panel(
    "rejected",
    "Refused records, last hour",
    "Records that were no valid touchpoints, by reason and emitting service; nothing of them is in the numbers above. "
    "Their exact bytes stand in the table rejected.",
    "records",
    "table",
    "count",
    (
        Field("reason", "Reason", "text", show="text"),
        Field("source", "Source", "text", show="text"),
        Field("refused", "Refused", "count"),
        Field("last_at", "Last", "time", phone=False),
        Field("example", "Last one", "text", show="text", phone=False),
    ),
    width=24,
    height=7,
    empty="Nothing was refused in the last hour",
    refresh_seconds=10,
    span_hours=1,
)
