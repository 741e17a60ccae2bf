"""A lane that would dead-letter a whole release waits for a person instead, and loses nothing meanwhile."""

import asyncio
from typing import Any

import orjson
import pytest
from support.kafka_lane import Ledger, chunk, lane, record, until

from streams.kafka import gate
from streams.kafka.gate import Resumption
from streams.kafka.lane import Lane, StageCode
from streams.outbox import Outbox
from streams.refusals import RefusalWindow
from streams.validate.pseudonym import Pseudonymiser
from streams.validate.state import ValidateState


def judge(_state: Any, message: Any, out: Outbox) -> None:
    if message.value == b"bad":
        out.row("rejected", orjson.dumps({"reason": "bad_value", "field": "place", "source": "till"}))
    elif message.value == b"good":
        out.row("touchpoints", b"{}")


def new_state(number: int) -> ValidateState:
    return ValidateState(number, pseudonymiser=Pseudonymiser(b"a key that is long enough"))


CODE = StageCode(judge, None, new_state, lasting=False, window=lambda: RefusalWindow(0.5, 4))


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What stands on the control topic."""
    noted: dict[str, str] = {}

    async def read(_connection: Any) -> dict[str, str]:
        await asyncio.sleep(0)
        return dict(noted)

    monkeypatch.setattr(gate, "read_control", read)
    monkeypatch.setattr(gate, "LOOK_SECONDS", 0.01)
    return noted


def put(served: Lane, ledger: Ledger, start: int, *values: bytes) -> None:
    served.put(chunk(ledger, *(record(start + n, value) for n, value in enumerate(values))))


def acked(ledger: Ledger) -> list[int]:
    return [offset for kind, offset in ledger.events if kind == "acked"]


def test_a_bad_release_is_neither_said_nor_acked_until_somebody_lets_it_through(control: dict[str, str]):
    async def run() -> None:
        ledger, stands = Ledger(), []
        served = lane(ledger, CODE, "validate", stand=stands.append)
        put(served, ledger, 0, b"good", b"good", b"good", b"good")
        await until(lambda: acked(ledger) == [3])
        put(served, ledger, 4, b"bad", b"bad", b"bad", b"good")
        await until(lambda: served.paused and served.state)
        assert (
            served.paused == "75% of the last touchpoints are refused (limit 50%): bad_value of place from till (100%)"
        )
        assert (acked(ledger), ledger.values("rows.rejected"), served.offset, stands) == ([3], [], 3, [True])
        control["resume:touchpoints/0"] = Resumption(0, "ops", 1).encode().decode()
        await until(lambda: acked(ledger) == [3, 7])
        assert (served.paused, stands) == ("", [True, False])
        assert b"\n".join(ledger.values("rows.rejected")).count(b"bad_value") == 3
        await served.close()

    asyncio.run(run())


def test_a_paused_lane_counts_as_moving(control: dict[str, str]):
    async def run() -> None:
        ledger = Ledger()
        served = lane(ledger, CODE, "validate")
        put(served, ledger, 0, b"bad", b"bad", b"bad", b"bad")
        await until(lambda: served.paused)
        served.moved = 0.0
        await until(lambda: served.moved)
        await served.close()

    asyncio.run(run())


def test_after_a_restart_what_was_let_through_before_passes_at_once(control: dict[str, str]):
    async def run() -> None:
        ledger = Ledger()
        control["resume:touchpoints/0"] = Resumption(4, "ops", 1).encode().decode()
        served = lane(ledger, CODE, "validate")
        put(served, ledger, 0, b"bad", b"bad", b"bad", b"bad")
        await until(lambda: acked(ledger) == [3])
        await served.close()

    asyncio.run(run())


def test_an_old_permission_does_not_cover_what_came_after_it(control: dict[str, str]):
    async def run() -> None:
        ledger = Ledger()
        control["resume:touchpoints/0"] = Resumption(3, "ops", 1).encode().decode()
        served = lane(ledger, CODE, "validate")
        put(served, ledger, 0, b"bad", b"bad", b"bad", b"bad")
        await until(lambda: served.paused)
        assert acked(ledger) == []
        await served.close()

    asyncio.run(run())


def test_the_odd_bad_record_pauses_nothing(control: dict[str, str]):
    async def run() -> None:
        ledger = Ledger()
        served = lane(ledger, CODE, "validate")
        for start in range(0, 40, 4):
            put(served, ledger, start, b"good", b"bad", b"good", b"")
        await until(lambda: 39 in acked(ledger))
        assert b"\n".join(ledger.values("rows.rejected")).count(b"bad_value") == 10
        await served.close()

    asyncio.run(run())
