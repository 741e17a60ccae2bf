"""The stages, their topics and keys as data: topics, access rights, groups and the README's picture come from here."""

from dataclasses import dataclass

PUBLIC, REJECTED, EVENTS, PLACE_EVENTS = "touchpoints", "touchpoints.rejected", "events", "place-events"
ROW_TABLES = ("touchpoints", "rejected", "identifiers", "stays", "queue_load", "pipeline", "epochs", "rejected_audit")


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
        ("touchpoints", "rejected"),
        "clock (event clock only)",
        None,
    ),
    Stage(
        "stitch",
        EVENTS,
        "identifier",
        (PLACE_EVENTS, REJECTED),
        ("identifiers", "stays", "rejected"),
        "identifier, its pages, closings of places",
        "validate",
    ),
    Stage("load", PLACE_EVENTS, "place", (), ("queue_load",), "place, its stays", "stitch"),
)


@dataclass(frozen=True)
class Topic:
    """`partitioned`: as many partitions as `touchpoints`; else one. Retention None: for ever."""

    name: str
    partitioned: bool
    compacted: bool = False
    max_message_bytes: int = 1 << 20
    retention_hours: int | None = 7 * 24


def changelog(stage: str) -> str:
    return f"touchline-{stage}-changelog"


CONTROL = "touchline.control"
"""Compacted, one partition: the fingerprint of the pseudonym key, the number of partitions."""


def topics() -> tuple[Topic, ...]:
    """Every topic that Touchline reads or writes."""
    return (
        Topic(PUBLIC, partitioned=True, max_message_bytes=2 << 20),
        Topic(REJECTED, partitioned=False, max_message_bytes=4 << 20, retention_hours=30 * 24),
        Topic(CONTROL, partitioned=False, compacted=True, retention_hours=None),
        *(Topic(stage.reads, partitioned=True, max_message_bytes=8 << 20) for stage in STAGES if stage.hears),
        *(
            Topic(changelog(s.name), partitioned=True, compacted=True, max_message_bytes=8 << 20, retention_hours=None)
            for s in STAGES
        ),
        *(Topic(rows_topic(table), partitioned=False, max_message_bytes=8 << 20) for table in ROW_TABLES),
    )
