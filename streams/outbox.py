"""What a stage has to say after a chunk: messages in order and rows by table, superseded ones dropped."""

from collections.abc import Hashable

from schemas.internal import Message


class Outbox:
    """A chunk may drop a message only where a later one to the same destination supersedes it (`replaces`).

    The later one takes its place at the end of the order, so that any prefix of what is sent is a state that existed.
    """

    def __init__(self) -> None:
        self._messages: dict[Hashable, Message] = {}
        self._rows: dict[str, dict[Hashable, bytes]] = {}
        self._count = 0

    def send(self, topic: str, key: bytes | None, value: bytes, *, replaces: Hashable = None) -> None:
        """`key` None: one copy to every partition of the topic."""
        slot: Hashable = replaces
        if slot is None:
            self._count = slot = self._count + 1
        else:
            self._messages.pop(slot, None)
        self._messages[slot] = Message(topic, key, value)

    def row(self, table: str, value: bytes, *, replaces: Hashable = None) -> None:
        """One JSON object without a line end, for `rows.<table>`; `replaces` is the row's key where it can recur."""
        rows = self._rows.get(table)
        if rows is None:
            rows = self._rows[table] = {}
        if replaces is None:
            self._count = replaces = self._count + 1
        rows[replaces] = value

    @property
    def messages(self) -> list[Message]:
        return list(self._messages.values())

    @property
    def rows(self) -> dict[str, list[bytes]]:
        return {table: list(rows.values()) for table, rows in self._rows.items()}

    def __len__(self) -> int:
        return len(self._messages) + sum(map(len, self._rows.values()))
