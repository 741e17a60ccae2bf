"""Between a client and a server: a TCP relay that refuses, delays, drips and cuts, and one that knows inserts by sight.

It runs in a thread of its own; its faults are switched from any other.
"""

import asyncio
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

CHUNK = 1 << 16
NEVER_LATER_THAN_SECONDS = 10.0


@dataclass(eq=False)
class Link:
    """One client's connection and ours to the server. `losing`: the next answer is for nobody."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    losing: bool = False

    def abort(self) -> None:
        """Both ends see a reset, as after a cut cable that was put back."""
        for writer in (self.client, self.server):
            reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Proxy:
    """Relays 127.0.0.1:`port` to 127.0.0.1:`target`, which may change while it runs."""

    def __init__(self, target: int, port: int = 0) -> None:
        self.target, self.port = target, port
        self.delay_seconds = 0.0
        self.bytes_per_second: int | None = None
        self.cuts = 0
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._do(self._listen())

    # -- faults ----------------------------------------------------------------------------------

    def refuse(self) -> None:
        """Nobody listens any more, and who was connected is cut off."""
        self._do(self._close())
        self.cut()

    def admit(self) -> None:
        """The end of every fault."""
        self.delay_seconds, self.bytes_per_second = 0.0, None
        self._do(self._listen())

    def cut(self) -> None:
        """Reset every connection, in the middle of whatever it carries."""

        async def abort() -> None:
            for link in tuple(self._links):
                self.cuts += 1
                link.abort()

        self._do(abort())

    def stop(self) -> None:
        self.refuse()

        async def finish() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._do(finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(NEVER_LATER_THAN_SECONDS)
        self._loop.close()

    # -- relaying --------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            from_server, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            reset(client)
            return
        link = Link(client, server)
        self._links.add(link)
        ways = [asyncio.create_task(self._ask(link, reader)), asyncio.create_task(self._answer(link, from_server))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._links.discard(link)
            link.abort()

    async def _ask(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            await self._forward(link.server, data)

    async def _answer(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            await self._forward(link.client, data)

    async def _forward(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        for start in range(len(data)):
            if self.bytes_per_second is None:
                writer.write(data[start:])
                break
            writer.write(data[start : start + 1])
            await asyncio.sleep(1 / self.bytes_per_second)
        await writer.drain()

    # -- the thread ------------------------------------------------------------------------------

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 25)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(NEVER_LATER_THAN_SECONDS)


Fate = Callable[["StoreProxy", Link, bytes], Coroutine[Any, Any, bool]]
"""What happens to one insert instead of passing; True while its connection lives on."""


class StoreProxy(Proxy):
    """In front of ClickHouse's HTTP port. `plan` what shall happen to the next inserts; `met` says what happened."""

    def __init__(self, target: int, port: int = 0) -> None:
        self._fates: deque[tuple[str, Fate, tuple[str, ...]]] = deque()
        self._later: set[asyncio.Task[None]] = set()
        self.met: dict[str, int] = {}
        super().__init__(target, port)

    def plan(self, name: str, count: int = 1, tables: tuple[str, ...] = (), **how: Any) -> None:
        """`name` of a fate below, for the next `count` inserts into one of `tables` (without any: all but pipeline)."""
        fate = FATES[name](**how)
        self._fates.extend((name, fate, tables) for _ in range(count))

    @property
    def planned(self) -> int:
        """Inserts that have still to meet their fate, and late ones that have not landed."""
        return len(self._fates) + len(self._later)

    def forget_plans(self) -> None:
        self._fates.clear()

    async def _ask(self, link: Link, reader: asyncio.StreamReader) -> None:
        while request := await read_request(reader):
            fate = self._fate(request)
            if fate is None:
                await self._forward(link.server, request)
            elif not await fate(self, link, request):
                return

    async def _answer(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            if link.losing:
                return
            await self._forward(link.client, data)

    def _fate(self, request: bytes) -> Fate | None:
        table = table_of(request)
        for number, (name, fate, tables) in enumerate(self._fates):
            if table and (table in tables if tables else table != "pipeline"):
                del self._fates[number]
                self.met[name] = self.met.get(name, 0) + 1
                return fate
        return None

    async def land(self, request: bytes, seconds: float) -> None:
        """Deliver a request that its client has given up, later."""
        await asyncio.sleep(seconds)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(request.replace(b"Connection: keep-alive", b"Connection: close", 1))
        await reader.read(CHUNK)
        writer.close()


def lose_answer() -> Fate:
    """The store does what it is asked; nobody hears of it."""

    async def fate(proxy: StoreProxy, link: Link, request: bytes) -> bool:
        link.losing = True
        await proxy._forward(link.server, request)
        return True

    return fate


def cut_in_half() -> Fate:
    """Half of the request arrives."""

    async def fate(proxy: StoreProxy, link: Link, request: bytes) -> bool:
        await proxy._forward(link.server, request[: len(request) // 2])
        return False

    return fate


def land_late(seconds: float) -> Fate:
    """The client is told nothing and cut off; the store gets the request `seconds` later, after the client's retry."""

    async def fate(proxy: StoreProxy, link: Link, request: bytes) -> bool:
        task = asyncio.get_running_loop().create_task(proxy.land(request, seconds))
        proxy._later.add(task)
        task.add_done_callback(proxy._later.discard)
        return False

    return fate


def refuse_with(code: int, text: str) -> Fate:
    """The store says no, in ClickHouse's words, and does nothing."""

    async def fate(proxy: StoreProxy, link: Link, request: bytes) -> bool:
        body = f"Code: {code}. DB::Exception: {text}".encode()
        head = (
            f"HTTP/1.1 500 Internal Server Error\r\nX-ClickHouse-Exception-Code: {code}\r\nContent-Length: {len(body)}"
        )
        link.client.write(head.encode() + b"\r\n\r\n" + body)
        await link.client.drain()
        return True

    return fate


FATES: dict[str, Callable[..., Fate]] = {
    "lose_answer": lose_answer,
    "cut_in_half": cut_in_half,
    "land_late": land_late,
    "refuse_with": refuse_with,
}


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One HTTP request, whole; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            return head + await reader.readuntil(b"\r\n0\r\n\r\n")
        return head + await reader.readexactly(int(fields.get(b"content-length", b"0")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def table_of(request: bytes) -> str:
    """The table that this request inserts into; '' for one that inserts nothing."""
    beginning = request[:4_096].replace(b"+", b" ").replace(b"%20", b" ")
    _, found, behind = beginning.partition(b"INSERT INTO ")
    return behind.split(None, 1)[0].decode().replace("`", "").rpartition(".")[2] if found else ""
