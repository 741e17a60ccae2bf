"""What stitch keeps of one identifier: its counts, remembered ids, recent evidence, where it is behind the horizon."""

from typing import Final, NamedTuple

from streams.stitch.evidence import Evidence
from streams.stitch.stay import NOWHERE, Stay, Whereabouts

MOST_INLINE: Final = 64
"""Ids, or pieces of evidence, within the entry itself; more go into pages of their own."""
MOST_INLINE_CHARACTERS: Final = 4_096
"""Of all texts of the evidence within the entry."""

Pages = tuple[int, int]
"""(first, next): pages with these numbers exist, `next` not yet. Without any it is `NO_PAGES` itself."""
NO_PAGES: Final[Pages] = (0, 0)
MOST_ORDERS: Final = 64


class Order(NamedTuple):
    """An order by its earliest placing: when (ms), the touchpoint's name, amount in 1/10,000, 1 if it is cancelled.

    Cancelled before it was placed: all else is 0 and ''.
    """

    placed: int
    name: bytes
    units: int
    currency: str
    cancelled: int


class Actor:
    """One identifier. All values are immutable, so that `copy` is shallow and cheap.

    Bounds: `ids` and `evidence` 64 each, the rest in pages; `orders` 64; `others` one per currency; the open stays as
    `moment` says. A page is dropped when all in it has expired, so an identifier at rest is counts alone.
    """

    __slots__ = (
        "amount",
        "carry",
        "characters",
        "due",
        "duplicates",
        "evidence",
        "evidence_pages",
        "first_seen",
        "horizon",
        "id_pages",
        "ids",
        "last_seen",
        "late",
        "open",
        "orders",
        "orders_placed",
        "others",
        "touchpoints",
    )

    def __init__(self) -> None:
        self.touchpoints = 0
        self.first_seen: int | None = None
        self.last_seen: int | None = None
        self.orders_placed = 0
        self.amount = 0
        self.others: dict[str, int] | None = None
        self.late = 0
        self.duplicates = 0
        self.orders: dict[bytes, Order] | None = None
        self.ids = b""
        self.id_pages = NO_PAGES
        self.evidence: tuple[Evidence, ...] = ()
        self.characters = 0
        """Of all texts in `evidence`; counted again when it is read."""
        self.evidence_pages = NO_PAGES
        self.carry: Whereabouts = NOWHERE
        self.horizon: int | None = None
        """Evidence before it is in `carry` for good."""
        self.open: tuple[Stay, ...] = ()
        """The open stays as others were told."""
        self.due: int | None = None
        """Not before then is anything to be done here; a hint that may be too early, never too late."""

    def copy(self) -> "Actor":
        copied = Actor.__new__(Actor)
        copied.touchpoints = self.touchpoints
        copied.first_seen = self.first_seen
        copied.last_seen = self.last_seen
        copied.orders_placed = self.orders_placed
        copied.amount = self.amount
        copied.others = self.others
        copied.late = self.late
        copied.duplicates = self.duplicates
        copied.orders = self.orders
        copied.ids = self.ids
        copied.id_pages = self.id_pages
        copied.evidence = self.evidence
        copied.characters = self.characters
        copied.evidence_pages = self.evidence_pages
        copied.carry = self.carry
        copied.horizon = self.horizon
        copied.open = self.open
        copied.due = self.due
        return copied


class IdPage(NamedTuple):
    """Ids that no longer fit into the entry, packed as `ids` says. Never changed, only dropped."""

    ids: bytes


class EvidencePage(NamedTuple):
    """Evidence that no longer fits into the entry. Never changed, only dropped."""

    evidence: tuple[Evidence, ...]


class Closings(NamedTuple):
    """When one place closed (ms, sorted): at most `closings.MOST`, forgotten once nothing before them can come."""

    times: tuple[int, ...]


Entry = Actor | IdPage | EvidencePage | Closings

MARK: Final = "\x1f"
"""First character of every key that is no identifier, so that none can be taken for one."""
ID_PAGE, EVIDENCE_PAGE, CLOSINGS = f"{MARK}i{MARK}", f"{MARK}e{MARK}", f"{MARK}c{MARK}"


def id_page(identifier: str, number: int) -> str:
    return f"{ID_PAGE}{number}{MARK}{identifier}"


def evidence_page(identifier: str, number: int) -> str:
    return f"{EVIDENCE_PAGE}{number}{MARK}{identifier}"
