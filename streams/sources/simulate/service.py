"""Service points: people queue, servers serve them in order; nobody's wait is drawn, it is what the servers leave."""

import heapq
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Literal

from streams.sources.simulate.engine import Engine

Happening = Literal["joined", "started", "ended", "left"]


class Ticket:
    """One thing in one queue. `thing` is what the processor sees ('wristband:…', 'token:…'), '' if nobody sees it."""

    __slots__ = (
        "called",
        "ended",
        "identifiers",
        "joined",
        "outcome",
        "person",
        "server",
        "started",
        "thing",
        "token",
        "wake",
    )

    def __init__(
        self, person: str, identifiers: dict[str, str], *, thing: str | None = None, token: str | None = None
    ) -> None:
        self.person, self.identifiers, self.token = person, identifiers, token
        self.thing = thing if thing is not None else next((f"{k}:{v}" for k, v in identifiers.items()), "")
        self.joined = self.server = 0
        self.started: int | None = None
        self.ended: int | None = None
        self.outcome = ""
        self.called: Callable[[], None] | None = None
        self.wake: Callable[[], None] | None = None


class ServicePoint:
    """`duration`: draws one service in ms (None: whoever is served says when it ends); `tell`: hears what happens."""

    def __init__(
        self,
        engine: Engine,
        place: str,
        *,
        servers: int,
        mean_ms: float,
        duration: Callable[[], int] | None,
        tell: "Callable[[Happening, Ticket, ServicePoint], None]",
    ) -> None:
        self.place, self.mean_ms, self.servers = place, mean_ms, servers
        self._engine, self._duration, self._tell = engine, duration, tell
        self._ahead: deque[Ticket] = deque()
        self._line: deque[Ticket] = deque()
        self._free = list(range(1, servers + 1))
        self.serving: set[Ticket] = set()

    @property
    def waiting(self) -> int:
        return len(self._ahead) + len(self._line)

    @property
    def empty(self) -> bool:
        return not self._ahead and not self._line and not self.serving

    @property
    def called_waiting(self) -> int:
        """How many who came through a virtual queue stand in front."""
        return len(self._ahead)

    def visible_wait_ms(self) -> float:
        """What somebody sees who looks at the line: its length times what each server needs."""
        if not self.servers:
            return 3 * 3_600_000.0
        if self._free and not self.waiting:
            return 0.0
        return (self.waiting + 1) * self.mean_ms / self.servers

    def join(self, ticket: Ticket, *, patience_ms: int | None = None, ahead: bool = False) -> Ticket:
        """Stand in line (`ahead`: in the line that is served first). Beyond the patience the ticket leaves unserved."""
        ticket.joined = self._engine.now
        (self._ahead if ahead else self._line).append(ticket)
        self._tell("joined", ticket, self)
        self._serve()
        if patience_ms is not None and ticket.started is None:
            self._engine.at(ticket.joined + patience_ms, lambda: self.give_up(ticket))
        return ticket

    def give_up(self, ticket: Ticket) -> None:
        """Leave the line; nothing happens to one who is served already."""
        if ticket.started is not None or ticket.ended is not None:
            return
        line = self._ahead if ticket in self._ahead else self._line
        line.remove(ticket)
        self._end(ticket, "left", "abandoned")

    def send_away(self) -> None:
        """Everybody who still waits leaves unserved."""
        for ticket in [*self._ahead, *self._line]:
            self.give_up(ticket)

    def everybody(self) -> list[Ticket]:
        """Who waits or is served now, in the order of joining."""
        return sorted([*self._ahead, *self._line, *self.serving], key=lambda ticket: (ticket.joined, ticket.thing))

    def set_servers(self, servers: int) -> None:
        """More begin at once; those who go finish whom they serve."""
        busy = {ticket.server for ticket in self.serving}
        self.servers = servers
        self._free = [number for number in range(1, servers + 1) if number not in busy]
        self._serve()

    def _serve(self) -> None:
        while self._free and (self._ahead or self._line):
            ticket = (self._ahead or self._line).popleft()
            ticket.server, ticket.started = heapq.heappop(self._free), self._engine.now
            self.serving.add(ticket)
            self._tell("started", ticket, self)
            if ticket.called is not None:
                ticket.called()
            if self._duration is not None:
                self._engine.at(self._engine.now + self._duration(), partial(self.finish, ticket))

    def finish(self, ticket: Ticket) -> None:
        """The service is over; the server takes the next."""
        self.serving.discard(ticket)
        if ticket.server <= self.servers:
            heapq.heappush(self._free, ticket.server)
        self._end(ticket, "ended", "served")
        self._serve()

    def _end(self, ticket: Ticket, happening: Happening, outcome: str) -> None:
        ticket.ended, ticket.outcome = self._engine.now, outcome
        self._tell(happening, ticket, self)
        if ticket.wake is not None:
            ticket.wake()
