"""Milliseconds since 1970 as the text that `occurred_at` wants."""

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def rfc3339(time: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in UTC."""
    return (EPOCH + timedelta(milliseconds=time)).isoformat(timespec="milliseconds")[:-6] + "Z"
