"""A ClickHouse stand-in as a process that may be killed: python -m support.faults.store_process FOLDER PORT_FILE."""

import signal
import sys
import threading
from collections import deque
from pathlib import Path

from support.clickhouse_standin import Standin


def main(folder: Path, port_file: Path) -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    standin = Standin(folder)
    standin.inserts = deque(maxlen=1)  # type: ignore[assignment]  # an hour of them would fill the memory
    unfinished = port_file.with_suffix(".new")
    unfinished.write_text(str(standin.port))
    unfinished.rename(port_file)
    while not ended.wait(0.5):
        pass
    standin.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
