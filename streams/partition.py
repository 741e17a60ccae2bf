"""One partition of one keyed stage: its entries, where it stands in its log and what time it is there.

A step reads and writes entries through `get`, `put` and `drop`; nothing durable is touched before the shell has written
`changes` and the position to the changelog in one stroke and calls `settle`.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from schemas.internal import LAST_ORDINAL, version

Entry = TypeVar("Entry")
Reader = Callable[[str, bytes], Entry]
"""(key, value without its format byte) → the entry."""


class LogRecord(Protocol):
    """What a step may look at: a Kafka record, or anything shaped like one."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Any: ...


class Partition(Generic[Entry]):
    """State of one partition. Bounded by what its entries say of themselves; the rest is one number per sender.

    What `encode` writes is a format. Whoever changes it gives `FORMAT` the next byte and keeps the old `decode` among
    `predecessors` for one release: a start rewrites what it reads through them, so the release after needs it no more.
    Positions are JSON objects in every format: a new field gets a default in `resume`.
    """

    FORMAT: ClassVar[bytes] = b"\x01"
    """First byte of every value in the changelog: how `encode` has written it."""

    def __init__(self, number: int, *, epoch: int, senders: int) -> None:
        """`senders`: how many partitions send watermarks to this one; until each was heard of, time stands still."""
        self.number = number
        self.epoch = epoch
        self.expected_senders = senders
        self.entries: dict[str, Entry] = {}
        self.changes: dict[str, Entry | None] = {}
        self.offset = -1
        self.ordinal = 0
        self.watermarks: dict[str, int] = {}
        self.positions: dict[str, list[int]] = {}
        self.watermark: int | None = None

    # -- entries ---------------------------------------------------------------------------------

    def get(self, key: str) -> Entry | None:
        if key in self.changes:
            return self.changes[key]
        return self.entries.get(key)

    def put(self, key: str, entry: Entry) -> None:
        self.changes[key] = entry

    def drop(self, key: str) -> None:
        self.changes[key] = None

    def settle(self) -> None:
        """The changes are durable: they are the entries now."""
        for key, entry in self.changes.items():
            if entry is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = entry
        self.changes = {}

    # -- position and time -----------------------------------------------------------------------

    def begin(self, offset: int) -> None:
        """A record of the log is folded in from here on; versions count from its offset."""
        self.offset = offset
        self.ordinal = 0

    def version(self) -> int:
        """The next version: later ones are greater, also after a restart."""
        ordinal = self.ordinal
        self.ordinal = ordinal + 1
        return version(self.epoch, self.offset, ordinal)

    def version_of_timers(self) -> int:
        """The version of all that fires with this record, later than what the record itself says.

        One for all: which fires first may depend on what a restart has rebuilt, and no byte may depend on that.
        """
        return version(self.epoch, self.offset, LAST_ORDINAL)

    def hear(self, sender: str, time: int) -> bool:
        """Note a sender's watermark; True if this partition's own watermark (the lowest) has risen."""
        if time <= self.watermarks.get(sender, time - 1):
            return False
        self.watermarks[sender] = time
        if len(self.watermarks) < self.expected_senders:
            return False
        lowest = min(self.watermarks.values())
        if self.watermark is not None and lowest <= self.watermark:
            return False
        self.watermark = lowest
        return True

    def dismiss(self, sender: str) -> None:
        """A sender that says nothing more: it holds no time back, and nothing of it can come again."""
        self.watermarks.pop(sender, None)
        self.positions.pop(sender, None)

    def repeats(self, sender: str, offset: int, ordinal: int) -> bool:
        """True if this sender's message was folded in before: it is sent again after a crash, in the same order."""
        last = self.positions.get(sender)
        if last is not None and [offset, ordinal] <= last:
            return True
        self.positions[sender] = [offset, ordinal]
        return False

    # -- what the changelog holds beside the entries ---------------------------------------------

    def position(self) -> dict[str, Any]:
        return {
            "offset": self.offset,
            "ordinal": self.ordinal,
            "epoch": self.epoch,
            "watermarks": self.watermarks,
            "positions": self.positions,
            "watermark": self.watermark,
        }

    def resume(self, position: dict[str, Any]) -> None:
        self.offset = position["offset"]
        self.ordinal = position["ordinal"]
        self.watermarks = position["watermarks"]
        self.positions = position["positions"]
        self.watermark = position["watermark"]

    def encode(self, entry: Entry) -> bytes:
        """One entry as the changelog keeps it, without the format byte."""
        raise NotImplementedError

    def decode(self, key: str, value: bytes) -> Entry:
        """The reverse of `encode`."""
        raise NotImplementedError

    def predecessors(self) -> Mapping[bytes, Reader[Entry]]:
        """Formats that are still read, though never written any more: format byte → reader."""
        return {}

    def recovered(self) -> None:
        """All entries are loaded: rebuild what is derived from them (timers, indexes)."""
