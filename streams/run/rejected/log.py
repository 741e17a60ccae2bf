"""Dead letters that the store does not have: their bytes straight from the log, as long as that holds them."""

from streams.kafka.connection import Connection
from streams.kafka.inspection import open_logs
from streams.kafka.outgoing import Destination
from streams.kafka.standing import partitions_of
from streams.run.rejected.fix import defect_of, key_of
from streams.run.rejected.letters import Letter, Position


async def from_log(connection: Connection, position: Position) -> Letter | None:
    """What lies there, judged by the contract as it is now; None where the log does not have it (any more)."""
    if position.partition >= await partitions_of(connection, position.topic):
        return None
    async with open_logs(connection) as logs:
        found = await logs.record(Destination(position.topic, position.partition), position.offset)
    if found is None:
        return None
    at_ms, value = found
    payload = value if not position.row else _line(value, position.row)
    if payload is None:
        return None
    defect = defect_of(payload, position.topic, at_ms)
    source = key_of(payload).partition(":")[0]
    if position.row:
        return Letter(position, at_ms, "store_refused", "", "the store has no row of this dead letter", source, payload)
    if defect is None:
        return Letter(position, at_ms, "", "", "nothing is wrong with it as the contract is now", source, payload)
    return Letter(position, at_ms, defect.reason, defect.field, defect.detail, source, payload)


def _line(value: bytes, row: str) -> bytes | None:
    lines = value.split(b"\n")
    return lines[int(row) - 1] if row.isdigit() and 0 < int(row) <= len(lines) else None
