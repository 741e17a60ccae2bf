"""Looking around: pages, products, searches, locations."""

from typing import Literal

from pydantic import Field

from schemas.touchpoint.base import Data, PersonTouchpoint
from schemas.touchpoint.fields import Count, Currency, FullText, Latitude, Longitude, Money, Name, Seconds, Text


class PageViewedData(Data):
    page: FullText = Field(examples=["/tickets/family"])
    dwell_seconds: Seconds | None = None


class PageViewed(PersonTouchpoint):
    """A page or a screen was looked at."""

    type: Literal["page.viewed"]
    data: PageViewedData


class ProductViewedData(Data):
    product: FullText = Field(examples=["day-ticket-adult"])
    category: Text | None = Field(None, examples=["tickets"])
    price: Money | None = None
    currency: Currency | None = None


class ProductViewed(PersonTouchpoint):
    """A product was looked at."""

    type: Literal["product.viewed"]
    data: ProductViewedData


class SearchMadeData(Data):
    terms: Text | None = Field(None, examples=["opening hours"])
    results: Count | None = None


class SearchMade(PersonTouchpoint):
    """Somebody searched."""

    type: Literal["search.made"]
    data: SearchMadeData | None = None


class LocationSeenData(Data):
    lat: Latitude | None = None
    lon: Longitude | None = None
    beacon: Name | None = None


class LocationSeen(PersonTouchpoint):
    """A phone said where it is, or a beacon heard it."""

    type: Literal["location.seen"]
    data: LocationSeenData | None = None


Browsing = PageViewed | ProductViewed | SearchMade | LocationSeen
