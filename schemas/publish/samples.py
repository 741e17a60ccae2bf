"""What an example holds in each field: by name, where a name says more than a type."""

from typing import Any, Final

SAMPLES: Final[dict[str, Any]] = {
    "source": "example",
    "channel": "app",
    "occurred_at": "2025-07-05T14:03:20.250+02:00",
    "sent_at": "2025-07-05T14:03:21+02:00",
    "identifiers": {"customer": "c-1001", "device": "d-77aa"},
    "place": "big-wheel",
    "operated_by": "Harbour Couriers",
    "audience": "customer",
    "page": "/rides/big-wheel",
    "product": "p-7",
    "category": "souvenirs",
    "terms": "opening hours",
    "beacon": "gate-3",
    "from": "c-1002",
    "into": "c-1001",
    "plan": "annual",
    "purpose": "newsletter",
    "order": "o-5001",
    "intent": "i-9001",
    "receipt": "r-3001",
    "lines": [{"product": "p-7", "quantity": 2, "amount": "24.90"}],
    "coupon": "k-10",
    "campaign": "summer",
    "booking": "b-2001",
    "arrives_on": "2025-08-11",
    "promised_ready_at": "2025-07-05T15:00:00+02:00",
    "collect_at": "2025-07-05T15:30:00+02:00",
    "token": "A17",
    "server": "till-4",
    "minutes": 35,
    "call": "call-42",
    "line": "hotline",
    "agent": "agent-9",
    "bot": False,
    "topic": "refund",
    "state": "ready",
    "queues": ["sales", "complaints"],
    "message": "m-800",
    "kind": "reminder",
    "text_hash": "5f2b",
    "score": 9,
    "about": "the wait at the big wheel",
    "thread": "t-60",
    "offer": "voucher",
    "contribution": "review-7",
    "case": "case-31",
    "advice": "adv-12",
    "title": "New menu at the lakeside restaurant",
}


def sample(field: str, schema: dict[str, Any]) -> Any:
    """A good value for the field: by its name if that fits, else the first that its schema offers."""
    if "enum" in schema and SAMPLES.get(field) not in schema["enum"]:
        return schema["enum"][0] if "EUR" not in schema["enum"] else "EUR"
    if field in SAMPLES:
        return SAMPLES[field]
    for form in (schema, *schema.get("anyOf", ())):
        if "examples" in form:
            return form["examples"][0]
    raise ValueError(f"{field} has no example: give it one here, or in its kind of field")
