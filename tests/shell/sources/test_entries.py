"""What people enter on the page reaches the public topic, or is known not to."""

from collections.abc import Callable

import orjson
import pytest

from streams.run.entering import Entries, NotSentError
from streams.sources.producer import Producer


def test_an_entry_is_on_the_topic_once_it_is_answered(servers: str, topic: str, read_from: Callable[..., list]) -> None:
    entries = Entries(lambda: Producer(servers, topic=topic, idempotent=False))
    entered = [entries.send("staff.assigned", "Ann", "gate", {"count": count}) for count in (2, 3)]
    found = [(key, orjson.loads(value)) for key, value, _ in read_from(servers, topic, 2)]
    entries.close()
    assert [key for key, _ in found] == [f"page:{one.event_id}".encode() for one in entered]
    assert [touchpoint["data"] for _, touchpoint in found] == [{"count": 2, "by": "Ann"}, {"count": 3, "by": "Ann"}]


def test_without_a_broker_the_entry_is_known_not_to_be_sent(nobody: str) -> None:
    entries = Entries(lambda: Producer(nobody, idempotent=False, max_block_seconds=0.5))
    with pytest.raises(NotSentError, match="no broker at"):
        entries.send("place.opened", "Ann", "gate", {})
