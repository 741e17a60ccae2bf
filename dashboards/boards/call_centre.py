"""*Call centre*: how calls are answered, queue by queue, and whether enough agents are there."""

from dashboards.boards.live_fields import NAME, PLACE, TIME
from dashboards.panels import Board, Field, Panel, Variable

_BY_JOINING = "By the quarter of an hour (15 min) in which the calls joined."
_LEVEL = (
    "Service level: answered within the threshold of the queue (default 20 s) / (answered + abandoned - short ones, "
    "those sooner than 5 s unless declared otherwise)."
)
_HANDLE = (
    "(talk + hold as call.ended says, else answer to call.ended, + its wrap_seconds of after-call work) / handled "
    "calls; where nobody said wrap_seconds they count 0; guessed ends stay out"
)

QUEUES = Panel(
    "queues",
    "Queues, worst service level first",
    f"{_LEVEL} ASA: total wait of the answered / answered. AHT: {_HANDLE}.",
    "calls that joined in the quarters of the range",
    "table",
    "calls",
    (
        NAME,
        Field("service_level", "Service level", "ratio"),
        Field("goal", "Goal", "ratio", phone=False),
        Field("offered", "Offered", "calls"),
        Field("answered", "Answered", "calls", phone=False),
        Field("abandoned", "Abandoned", "calls"),
        Field("abandoned_short", "of them short", "calls", phone=False, wall=False),
        Field("asa_seconds", "ASA", "seconds"),
        Field("aht_seconds", "AHT", "seconds", phone=False),
        Field("handled", "AHT of", "calls", phone=False, wall=False),
        Field("wrapped", "with after-call work", "calls", phone=False, wall=False),
        Field("longest_wait_seconds", "Longest wait", "seconds", phone=False),
        Field("waiting", "Waiting", "calls"),
        PLACE,
    ),
    width=24,
    height=9,
    empty="No call joined a queue in this range",
    refresh_seconds=10,
    span_hours=2,
    wall=True,
)

AGENTS = Panel(
    "agents",
    "Agents, most missing first",
    "Needed: the least agents that meet the service level once the queue has settled (Erlang C, Erlang A where 3 or "
    "more gave up), from the calls of the last 15 whole minutes. Occupancy, as agent.changed says: time of the "
    "queue's agents talking or in wrap-up, on whatever call / their time signed in and not on break (Signed in: so "
    "much of it). Utilisation: seconds of this queue's calls / seconds at work, as staff.assigned or places.json says. "
    "Both in the quarters of the last hour; empty where nobody said.",
    "agents; occupancy and utilisation: agent time",
    "table",
    "servers",
    (
        NAME,
        Field("said", "Agents", "text", show="text"),
        Field("servers", "At work", "servers"),
        Field("servers_required", "Needed", "servers"),
        Field("agent_occupancy", "Occupancy", "ratio"),
        Field("agent_seconds", "Signed in", "seconds", phone=False, wall=False),
        Field("occupancy", "Utilisation", "ratio", phone=False),
        Field("expected_wait_seconds", "Mean wait with them", "seconds", phone=False),
        Field("arrivals", "Calls, 15 min", "count", phone=False, wall=False),
        Field("service_seconds", "Mean call", "seconds", phone=False, wall=False),
        PLACE,
    ),
    width=24,
    height=8,
    empty="No declared call queue had a call in the last hour",
    refresh_seconds=10,
    wall=True,
)

SERVICE_LEVEL_OVER_TIME = Panel(
    "service_level_over_time",
    "Service level over time",
    f"{_LEVEL} The chosen queues together. {_BY_JOINING}",
    "calls",
    "series",
    "ratio",
    (Field("service_level", "Service level", "ratio"), TIME),
    width=12,
    height=9,
    empty="No call joined a queue in this range",
    refresh_seconds=30,
    span_hours=24,
)

CALLS_OVER_TIME = Panel(
    "calls_over_time",
    "Calls over time",
    "Calls answered, and abandoned in a queue, short ones included; who hangs up before any queue is offered to none. "
    f"{_BY_JOINING}",
    "calls",
    "series",
    "calls",
    (
        Field("answered", "Answered", "calls"),
        Field("abandoned", "Abandoned", "calls"),
        Field("abandoned_before_queue", "Before any queue", "calls"),
        TIME,
    ),
    width=12,
    height=9,
    empty="No call in this range",
    refresh_seconds=30,
    span_hours=24,
)

ANSWER_AND_HANDLE = Panel(
    "answer_and_handle",
    "Speed of answer, handle time, longest wait",
    f"ASA: total wait of the answered / answered. AHT: {_HANDLE}. {_BY_JOINING}",
    "calls: ASA the answered, AHT those whose end is known, longest wait all that ended",
    "series",
    "seconds",
    (
        Field("asa_seconds", "ASA", "seconds"),
        Field("aht_seconds", "AHT", "seconds"),
        Field("longest_wait_seconds", "Longest wait", "seconds"),
        TIME,
    ),
    width=24,
    height=9,
    empty="No call joined a queue in this range",
    refresh_seconds=30,
    span_hours=24,
)

CALL_CENTRE = Board(
    "call-centre",
    "Call centre",
    "How calls are answered, queue by queue, and whether enough agents are there. Each panel says what it counts.",
    "Which queue needs help?",
    (QUEUES, AGENTS, SERVICE_LEVEL_OVER_TIME, CALLS_OVER_TIME, ANSWER_AND_HANDLE),
    (Variable("place", "Queue"),),
)
