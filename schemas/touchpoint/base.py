"""The envelope of every touchpoint, and its variants by who must be named and whether a place is needed."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from schemas.touchpoint.fields import Channel, Identifiers, Instant, Name, NeededIdentifiers, Source, Text, Version

_LENIENT = ConfigDict(frozen=True, extra="allow", strict=True, populate_by_name=True, use_attribute_docstrings=True)


class Data(BaseModel):
    """What a type says beside the envelope. Fields that nobody declared are kept."""

    model_config = _LENIENT

    audience: Any = Field(
        None, description="customer (assumed), staff, bot or test; anything else is kept and counts as customer"
    )


class Touchpoint(BaseModel):
    """One contact of a person with the company, or one fact about a place. Null counts as absent; extras are kept."""

    model_config = _LENIENT

    event_id: Name
    """Unique per source: (source, event_id) is the deduplication key."""
    source: Source
    """The emitting service."""
    channel: Channel
    type: str
    occurred_at: Instant
    """RFC 3339 with seconds and an offset or Z, from 1990 to 24 h ahead of the broker's time."""
    identifiers: Identifiers | None = None
    """Who: at most 8 of customer, loyalty_card, email, phone, wristband, device, cookie, booking, or your own."""
    place: Name | None = None
    """Where: an id of places.json, or any name."""
    sent_at: Instant | None = None
    """When the emitter sent it, by its own clock."""
    operated_by: Text | None = Field(None, examples=["Northern Couriers"])
    """The responsible partner: a courier, a car park."""
    schema_version: Version | None = 1
    data: Data | None = None

    names_people: ClassVar[bool] = True
    """False where identifiers have no meaning: they are kept and not used."""


class PersonTouchpoint(Touchpoint):
    """What one person does: somebody must be named."""

    identifiers: NeededIdentifiers
    """Who: at least one and at most 8 of customer, loyalty_card, email, phone, wristband, device, cookie, …"""


class PlaceTouchpoint(Touchpoint):
    """What happens at a place: it must be named; whoever is named counts too."""

    place: Name
    """Where: an id of places.json, or any name."""


class PersonPlaceTouchpoint(PersonTouchpoint):
    """What one person does at a place: both must be named."""

    place: Name
    """Where: an id of places.json, or any name."""
