"""An embedded broker as a child process of a test: it ends with the test, however that ends."""

import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from streams.kafka import embedded
from streams.run.ports import holder, is_free
from streams.run.supervisor import die_with_parent


class BrokerDidNotStartError(Exception):
    """The message says why and what to do."""


class EmbeddedBroker:
    """A context: the broker answers inside it and is gone after it. `log`: where its own words go."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BrokerDidNotStartError("the embedded broker is not running")
        return self._process.pid

    def start(self, patience_seconds: float = 15.0) -> None:
        """Start and wait until it answers. Raises BrokerDidNotStartError; a taken port names who holds it."""
        if not is_free(self.port):
            raise BrokerDidNotStartError(
                f"port {self.port} is held by {holder(self.port)}; end that, or choose another port for the broker"
            )
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                embedded.command(self.port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we end the broker after its clients
                preexec_fn=die_with_parent,
            )
        self._await_answer(time.monotonic() + patience_seconds)

    def stop(self, patience_seconds: float = 5.0) -> None:
        """End it; calling this twice does no harm."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _await_answer(self, deadline: float) -> None:
        process = self._process
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        words = self.log.read_text(errors="replace").strip().splitlines()[-3:]
        self.stop()
        raise BrokerDidNotStartError(
            f"the embedded broker did not answer on port {self.port}; {self.log} says: {' | '.join(words) or 'nothing'}"
        )

    def __enter__(self) -> "EmbeddedBroker":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
