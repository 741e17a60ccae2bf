"""Staff on *Live operations*: how many servers are at work at each queue, and how many it takes."""

from dashboards.boards.live_fields import NAME, PLACE
from dashboards.panels import Field, Panel, Threshold

STAFFING = Panel(
    "staffing",
    "Staff, most missing first",
    "Needed: the least servers with which 80 % (or the share declared) are served within the target, calls within the "
    "threshold of their service level, once the queue has settled: Erlang C, Erlang A where 3 or more gave up. From "
    "arrivals and services of the last 15 whole minutes; who waits already comes on top. Mean wait: of everybody.",
    "servers; samples: people who joined, services that ended",
    "table",
    "servers",
    (
        NAME,
        Field("said", "Staff", "text", show="text"),
        Field("servers", "At work", "servers"),
        Field("servers_required", "Needed", "servers"),
        Field("missing", "Missing", "servers", phone=False, thresholds=(Threshold(1, "bad"),)),
        Field("expected_wait_seconds", "Mean wait with them", "seconds"),
        Field("required_wait_seconds", "Mean wait as needed", "seconds", phone=False, wall=False),
        Field("arrivals", "Joined, 15 min", "count", phone=False, wall=False),
        Field("services", "Served, 15 min", "count", phone=False, wall=False),
        Field("service_seconds", "Mean service", "seconds", phone=False, wall=False),
        Field("patience_seconds", "Mean patience", "seconds", phone=False, wall=False),
        PLACE,
    ),
    width=24,
    height=11,
    empty="No queue was looked at in the last 15 min",
    refresh_seconds=10,
    wall=True,
)
