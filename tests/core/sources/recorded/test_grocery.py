"""Lines of the tills and the sales, redemptions and messages that they stand for."""

from decimal import Decimal

from support.recorded.grocery import UNKNOWN_STORE, touchpoints
from support.recorded.grocery_oracle import Till, per_campaign

from schemas.touchpoint import parse


def line(basket="b1", household="70", value="1.5", coupon="0.0", at="2017-01-03 13:28:35"):
    return {
        "household_id": household,
        "store_id": "380",
        "basket_id": basket,
        "product_id": "1039156",
        "quantity": "2",
        "sales_value": value,
        "retail_disc": "0.5",
        "coupon_disc": coupon,
        "coupon_match_disc": "0.0",
        "transaction_timestamp": at,
    }


REDEMPTION = {"household_id": "70", "coupon_upc": "533", "campaign_id": "26", "redemption_date": "2017-01-03"}
CAMPAIGN = {
    "campaign_id": "26",
    "household_id": "70",
    "campaign_type": "Type B",
    "start_date": "2016-12-28",
    "end_date": "2017-02-19",
}


def told(lines=(), redemptions=(), campaigns=()):
    found = list(touchpoints(lines, redemptions, campaigns))
    for touchpoint in found:
        parse(touchpoint)
    return found


def test_a_basket_is_one_sale_with_its_lines_and_their_sum_to_the_cent():
    [sale] = told([line(), line(value="1.776356839400251e-15"), line(value="10.99", coupon="1.0")])
    assert (sale["event_id"], sale["place"], sale["identifiers"]) == ("b1", "store-380", {"loyalty_card": "hh-70"})
    assert (sale["data"]["amount"], sale["data"]["discount"], len(sale["data"]["lines"])) == ("12.49", "2.50", 3)
    assert sale["occurred_at"] == "2017-01-03T13:28:35Z"


def test_a_redemption_belongs_to_the_basket_of_that_day_with_the_most_coupons():
    lines = [line("b1", at="2017-01-03 09:00:00"), line("b2", coupon="1.0", at="2017-01-03 10:00:00"), line("b3")]
    *_, redeemed = told(lines, [REDEMPTION])
    assert (redeemed["occurred_at"], redeemed["place"]) == ("2017-01-03T10:00:00Z", "store-380")
    assert redeemed["data"] == {"coupon": "533", "campaign": "26"}


def test_a_redemption_without_a_basket_is_at_noon_in_an_unknown_store():
    [redeemed] = told([], [REDEMPTION])
    assert (redeemed["occurred_at"], redeemed["place"]) == ("2017-01-03T12:00:00Z", UNKNOWN_STORE)


def test_a_campaign_is_a_message_to_each_household_that_it_reached():
    [message] = told(campaigns=[CAMPAIGN])
    assert (message["type"], message["occurred_at"]) == ("message.sent", "2016-12-28T08:00:00Z")
    assert message["data"] == {"message": "campaign-26-70", "intent": "ask", "campaign": "26", "kind": "Type B"}


def test_the_oracle_adds_up_lines_and_counts_baskets():
    till = Till([line(), line(value="10.99"), line("b2", household="83")])
    assert (till.baskets, till.lines, till.quantity) == ({"b1", "b2"}, 3, 6)
    assert till.revenue == {"70": Decimal("12.49"), "83": Decimal("1.50")}
    assert per_campaign([REDEMPTION, REDEMPTION])["26"] == 2
