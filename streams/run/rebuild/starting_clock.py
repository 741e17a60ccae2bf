"""What an event clock shows where a new epoch goes on: what it showed before, or what the store remembers of it."""

from streams.clock import now_ms
from streams.kafka.changelog import records_of
from streams.kafka.cut import Past
from streams.kafka.outgoing import Record
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of
from streams.store.client import Store
from streams.validate.state import ValidateState

_REPORTED = "SELECT toUnixTimestamp64Milli(maxOrNull(watermark)) FROM pipeline WHERE stage = 'validate'"
_PASSED = "SELECT toUnixTimestamp64Milli(maxOrNull(at)) + 5000 FROM queue_load"
"""Reports are kept for two days only; a snapshot is taken once the clock has passed it by 5 s."""


def starting_clock(settings: Settings, store: Store, past: Past, fed_until: int | None, epoch: int) -> list[Record]:
    """Records for validate's changelog. `fed_until`: the time of what is stored, in ms.

    Where the log remembers the clock, it goes on exactly as it was. Else the latest time counts that the store tells
    of, because somebody may have moved the clock on beyond the last touchpoint, so that everything closed; but never
    beyond what waits.
    """
    if past.clock:
        return past.clock
    state = ValidateState(0, pseudonymiser=pseudonymiser_of(settings), clock="event", epoch=epoch)
    state.begin(past.cuts[0].offset - 1)
    told = [store.query(sql).rows[0][0] for sql in (_REPORTED, _PASSED)]
    shown = [int(at) for at in (fed_until, *told) if at is not None]
    if shown:
        state.hear_touchpoint(min(max(shown), past.waits_ms or max(shown)), now_ms())
    return records_of(state)
