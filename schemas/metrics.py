"""Every number that is shown, with its unit, what one of it is, its definition in words and as a query."""

from typing import NamedTuple


class Metric(NamedTuple):
    """A row of the table `metrics`; `sql` runs as it stands against the store and gives `place, value` or `value`."""

    name: str
    unit: str
    counting_unit: str
    formula: str
    sql: str


_LAST = (
    "SELECT place, {column} AS value FROM queue_load WHERE at > (SELECT max(at) FROM queue_load) - INTERVAL 1 DAY "
    "ORDER BY at DESC LIMIT 1 BY place"
)
_DAY_OF_WAITS = (
    "SELECT place, {value} AS value FROM waits WHERE joined_at > (SELECT max(joined_at) FROM waits) - INTERVAL 1 DAY "
    "GROUP BY place"
)
_HOURLY = "SELECT place, hour, {column} AS value FROM call_center_hourly ORDER BY hour, place"
_FLOW = (
    "SELECT place, sum({column}) AS value FROM queue_load "
    "WHERE at > (SELECT max(at) FROM queue_load) - INTERVAL 1 HOUR GROUP BY place"
)
_STAFF = (
    "SELECT place, {value} AS value FROM (SELECT * FROM staffing WHERE at > (SELECT max(at) FROM staffing) "
    "- INTERVAL 15 MINUTE ORDER BY at DESC LIMIT 1 BY place)"
)
_QUARTERS = (
    "SELECT place, {value} AS value "
    "FROM place_quarters(since = now64(3) - INTERVAL 1 HOUR, until = now64(3)) GROUP BY place"
)
_TOLD = (
    "SELECT place, {value} AS value FROM {view}(since = now64(3) - INTERVAL 4 HOUR, until = now64(3)) GROUP BY place"
)
_DAY_OF_VISITS = (
    "SELECT {value} AS value FROM visits WHERE started_at > (SELECT max(started_at) FROM visits) - INTERVAL 1 DAY"
)
_OF_PEOPLE = "SELECT {value} AS value FROM customers WHERE has(audiences, 'customer')"


def _now(name: str, unit: str, counting_unit: str, formula: str, column: str = "") -> Metric:
    return Metric(name, unit, counting_unit, formula, _LAST.format(column=column or name))


def _flow(name: str, counting_unit: str, formula: str) -> Metric:
    return Metric(name, "count", counting_unit, formula, _FLOW.format(column=name))


def _staff(name: str, unit: str, counting_unit: str, formula: str, value: str) -> Metric:
    return Metric(name, unit, counting_unit, formula, _STAFF.format(value=value))


def _told(name: str, unit: str, formula: str, view: str, value: str) -> Metric:
    return Metric(name, unit, "one wait", f"{formula}, of the last 4 h", _TOLD.format(view=view, value=value))


def _waits(name: str, unit: str, formula: str, value: str) -> Metric:
    return Metric(name, unit, "one finished wait", formula, _DAY_OF_WAITS.format(value=value))


def _calls(name: str, unit: str, formula: str, column: str = "") -> Metric:
    return Metric(name, unit, "one call", formula, _HOURLY.format(column=column or name))


def _visits(name: str, unit: str, counting_unit: str, formula: str, value: str) -> Metric:
    return Metric(
        name, unit, counting_unit, f"{formula}, of those that began on the last day", _DAY_OF_VISITS.format(value=value)
    )


def _people(name: str, unit: str, formula: str, value: str) -> Metric:
    return Metric(name, unit, "one customer", formula, _OF_PEOPLE.format(value=value))


