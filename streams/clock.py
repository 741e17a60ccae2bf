"""The wall clock, for the shell alone: heartbeats, `at` of the pipeline rows, how long something took."""

import time


def now_ms() -> int:
    """Whole milliseconds since 1970 UTC. It may be set back; compare durations by `steady_seconds`."""
    return time.time_ns() // 1_000_000


def steady_seconds() -> float:
    """Seconds of a clock that never goes back; only differences mean anything."""
    return time.monotonic()
