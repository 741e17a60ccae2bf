"""The answers that an analyst gets about the recorded data, each by one query on the public tables and views."""

from collections.abc import Callable
from typing import Any

from support.recorded import call_centre, grocery, rides

Ask = Callable[..., list[tuple[Any, ...]]]

CALLS = f"""
SELECT place, countIf(outcome = 'served'), countIf(outcome = 'served' AND wait_seconds = 0),
       countIf(outcome = 'abandoned'), toInt64(sum(wait_seconds)), toInt64(max(wait_seconds))
FROM waits WHERE startsWith(identifier, 'call:{call_centre.SOURCE}/') GROUP BY place ORDER BY place"""
CALLS_IN_MENU = (
    "SELECT place, count() FROM stays WHERE outcome = 'abandoned_before_queue' GROUP BY place ORDER BY place"
)
CALL_QUARTERS = """
SELECT place, toInt64(toUnixTimestamp(quarter)), offered, answered, abandoned, abandoned_short, abandoned_before_queue,
       answered_within, abandoned_within, handled, toInt64(answer_wait_seconds), toInt64(handle_seconds), service_level
FROM call_center_quarters ORDER BY place, quarter"""
CALLS_WAITING = (
    "SELECT place, toInt64(max(waiting)) FROM queue_load_exact WHERE place IN {queues:Array(String)} GROUP BY place"
)
SNAPSHOTS = """
SELECT place, toInt64(toUnixTimestamp64Milli(at) / 1000), toInt64(waiting)
FROM queue_load WHERE place IN {queues:Array(String)} ORDER BY place, at"""
HOURLY_MEANS = f"""
SELECT place, JSONExtractString(data, 'park_date') AS park_date,
       toHour(toTimeZone(occurred_at, '{rides.TIMEZONE}')) AS hour,
       avgOrNullIf(JSONExtractFloat(data, 'minutes'), type = 'wait.posted'),
       avgOrNullIf(JSONExtractFloat(data, 'minutes'), type = 'wait.observed')
FROM touchpoints WHERE source = '{rides.SOURCE}' GROUP BY place, park_date, hour"""
TILLS = f"""
SELECT uniqExact(identifiers['loyalty_card']), count(), sum(amount),
       toInt64(sum(length(JSONExtractArrayRaw(data, 'lines'))))
FROM touchpoints WHERE source = '{grocery.SOURCE}' AND type = 'sale.made'"""
HOUSEHOLDS = f"""
SELECT identifiers['loyalty_card'], sum(amount) FROM touchpoints
WHERE source = '{grocery.SOURCE}' AND type = 'sale.made' GROUP BY 1 ORDER BY 1"""
LIVE_HOUSEHOLDS = """
SELECT substring(identifier, 14), other_currencies['USD'] FROM identifiers
WHERE startsWith(identifier, 'loyalty_card:hh-') AND other_currencies['USD'] > 0 ORDER BY 1"""
CAMPAIGNS = f"""
SELECT type, JSONExtractString(data, 'campaign'), count() FROM touchpoints
WHERE source = '{grocery.SOURCE}' AND type IN ('coupon.redeemed', 'message.sent') GROUP BY 1, 2 ORDER BY 1, 2"""

FIGURES = (CALLS, CALLS_IN_MENU, HOURLY_MEANS + " ORDER BY place, park_date, hour", TILLS, LIVE_HOUSEHOLDS, CAMPAIGNS)


def all_figures(ask: Ask) -> list[list[tuple[Any, ...]]]:
    """Everything that must not change by importing again."""
    return [ask(query) for query in FIGURES]