METRICS = (
    _now("waiting", "people", "one thing in the hand", "stays of a queue with joined <= at < started (or ended)"),
    _now("being_served", "people", "one thing in the hand", "stays of a queue with started <= at < ended"),
    _now("present", "people", "one person", "stays with joined <= at < ended; a known customer counts once"),
    _now("load", "share", "one place", "people there / capacity; 1 is full; unknown without a capacity"),
    _now("oldest_wait_seconds", "seconds", "one wait", "at - the earliest joining of those who still wait"),
    _now(
        "estimate_p50_seconds",
        "seconds",
        "one expected wait",
        "median of a Gamma distribution over queue length + 1 intervals between service starts of the last 15 min; "
        "unknown below 3 starts, closed or paused",
    ),
    _now("estimate_p90_seconds", "seconds", "one expected wait", "the same distribution: nine of ten wait less"),
    _now(
        "level",
        "ok, watch, bad or unknown",
        "one place",
        "bad: estimate or longest wait above 2 x target, or load >= 1; watch: above 1 x target, or load >= 0.85; "
        "back down after 60 s below 90 % of the limit",
    ),
    _now("posted_wait_minutes", "minutes", "one sign", "the last wait.posted of the place", "posted_minutes"),
    _flow("arrivals", "one stay", "stays that began in the last hour"),
    _flow("starts", "one service", "service starts in the last hour"),
    _flow("ends", "one stay", "services and presences that ended in the last hour"),
    _flow("abandons", "one stay", "people who walked away while waiting in the last hour"),
    _staff(
        "servers_required",
        "servers",
        "one server",
        "least number with which the goal share (default 80 %) is served within the target (calls: within the "
        "threshold of the service level) in the steady state: Erlang C, or Erlang A where 3 or more gave up in 15 min; "
        "at least min_servers; from the arrivals and services of the last 15 whole minutes; unknown below 5 of either, "
        "closed, paused, or without a target",
        "servers_required",
    ),
    _staff(
        "servers_missing",
        "servers",
        "one server",
        "understaffing: servers required - servers at work, 0 where there are enough; unknown where either is",
        "if(isNull(spare), NULL, greatest(-spare, 0))",
    ),
    _staff(
        "servers_spare",
        "servers",
        "one server",
        "overstaffing: servers at work - servers required, 0 where there are not too many; unknown where either is",
        "if(isNull(spare), NULL, greatest(spare, 0))",
    ),
    _staff(
        "offered_erlangs",
        "erlangs",
        "servers busy on average",
        "arrivals per second x mean service seconds, both of the last 15 whole minutes",
        "erlangs",
    ),
    _staff(
        "wait_expected_with_staff_seconds",
        "seconds",
        "one expected wait",
        "mean wait of everybody with the servers at work once the queue has settled, by the same formula; unknown "
        "without servers, or where they cannot keep up and nobody gives up",
        "expected_wait_seconds",
    ),
    Metric(
        "utilisation",
        "share",
        "server time",
        "seconds that servers were busy / seconds that servers were at work at the open place, in the quarters of the "
        "last hour; for a call queue the occupancy of its agents, handle / (handle + idle); unknown without servers",
        _QUARTERS.format(value="sum(busy_seconds) / nullIf(sum(staffed_seconds), 0)"),
    ),
    Metric(
        "agent_occupancy",
        "share",
        "agent time",
        "time in which the agents of a queue say (agent.changed) that they are talking or in wrap-up, on whatever "
        "call / time signed in and not on break, in the quarters of the last hour; a state holds until the next, at "
        "most 12 h; states of unknown name are in neither; unknown where nobody is signed in",
        "SELECT place, sum(handling_seconds) / nullIf(sum(available_seconds), 0) AS value "
        "FROM agent_quarters(since = now64(3) - INTERVAL 1 HOUR, until = now64(3)) GROUP BY place",
    ),
    Metric(
        "aht_with_after_call_seconds",
        "seconds",
        "one call",
        "average handle time: (talk + hold as call.ended says, else answer to call.ended, + its wrap_seconds) / "
        "handled calls that joined in the last hour; wrap_seconds that nobody said count 0; guessed ends stay out",
        "SELECT place, sum(handle_seconds) / sum(handled) AS value "
        "FROM call_handling(since = now64(3) - INTERVAL 1 HOUR, until = now64(3)) GROUP BY place",
    ),
    Metric(
        "occupancy",
        "share",
        "one place",
        "mean number of people there / capacity, over the quarters of the last hour; unknown without a capacity",
        _QUARTERS.format(value="avg(occupancy)"),
    ),
    _waits("wait_mean_seconds", "seconds", "mean of the finished waits of the last day", "avg(wait_seconds)"),
    _waits(
        "wait_p90_seconds", "seconds", "nine of ten finished waits were shorter", "quantileExact(0.9)(wait_seconds)"
    ),
    _waits("wait_longest_seconds", "seconds", "longest finished wait of the last day", "max(wait_seconds)"),
    _waits(
        "abandonment",
        "share",
        "waits that ended by walking away / finished waits of the last day",
        "countIf(outcome = 'abandoned') / count()",
    ),
    _waits(
        "unmatched_exit_rate",
        "share",
        "finished waits whose end is a guess (time-out, seen elsewhere, closing) / finished waits of the last day",
        "avg(guessed)",
    ),
    _calls("calls_offered", "calls", "calls that joined the queue in the hour", "offered"),
    _calls("calls_answered", "calls", "of them answered", "answered"),
    _calls("calls_abandoned", "calls", "of them abandoned in the queue, short ones included", "abandoned"),
    _calls(
        "calls_abandoned_short",
        "calls",
        "of the abandoned those sooner than the short-abandon limit of the place (default 5 s)",
        "abandoned_short",
    ),
    _calls("calls_abandoned_before_queue", "calls", "hung up before any queue: no wait", "abandoned_before_queue"),
    _calls(
        "service_level",
        "share",
        "answered within the threshold of the place (default 20 s) / (answered + abandoned - short abandons)",
    ),
    _calls("asa_seconds", "seconds", "average speed of answer: total wait of answered calls / answered"),
    _calls(
        "aht_seconds",
        "seconds",
        "average handle time without what call.ended says of itself: answer to call.ended: talk and hold, and "
        "after-call work only where call.ended comes later; guessed ends stay out",
    ),
    Metric(
        "data_as_of",
        "time",
        "the slowest partition",
        "lowest watermark of the partitions of load, as last reported: everything up to it is in the numbers",
        "SELECT min(watermark) AS value FROM (SELECT watermark FROM pipeline WHERE stage = 'load' "
        "AND at > (SELECT max(at) FROM pipeline) - INTERVAL 10 MINUTE ORDER BY at DESC LIMIT 1 BY partition)",
    ),
    Metric(
        "lag",
        "records",
        "one record",
        "end of the log - records processed, over all partitions of a stage, as last reported",
        "SELECT stage AS place, sum(lag) AS value FROM (SELECT stage, lag FROM pipeline WHERE at > "
        "(SELECT max(at) FROM pipeline) - INTERVAL 10 MINUTE ORDER BY at DESC LIMIT 1 BY stage, partition, input) "
        "GROUP BY stage",
    ),
    Metric(
        "touchpoints_stored",
        "touchpoints",
        "one (source, event_id)",
        "accepted touchpoints, each once",
        "SELECT count() AS value FROM touchpoints",
    ),
    Metric(
        "touchpoints_repeated",
        "records",
        "one record",
        "accepted records of the last 14 days beyond the first of their (source, event_id)",
        "SELECT count() - uniqExact(source, event_id) AS value FROM receipts",
    ),
    Metric(
        "records_rejected",
        "records",
        "one record or row",
        "dead letters of the last 30 days, by reason",
        "SELECT reason AS place, count() AS value FROM rejected GROUP BY reason",
    ),
    _people(
        "customers",
        "people",
        "people as known now: what is linked is one; staff, bots and tests alone are not counted",
        "count()",
    ),
    _people(
        "customers_identified_share",
        "share",
        "customers whom a customer number names / all customers; the others are a card, an address or a device",
        "countIf(startsWith(customer, 'customer:')) / count()",
    ),
    _people(
        "customers_returning_share", "share", "customers with two visits or more / all customers", "avg(is_returning)"
    ),
    _people(
        "customer_value_mean", "money", "mean amount of all customers, in the installation's currency", "avg(amount)"
    ),
    _visits("visits", "visits", "one visit", "stretches of activity over all channels", "count()"),
    _visits(
        "visits_open", "visits", "one visit", "visits that a touchpoint of now would still belong to", "countIf(open)"
    ),
    _visits(
        "visit_length_mean_seconds",
        "seconds",
        "one visit",
        "mean time from the first to the last touchpoint; 0 for a single one",
        "avg(dateDiff('millisecond', started_at, ended_at)) / 1000",
    ),
    _visits(
        "touchpoints_per_visit",
        "touchpoints",
        "one visit",
        "mean number of touchpoints of a visit; what the company sends belongs to none",
        "avg(touchpoints)",
    ),
    _visits(
        "visits_across_channels_share",
        "share",
        "one visit",
        "visits over two channels or more / all visits",
        "countIf(length(channels) > 1) / count()",
    ),
    _visits(
        "wait_per_visit_mean_seconds",
        "seconds",
        "one visit",
        "mean time that a visit spent waiting, abandoned and timed-out waits included",
        "avg(wait_seconds)",
    ),
    Metric(
        "identity_conflicts_open",
        "identifiers",
        "one pair of an identifier and who else claims it",
        "identifiers that two of one type claim; the earliest keeps it until somebody unlinks one",
        "SELECT countIf(open) AS value FROM identity_conflicts",
    ),
    Metric(
        "identifiers_blocked",
        "identifiers",
        "one wristband, device or cookie",
        "identifiers with more than 16 holders within one lease, so that nobody holds it there",
        "SELECT uniqExactIf(identifier, status = 'blocked') AS value FROM identity_links",
    ),
    Metric(
        "total_time_seconds",
        "seconds",
        "one place that is open when one gets there",
        "walk + expected wait: straight line / walking speed (settings), and the median of who joins now; from 0, 0",
        "SELECT place, total_seconds AS value FROM nearest(kind = '', place = '', lat = 0, lon = 0)",
    ),
    _told(
        "estimate_below_p90_share",
        "share",
        "waits within the P90 of the last look before they began / waits that were told one; 0.9 is asked",
        "estimate_quality",
        "sum(below_p90) / nullIf(sum(waits), 0)",
    ),
    _told(
        "estimate_bias_seconds",
        "seconds",
        "mean of P50 told - waited; below 0 people waited longer than they were told",
        "estimate_quality",
        "sum(bias_seconds * waits) / nullIf(sum(waits), 0)",
    ),
    _told(
        "sign_bias_minutes",
        "minutes",
        "mean of sign - wait; below 0 the sign promised too little",
        "sign_quality",
        "sum(bias_minutes * waits) / sum(waits)",
    ),
)
