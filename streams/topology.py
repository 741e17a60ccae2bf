"""The stages, their topics and keys as data: topics, access rights, groups and the README's picture come from here."""

from dataclasses import dataclass

PUBLIC, REJECTED, EVENTS, PLACE_EVENTS = "touchpoints", "touchpoints.rejected", "events", "place-events"
ROW_TABLES = (
    *(
        "touchpoints",
        "rejected",
        "identifiers",
        "stays",
        "queue_load",
        "staffing",
        "pipeline",
        "epochs",
        "rejected_audit",
    ),
    *("customers", "visits", "identity_links", "identity_ledger", "identity_commands", "erasures"),
)


def rows_topic(table: str) -> str:
    return f"rows.{table}"


@dataclass(frozen=True)
class Stage:
    """One row of the table. `state`: what an entry is; `hears`: the stage whose watermarks arrive with `reads`."""

    name: str
    reads: str
    keyed_by: str
    sends: tuple[str, ...]
    rows: tuple[str, ...]
    state: str
    hears: str | None


STAGES = (
    Stage(
        "validate",
        PUBLIC,
        "partition",
        (EVENTS, REJECTED),
        ("touchpoints", "rejected", "identity_commands"),
        "clock (event clock only)",
        None,
    ),
    Stage(
        "stitch",
        EVENTS,
        "identifier",
        (EVENTS, PLACE_EVENTS, REJECTED),
        ("customers", "visits", "identity_links", "identity_ledger", "identifiers", "stays", "rejected", "erasures"),
        "identifier, its pages, what others told it; account merges; closings of places",
        "validate",
    ),
    Stage("load", PLACE_EVENTS, "place", (), ("queue_load", "staffing"), "place, its stays", "stitch"),
)


@dataclass(frozen=True)
class Topic:
    """`partitioned`: as many partitions as `touchpoints`; else one. Retention None: for ever."""

    name: str
    partitioned: bool
    compacted: bool = False
    max_message_bytes: int = 1 << 20
    retention_hours: int | None = 7 * 24


def changelog(stage: str, epoch: int = 1) -> str:
    return of_epoch(f"touchline-{stage}-changelog", epoch)


CONTROL = "touchline.control"
"""Compacted, one partition: the epoch that workers serve, and what must not change while there is state."""


def of_epoch(name: str, epoch: int) -> str:
    """What a topic or group that each epoch has of its own is called: the first one's names are the plain ones."""
    return name if epoch == 1 else f"{name}.e{epoch}"


def plain(topic: str) -> str:
    """The name without its epoch; the reverse of `of_epoch`."""
    name, _, number = topic.rpartition(".e")
    return name if number.isdigit() and name in _OWN else topic


def epoch_of(topic: str) -> int | None:
    """The epoch that a topic belongs to; None for those that all epochs share."""
    name = plain(topic)
    if name not in _OWN:
        return None
    return 1 if name == topic else int(topic.rpartition(".e")[2])


def physical(topic: str, epoch: int) -> str:
    """What a topic of the table above is called in an epoch."""
    return of_epoch(topic, epoch) if topic in _OWN else topic


def worker_group(epoch: int) -> str:
    return of_epoch("touchline", epoch)


def refill_group(epoch: int) -> str:
    """Who reads the logs of an epoch while it is fed with what is stored."""
    return f"{worker_group(epoch)}.refill"


def epoch_of_group(group: str) -> int | None:
    """Whose workers, or whose feeding, the group is of; None for groups of others."""
    name = group.removesuffix(".refill")
    head, _, number = name.rpartition(".e")
    if head == worker_group(1) and number.isdigit():
        return int(number)
    return 1 if name == worker_group(1) else None


def transactional_id(stage: str, partition: int, epoch: int) -> str:
    """Whoever writes the state of this partition; a second one with it shuts out the first."""
    return of_epoch(f"touchline-{stage}-{partition}", epoch)


def shared_topics() -> tuple[Topic, ...]:
    """What services see and what the sink reads, whatever the epoch."""
    return (
        Topic(PUBLIC, partitioned=True, max_message_bytes=2 << 20),
        Topic(REJECTED, partitioned=False, max_message_bytes=4 << 20, retention_hours=30 * 24),
        Topic(CONTROL, partitioned=False, compacted=True, retention_hours=None),
        *(Topic(rows_topic(table), partitioned=False, max_message_bytes=8 << 20) for table in ROW_TABLES),
    )


def own_topics(epoch: int) -> tuple[Topic, ...]:
    """What an epoch has of its own: the logs between the stages, and the stages' state."""
    inputs = [of_epoch(stage.reads, epoch) for stage in STAGES if stage.hears]
    states = [changelog(stage.name, epoch) for stage in STAGES]
    return (
        *(Topic(name, partitioned=True, max_message_bytes=8 << 20) for name in inputs),
        *(
            Topic(name, partitioned=True, compacted=True, max_message_bytes=8 << 20, retention_hours=None)
            for name in states
        ),
    )


_OWN = frozenset(topic.name for topic in own_topics(1))


def topics(epoch: int = 1) -> tuple[Topic, ...]:
    """Every topic that the workers of an epoch read or write."""
    return shared_topics() + own_topics(epoch)


SAID_BEFORE = frozenset({REJECTED, *map(rows_topic, ("touchpoints", "rejected", "pipeline", "identity_commands"))})
"""What a rebuild does not say again: it is stored, or it is about the workers themselves."""
