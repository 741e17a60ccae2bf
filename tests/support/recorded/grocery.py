"""A year of a grocery chain's tills as touchpoints ("Complete Journey", dunnhumby / 84.51°, CC0).

Times have no zone and are taken as UTC. The household is the loyalty card. A redemption has a day and no time: it
belongs to the household's basket of that day with the greatest coupon discount, else to noon in an unknown store.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from support.recorded.files import Row, rows

TRANSACTIONS = "complete_journey_transactions.csv.gz"
REDEMPTIONS = "complete_journey_coupon_redemptions.csv.gz"
CAMPAIGNS = "complete_journey_campaigns.csv.gz"
SOURCE, CURRENCY = "grocery", "USD"
UNKNOWN_STORE = "store-unknown"
CENT = Decimal("0.01")


class Basket(NamedTuple):
    household: str
    store: str
    at: str
    lines: list[Row]


def recorded_grocery() -> Iterator[dict[str, Any]]:
    """Sales, redemptions and campaigns of the three files."""
    yield from touchpoints(rows(TRANSACTIONS), rows(REDEMPTIONS), rows(CAMPAIGNS))


def touchpoints(lines: Iterable[Row], redemptions: Iterable[Row], campaigns: Iterable[Row]) -> Iterator[dict[str, Any]]:
    baskets = baskets_of(lines)
    yield from (_sale(receipt, basket) for receipt, basket in baskets.items())
    by_day = _by_household_and_day(baskets)
    yield from (_redemption(row, by_day.get((row["household_id"], row["redemption_date"]))) for row in redemptions)
    yield from (_message(row) for row in campaigns)


def baskets_of(lines: Iterable[Row]) -> dict[str, Basket]:
    baskets: dict[str, Basket] = {}
    for line in lines:
        basket = baskets.get(line["basket_id"])
        if basket is None:
            at = line["transaction_timestamp"].replace(" ", "T") + "Z"
            basket = baskets[line["basket_id"]] = Basket(line["household_id"], f"store-{line['store_id']}", at, [])
        basket.lines.append(line)
    return baskets


def cents(text: str) -> Decimal:
    """Money of the file to the cent: some of its numbers carry the dust of binary fractions."""
    return Decimal(text).quantize(CENT)


def _sale(receipt: str, basket: Basket) -> dict[str, Any]:
    data = {
        "receipt": receipt,
        "amount": str(sum(cents(line["sales_value"]) for line in basket.lines)),
        "currency": CURRENCY,
        "discount": str(sum(_discount(line) for line in basket.lines)),
        "lines": [
            {
                "product": line["product_id"],
                "quantity": int(line["quantity"]),
                "amount": str(cents(line["sales_value"])),
            }
            for line in basket.lines
        ],
    }
    return _touchpoint(receipt, "till", "sale.made", basket.household, basket.at, data, basket.store)


def _discount(line: Row) -> Decimal:
    return cents(line["retail_disc"]) + cents(line["coupon_disc"]) + cents(line["coupon_match_disc"])


def _by_household_and_day(baskets: dict[str, Basket]) -> dict[tuple[str, str], Basket]:
    best: dict[tuple[str, str], tuple[Decimal, Basket]] = {}
    for basket in baskets.values():
        key = basket.household, basket.at[:10]
        coupons = sum((cents(line["coupon_disc"]) for line in basket.lines), Decimal(0))
        if key not in best or coupons > best[key][0]:
            best[key] = coupons, basket
    return {key: basket for key, (_, basket) in best.items()}


def _redemption(row: Row, basket: Basket | None) -> dict[str, Any]:
    household, day = row["household_id"], row["redemption_date"]
    at, store = (basket.at, basket.store) if basket else (f"{day}T12:00:00Z", UNKNOWN_STORE)
    event = f"coupon-{household}-{row['coupon_upc']}-{row['campaign_id']}-{day}"
    data = {"coupon": row["coupon_upc"], "campaign": row["campaign_id"]}
    return _touchpoint(event, "till", "coupon.redeemed", household, at, data, store)


def _message(row: Row) -> dict[str, Any]:
    household, campaign = row["household_id"], row["campaign_id"]
    message = f"campaign-{campaign}-{household}"
    data = {"message": message, "intent": "ask", "campaign": campaign, "kind": row["campaign_type"]}
    return _touchpoint(message, "email", "message.sent", household, f"{row['start_date']}T08:00:00Z", data)


def _touchpoint(
    event: str, channel: str, kind: str, household: str, at: str, data: dict[str, Any], place: str | None = None
) -> dict[str, Any]:
    touchpoint = {
        "event_id": event,
        "source": SOURCE,
        "channel": channel,
        "type": kind,
        "occurred_at": at,
        "identifiers": {"loyalty_card": f"hh-{household}"},
        "data": data,
    }
    return {**touchpoint, "place": place} if place else touchpoint
