"""Some hundred worlds of people side by side on Apache Kafka, with a worker that is killed again and again."""

import time
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import clickhouse_connect
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from support.identity_check import differences, truth
from support.identity_road import ROW_KEYS
from support.identity_world import MINUTE, PLACES, Arrival, World, random_world
from support.kafka import Broker, within
from support.road import Road

from streams.topology import PUBLIC
from streams.validate.marker import COMMAND_HEADER

pytestmark = pytest.mark.kafka

WORLDS, PARTITIONS, KILLS = 300, 3, 4
TIMES = ("evidence_at", "first_seen", "last_seen", "started_at", "ended_at", "covers_until", "joined_at")


def named(name: str, number: int) -> str:
    """An identifier, as this world's own."""
    kind, _, value = name.partition(":")
    if kind in ("email", "phone"):
        return f"{kind}:h1:{sha256(f'{name} {number}'.encode()).hexdigest()}"
    return f"{kind}:{value}-{number}"


def told_apart(told: dict[str, Any], number: int) -> dict[str, Any]:
    """A touchpoint or command as it is told in the world of this number."""
    if "weak" in told:
        return told | {end: named(told[end], number) for end in ("weak", "strong")} | {"command": f"{number}"}
    own = {field: f"{told['data'][field]}-{number}" for field in OWN if field in told["data"]}
    who = {kind: named(f"{kind}:{value}", number).split(":", 1)[1] for kind, value in told["identifiers"].items()}
    return told | {"event_id": f"{number}-{told['event_id']}", "identifiers": who, "data": told["data"] | own}


OWN = ("call", "token", "order", "from", "into", "booking")


def side_by_side(begins: int, dice: Random) -> World:
    """All of them in the last three quarters of an hour, in one stream that keeps the order of each."""
    mixed = []
    for number in range(WORLDS):
        one = random_world(dice.getrandbits(40), begins=begins)
        mixed += [(arrival.at, number, arrival) for arrival in one.arrivals]
    mixed.sort(key=lambda entry: entry[:2])
    arrivals = tuple(
        Arrival(begins, one.input % PARTITIONS, told_apart(one.told, number), one.orders) for _, number, one in mixed
    )
    return World(arrivals, (), PARTITIONS, "Europe/Amsterdam", 0, 0)


def send(road: Road, arrivals: tuple[Arrival, ...]) -> None:
    """Share by share; as soon as something of a share is counted, the worker is killed with the rest in its hands."""
    share = len(arrivals) // KILLS + 1
    for first in range(0, len(arrivals), share):
        before = counted(road)
        within(30, emit(road.servers, arrivals[first : first + share]))
        road.until(lambda known=before: counted(road) > known and at_work(road), 60, "the worker is at it")
        road.kill("worker")


def at_work(road: Road) -> bool:
    """Not between its last end and its next start."""
    return road.part("worker").process is not None


async def emit(servers: str, arrivals: tuple[Arrival, ...]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True) as producer:
        for one in arrivals:
            headers = [COMMAND_HEADER] if one.orders else []
            await producer.send(PUBLIC, orjson.dumps(one.told), partition=one.input, headers=headers)


def counted(road: Road) -> int:
    """Touchpoints that live state has counted and the store knows of."""
    ((touchpoints,),) = road.query("SELECT sum(touchpoints) FROM identifiers")
    return int(touchpoints)


def stored(road: Road, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What the store answers, as rows come out of stitch: times in seconds."""
    client = clickhouse_connect.get_client(host="127.0.0.1", port=road.http_port)
    try:
        settings = {"output_format_json_quote_64bit_integers": 0, "output_format_json_quote_decimals": 1}
        settings["date_time_output_format"] = "unix_timestamp"
        lines = client.raw_query(f"SELECT * FROM {table}", fmt="JSONEachRow", settings=settings).splitlines()
    finally:
        client.close()
    rows = [orjson.loads(line) for line in lines]
    for row in rows:
        row.update({column: float(row[column]) for column in TIMES if row.get(column) is not None})
    return {tuple([row[column] for column in ROW_KEYS[table]]): row for row in rows}


def test_hundreds_of_worlds_come_out_right_though_workers_are_killed(clean_kafka: Broker, tmp_path: Path) -> None:
    dice = Random(20260922)
    world = side_by_side(round(time.time() * 1_000) - 45 * MINUTE, dice)
    settings = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": str(PARTITIONS)}
    settings |= {"TOUCHLINE_TIMEZONE": world.zone, "TOUCHLINE_PLACES": str(tmp_path / "places.json")}
    (tmp_path / "places.json").write_bytes(orjson.dumps([place.model_dump(mode="json") for place in PLACES.all()]))
    wrong: list[str] = []

    looked = [0.0]

    def all_right() -> bool:
        if time.monotonic() < looked[0] + 1:
            return False
        looked[0] = time.monotonic()
        wrong[:] = differences(lambda table: stored(road, table), truth(world, round(time.time() * 1_000)))
        return not wrong

    with Road(tmp_path, clean_kafka.connection.servers, settings) as road:
        send(road, world.arrivals)
        try:
            road.until(all_right, 90, "everybody is seen as the oracle sees them")
        except AssertionError:
            raise AssertionError("\n".join(wrong[:20])) from None
