"""Plain Faust doing the same work: our steps one event at a time, a table write per entry, a send per message."""

import argparse
from typing import Any, NamedTuple

import faust

from schemas.place import Places
from streams.outbox import Outbox
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of, stage_codes
from streams.topology import EVENTS, PLACE_EVENTS, PUBLIC, rows_topic


class Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any = ()


def vanilla(servers: str, partitions: int) -> faust.App:
    """Three agents. Watermarks and timers are left out: the peer is spared that work."""
    settings = Settings(partitions=partitions, pseudonym_key="0123456789abcdef")
    codes = stage_codes(settings, Places(), pseudonymiser_of(settings))
    app = faust.App(
        "vanilla", broker=f"kafka://{servers}", store="memory://", web_enabled=False, topic_partitions=partitions
    )
    topics = {
        name: app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        for name in (PUBLIC, EVENTS, PLACE_EVENTS, *(rows_topic(t) for t in ("touchpoints", "stays", "identifiers")))
    }
    states: dict[tuple[str, int], Any] = {}

    async def fold(name: str, event: Any, table: Any) -> None:
        message = event.message
        state = states.setdefault((name, message.partition), codes[name].new_state(message.partition))
        out = Outbox()
        state.begin(message.offset)
        record = Record(message.offset, int(message.timestamp * 1_000), message.key, event.value)
        codes[name].step(state, record, out)
        for topic, key, value in out.messages:
            await topics[topic].send(key=key, value=value)
        for row_table, rows in out.rows.items():
            for row in rows:
                if rows_topic(row_table) in topics:
                    await topics[rows_topic(row_table)].send(value=row)
        for key, entry in state.changes.items():
            if table is not None and entry is not None:
                table[key] = state.encode(entry).decode()
        state.settle()

    stitched, loaded = app.Table("stitched", partitions=partitions), app.Table("loaded", partitions=partitions)

    @app.agent(topics[PUBLIC], name="validate")
    async def validate(stream: Any) -> None:
        async for event in stream.events():
            await fold("validate", event, None)

    @app.agent(topics[EVENTS], name="stitch")
    async def stitch(stream: Any) -> None:
        async for event in stream.events():
            await fold("stitch", event, stitched)

    @app.agent(topics[PLACE_EVENTS], name="load")
    async def load(stream: Any) -> None:
        async for event in stream.events():
            await fold("load", event, loaded)

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("servers")
    parser.add_argument("partitions", type=int)
    arguments = parser.parse_args()
    app = vanilla(arguments.servers, arguments.partitions)
    app.finalize()
    faust.Worker(app, loglevel="ERROR").execute_from_commandline()
