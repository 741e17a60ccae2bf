"""A worker whose code raises or stalls where TOUCHLINE_ODD_AT says: python -m support.faults.odd_worker.

`raise:stitch:300` raises at the 300th record of stitch, `timer:load:2` at the second look for timers of load,
`stall:stitch:300:12` blocks the event loop there for 12 s, `allocate:validate:300` runs out of memory,
`callback:stitch:20` raises where the 20th chunk is handed from Faust to its lane. `newer` plays the next release: it
writes its state in another format and reads the present one.
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from streams.kafka.lane import Chunk, Lane, StageCode
from streams.run import worker
from streams.run.cli import app


class OddError(Exception):
    """What no code of ours expects."""


def odd(stage: str, code: StageCode, how: str, count: int, seconds: float) -> StageCode:
    """The same stage, with one surprise."""
    surprise = surprise_at(how, count, seconds)
    if how == "callback":
        put = Lane.put

        def surprised_put(lane: Lane, chunk: Chunk) -> None:
            if lane.stage.name == stage:
                surprise()
            put(lane, chunk)

        Lane.put = surprised_put  # type: ignore[method-assign]
        return code

    def before(work: Callable[..., Any]) -> Callable[..., Any]:
        def surprised(*arguments: Any) -> Any:
            surprise()
            return work(*arguments)

        return surprised

    if how == "timer":
        assert code.fire is not None
        return replace(code, fire=before(code.fire))
    return replace(code, step=before(code.step))


def newer(code: StageCode) -> StageCode:
    """The same stage, with a state that it writes turned around and behind the next format byte."""

    def new_state(number: int) -> Any:
        state = code.new_state(number)
        present: type[Any] = type(state)
        methods = {
            "FORMAT": bytes([present.FORMAT[0] + 1]),
            "encode": lambda self, entry: present.encode(self, entry)[::-1],
            "decode": lambda self, key, value: present.decode(self, key, value[::-1]),
            "predecessors": lambda self: {present.FORMAT: lambda key, value: present.decode(self, key, value)},
        }
        state.__class__ = type("Newer", (present,), methods)
        return state

    return replace(code, new_state=new_state)


def surprise_at(how: str, count: int, seconds: float) -> Callable[[], None]:
    """Something to call often; the call number `count` does it."""
    left = [count]

    def surprise() -> None:
        left[0] -= 1
        if left[0] != 0:
            return
        print("now something odd happens:", how, flush=True)
        if how == "stall":
            time.sleep(seconds)
        elif how == "allocate":
            raise MemoryError("no more of it")
        else:
            raise OddError("nobody expects this")

    return surprise


def main() -> None:
    usual, specification = worker.stage_codes, os.environ.get("TOUCHLINE_ODD_AT", "")

    def odd_codes(*arguments: Any, **named: Any) -> dict[str, StageCode]:
        codes = usual(*arguments, **named)
        if specification == "newer":
            return {stage: newer(code) for stage, code in codes.items()}
        if specification:
            how, stage, count, *seconds = specification.split(":")
            codes[stage] = odd(stage, codes[stage], how, int(count), float(*seconds or [0.0]))
        return codes

    worker.stage_codes = odd_codes
    app(["worker"])


if __name__ == "__main__":
    main()
