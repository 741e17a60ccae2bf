"""What is noted on the control topic: which epoch is served, and what must not change while there is state."""

from collections.abc import Mapping
from typing import Final, Protocol

from aiokafka import TopicPartition

from streams.kafka.connection import Connection
from streams.kafka.outgoing import NO_HEADERS, Destination, Record
from streams.kafka.producer import BatchProducer
from streams.kafka.recovery import latest_values
from streams.topology import CONTROL, STAGES, changelog, of_epoch, physical

EPOCH: Final = "epoch"
KEY_FINGERPRINT: Final = "pseudonym-key"
PARTITIONS: Final = "partitions"


class Identified(Protocol):
    """A topic as the broker describes it, with the id that it got when it was created."""

    @property
    def topic_id(self) -> str: ...


def epoch_noted(noted: Mapping[str, str]) -> int:
    """The epoch that workers serve; the first one where nobody has ever switched."""
    return int(noted.get(EPOCH, 1))


def control_facts(found: Mapping[str, Identified], partitions: int, fingerprint: str, epoch: int = 1) -> dict[str, str]:
    """What must never change while there is state: it is kept on the control topic."""
    identities = {
        f"topic:{name}": found[name].topic_id
        for stage in STAGES
        for name in (physical(stage.reads, epoch), changelog(stage.name, epoch))
        if found[name].topic_id
    }
    return {KEY_FINGERPRINT: fingerprint, of_epoch(PARTITIONS, epoch): str(partitions), **identities}


def contradictions(noted: Mapping[str, str], facts: Mapping[str, str]) -> list[str]:
    """What differs from the first start, each with what to do."""
    changed = {name for name, fact in facts.items() if noted.get(name, fact) != fact}
    problems = []
    if KEY_FINGERPRINT in changed:
        problems.append(
            f"the pseudonym key is another one (fingerprint {facts[KEY_FINGERPRINT]}, until now "
            f"{noted[KEY_FINGERPRINT]}): every e-mail and phone would become a new person. "
            "Set TOUCHLINE_PSEUDONYM_KEY and TOUCHLINE_PSEUDONYM_KEY_ID to the former ones"
        )
    problems += [
        f"TOUCHLINE_PARTITIONS is {facts[name]}, the state was written with {noted[name]}: "
        f"set it to {noted[name]}, or make the state anew with `touchline rebuild`"
        for name in changed
        if name.partition(".")[0] == PARTITIONS
    ]
    recreated = sorted(name.partition(":")[2] for name in changed if name.startswith("topic:"))
    if recreated:
        problems.append(
            f"{', '.join(recreated)}: deleted and created again since the last start, so state and offsets belong to "
            "records that are gone. `touchline rebuild` makes the state anew from the stored touchpoints"
        )
    return problems


async def read_control(connection: Connection) -> dict[str, str]:
    latest, _ = await latest_values(connection, TopicPartition(CONTROL, 0))
    return {key.decode(): value.decode() for key, value in latest.items()}


async def write_control(connection: Connection, facts: Mapping[str, str]) -> None:
    if not facts:
        return
    producer = BatchProducer(connection, {})
    await producer.start()
    try:
        records: list[Record] = [(name.encode(), fact.encode(), NO_HEADERS) for name, fact in facts.items()]
        await producer.post({Destination(CONTROL, 0): records})
    finally:
        await producer.stop()
