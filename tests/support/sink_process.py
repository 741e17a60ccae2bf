"""A sink as a process of its own: python -m support.sink_process <store URL>; settings as usual."""

import asyncio
import sys

from schemas.place import Places
from streams.run.logs import configure
from streams.run.settings import Settings
from streams.run.storing import new_sink
from streams.sink.run import run_sink
from streams.store.migrate import migrate
from streams.store.opening import connect

if __name__ == "__main__":
    configure()
    store = connect(sys.argv[1])
    migrate(store, Places())
    asyncio.run(run_sink(new_sink(Settings(), store)))
