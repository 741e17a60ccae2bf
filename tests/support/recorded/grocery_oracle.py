"""What the grocery files say by themselves: counted and added line by line, without any basket being made."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

from support.recorded.files import Row


class Till:
    """`revenue` by household in dollars to the cent; `lines` and `quantity` over everything."""

    def __init__(self, lines: Iterable[Row]) -> None:
        self.baskets: set[str] = set()
        self.revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.lines = self.quantity = 0
        for line in lines:
            self.baskets.add(line["basket_id"])
            self.revenue[line["household_id"]] += round(Decimal(line["sales_value"]), 2)
            self.lines += 1
            self.quantity += int(line["quantity"])


def per_campaign(rows: Iterable[Row]) -> Counter[str]:
    """How many rows name each campaign: redemptions, or households that it reached."""
    return Counter(row["campaign_id"] for row in rows)
