"""What each kind of broker can do, as data; whoever needs an ability asks here, and a test proves every entry."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Abilities:
    """`True` is a promise that Touchline relies on; for `False` it has another way or goes without."""

    idempotence: bool  # a producer's retry never writes a record twice
    transactions: bool  # several batches become visible together, and a second producer shuts out the first
    compaction: bool  # keeps the last record of each key
    append_time: bool  # stamps records with its own clock, so that every replay sees the same "received at"
    exact_end_offsets: bool  # ListOffsets tells the end; else only a fetch does
    durability: bool  # records outlive the broker's process
    retention: bool  # deletes old records by time
    config_visible: bool  # topic settings can be read back and so be checked
    size_limits: bool  # refuses a batch above the topic's max.message.bytes
    static_membership: bool  # a worker that restarts within the session gets its partitions without a rebalance


BROKERS: dict[Literal["kafka", "embedded"], Abilities] = {
    "kafka": Abilities(
        idempotence=True,
        transactions=True,
        compaction=True,
        append_time=True,
        exact_end_offsets=True,
        durability=True,
        retention=True,
        config_visible=True,
        size_limits=True,
        static_membership=True,
    ),
    "embedded": Abilities(
        idempotence=False,
        transactions=False,
        compaction=False,
        append_time=False,
        exact_end_offsets=False,
        durability=False,
        retention=False,
        config_visible=True,
        size_limits=False,
        static_membership=False,
    ),
}
