"""Chunks on their way from Faust to the lane of their partition."""

import subprocess
import sys

HANDS_OVER = """
import asyncio
from types import SimpleNamespace
from faust.types import TP
from streams.kafka.runner import StageRunner
from streams.kafka.transport import Fetched
from streams.topology import STAGES

async def events():
    yield SimpleNamespace(message=SimpleNamespace(tp=TP("events", 0)), value=Fetched(None, []), ack=None)

stream = SimpleNamespace(noack=lambda: SimpleNamespace(events=events))
asyncio.run(StageRunner(STAGES[1], None, None, lambda: 1 / 0).follow(stream))
print("went on")
"""


def test_a_chunk_that_cannot_be_handed_over_ends_the_process_and_is_never_left_out() -> None:
    ended = subprocess.run([sys.executable, "-c", HANDS_OVER], capture_output=True, text=True, check=False)
    assert (ended.returncode, "went on" in ended.stdout) == (70, False)
    assert "unexpected error while a chunk was handed over" in ended.stderr + ended.stdout
