"""A partition comes back from its changelog: fast, small, and from the format of the release before."""

import time
import tracemalloc

import orjson
import pytest
from aiokafka import TopicPartition
from support.kafka import Broker, within
from support.kafka_toy import Counts, Newer
from support.many_keys import LOG, key_of, new_state, write

from streams.kafka import keeper as keepers
from streams.kafka.changelog import POSITION_KEY, records_of
from streams.kafka.keeper import Keeper
from streams.kafka.recovery import latest_values, recover
from streams.numbers import Sent
from streams.topology import STAGES

KEYS = 20_000


@pytest.mark.kafka
def test_twenty_thousand_identifiers_come_back_whole_within_seconds(clean_kafka: Broker) -> None:
    clean_kafka.create(LOG.topic, cleanup_policy="compact", max_message_bytes=str(8 << 20))
    within(60, write(clean_kafka.connection, KEYS))
    state, began, progress = new_state(), time.monotonic(), [0]

    def count() -> None:
        progress[0] += 1

    records, outdated = within(60, recover(clean_kafka.connection, *LOG, state, count))
    assert time.monotonic() - began < 15  # a million are to take no longer; here is room for a slow machine
    assert (len(state.entries), records >= KEYS, outdated) == (KEYS, True, [])
    assert {state.entries[key_of(number)].touchpoints for number in range(1, 100, 4)} == {3}
    assert state.visitors.keys() == {f"ride-{number}" for number in range(0, 40, 4)}
    assert len(state.timers) == 2 * KEYS  # to look at its stays and ids, and to fold what it has in recent pieces
    assert progress[0] >= KEYS // 5_000  # whoever watches sees that it moves


@pytest.mark.kafka
def test_an_identifier_that_has_come_back_takes_less_than_2_kib(clean_kafka: Broker) -> None:
    clean_kafka.create(LOG.topic, cleanup_policy="compact", max_message_bytes=str(8 << 20))
    within(60, write(clean_kafka.connection, KEYS))
    state = new_state()
    tracemalloc.start()
    within(60, recover(clean_kafka.connection, *LOG, state, lambda: None))
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / KEYS < 2_048
    assert most / KEYS < 4_096  # never twice in full: bytes are given back as they are decoded


def test_a_start_writes_what_the_release_before_has_left_in_our_own_format(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.create(LOG.topic, cleanup_policy="compact", max_message_bytes=str(8 << 20))
    monkeypatch.setattr(keepers, "RENEWED_AT_ONCE", 10)
    stitch = next(stage for stage in STAGES if stage.name == "stitch")
    old, new = Counts(0, epoch=1, senders=1), Newer(0, epoch=1, senders=1)

    async def both() -> tuple[dict[bytes, bytes], int]:
        former = Keeper(stitch, 0, broker.connection, {}, Sent())
        await former.load(Counts(0, epoch=1, senders=1), lambda: None)
        old.begin(7)
        old.changes = {f"customer:{number}": {"n": number} for number in range(25)}
        await former.write(old)
        await former.drop()
        keeper = Keeper(stitch, 0, broker.connection, {}, Sent())
        await keeper.load(new, lambda: None)
        await keeper.drop()
        return await latest_values(broker.connection, TopicPartition(*LOG))

    latest, _ = within(60, both())
    assert {value[:1] for value in latest.values()} == {b"\x02"}
    assert (new.entries, new.changes, new.offset) == (old.changes, {}, 7)
    position = orjson.loads(latest.pop(POSITION_KEY)[1:])
    assert (position["offset"], len(latest), len(records_of(new))) == (7, 25, 1)
