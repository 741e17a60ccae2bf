"""Playing a simulation: the past at once, the rest in its own time."""

import asyncio
import io

from support.simulated import START

from streams.sources.simulate import Emission
from streams.sources.simulate.live import history_start, play, truth_into, write_file
from streams.sources.simulate.park import DAY, HOUR, Calendar, daylight_timezone


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, now: int) -> None:
        self.time = now

    def now(self) -> int:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += round(seconds * 1_000)


def run(times: list[int], now: int) -> tuple[list[tuple[int, list[int]]], int]:
    clock, sendings, caught_up = Clock(now), [], []

    async def send(emissions: list[Emission]) -> None:
        sendings.append((clock.time, [emission.at for emission in emissions]))

    emissions = [Emission(at, b"", b"{}") for at in times]
    sent = asyncio.run(play(emissions, send, clock.now, sleep=clock.sleep, caught_up=caught_up.append))
    assert sent == len(times)
    return [sending for sending in sendings if sending[1]], caught_up[0] if caught_up else -1


def test_the_past_goes_in_large_batches_without_waiting():
    sendings, caught_up = run(list(range(12_000)), now=1_000_000)
    assert [(at, len(times)) for at, times in sendings] == [(1_000_000, 5_000), (1_000_000, 5_000), (1_000_000, 2_000)]
    assert caught_up == -1


def test_what_lies_ahead_goes_when_its_time_has_come_and_not_before():
    sendings, caught_up = run([1, 2, 10_000, 10_040, 20_000], now=5_000)
    assert sendings == [(5_000, [1, 2]), (10_000, [10_000]), (10_100, [10_040]), (20_000, [20_000])]
    assert caught_up == 2


def test_history_begins_in_a_quiet_morning_a_day_or_more_ago():
    for hour in range(48):
        now = START + hour * HOUR
        start = history_start(now, "Europe/Berlin")
        assert DAY <= now - start < 2 * DAY
        assert Calendar("Europe/Berlin").hour(start) == 4


def test_the_park_lies_where_it_is_early_afternoon():
    for hour in range(24):
        now = START + hour * HOUR
        assert int(Calendar(daylight_timezone(now)).hour(now)) == 13


def test_a_file_has_a_line_for_each_record_that_is_not_empty():
    out, truth = io.BytesIO(), io.BytesIO()
    assert write_file([Emission(1, b"k", b"{}"), Emission(2, b"k", b""), Emission(3, b"k", b"{oops")], out) == 2
    assert out.getvalue() == b"{}\n{oops\n"
    truth_into(truth)({"kind": "dirt"})
    assert truth.getvalue() == b'{"kind":"dirt"}\n'
