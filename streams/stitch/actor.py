"""What stitch keeps of one identifier: its counts, remembered ids, recent evidence, where it is behind the horizon."""

from typing import Final, NamedTuple

from schemas.internal import When
from streams.stitch.content import EMPTY, Content
from streams.stitch.evidence import Evidence
from streams.stitch.identity.holder import Link
from streams.stitch.identity.lease import BEGINNING, FIRST, Run
from streams.stitch.identity.lease import Evidence as LeaseEvidence
from streams.stitch.money import NO_MONEY, Money
from streams.stitch.stay import NOWHERE, Stay, Whereabouts

MOST_INLINE: Final = 64
"""Ids, or pieces of evidence, within the entry itself; more go into pages of their own."""
MOST_INLINE_CHARACTERS: Final = 4_096
"""Of all texts of the evidence within the entry."""

Pages = tuple[int, int]
"""(first, next): pages with these numbers exist, `next` not yet. Without any it is `NO_PAGES` itself."""
NO_PAGES: Final[Pages] = (0, 0)
MOST_PIECE_BYTES: Final = 2_048
"""Of the packed pieces within the entry."""
MOST_LEASE_EVIDENCE: Final = 16
"""Within the entry of a line."""

Told = tuple[int, str]
"""(version, name): what the holder says that it is called."""
Command = tuple[int, int, int, int]
"""(append time ms, partition, offset, 1 unlinked or 0 relinked): the last one stands."""
Into = tuple[int, str, When | None]
"""(version, customer or '', evidence): the verdict on account merges."""


class Identity(NamedTuple):
    """What an identifier knows of who holds it; `NOBODY` for the many of which nothing was ever said.

    `links`: direct ones of stable and made identifiers, target → the earliest; `holder`: by links, claims, commands
    and the verdict on merges; `off`: commands by target; `into`: the verdict; `tops`: what holders say that they are
    called; `warned` 1: it was noted that this customer has very many children. Nothing in it is changed in place.
    """

    links: dict[str, Link]
    holder: str
    off: dict[str, Command]
    into: Into | None
    tops: dict[str, Told]
    warned: int


NOBODY: Final = Identity({}, "", {}, None, {}, 0)


class Actor:
    """One identifier. All values are immutable, so that `copy` is shallow and cheap.

    Bounds: `ids` and `evidence` 64 each and `recent` 2 KiB, the rest in pages; `own` as `content` says; `links` as
    `identity.links`; the open stays as `moment` says. A page is dropped when all in it has expired, so an identifier at
    rest is content alone.
    """

    __slots__ = (
        "carry",
        "characters",
        "due",
        "duplicates",
        "evidence",
        "evidence_pages",
        "first_seen",
        "horizon",
        "id_pages",
        "identity",
        "ids",
        "last_seen",
        "late",
        "money",
        "newest",
        "open",
        "own",
        "piece_pages",
        "recent",
        "sum",
        "touchpoints",
    )

    def __init__(self) -> None:
        self.touchpoints = 0
        self.first_seen: int | None = None
        self.last_seen: int | None = None
        self.late = 0
        self.duplicates = 0
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
        self.own: Content = EMPTY
        """What it has itself. Leased: what is folded of the last run on its line, while that run is nobody's."""
        self.money: Money = NO_MONEY
        """Leased: all that was spent with it, whoever held it."""
        self.recent = b""
        """Leased: packed pieces that evidence may still give to another holder."""
        self.piece_pages = NO_PAGES
        self.newest = 0
        """Leased: when the latest of those pieces, or of the evidence on its line, occurred (ms); 0 without any."""
        self.sum: Content | None = None
        """Leased without a lease: all that it has, as far as it was added up; never written."""
        self.identity = NOBODY

    def copy(self) -> "Actor":
        copied = Actor.__new__(Actor)
        copied.touchpoints = self.touchpoints
        copied.first_seen = self.first_seen
        copied.last_seen = self.last_seen
        copied.late = self.late
        copied.duplicates = self.duplicates
        copied.ids = self.ids
        copied.id_pages = self.id_pages
        copied.evidence = self.evidence
        copied.characters = self.characters
        copied.evidence_pages = self.evidence_pages
        copied.carry = self.carry
        copied.horizon = self.horizon
        copied.open = self.open
        copied.due = self.due
        copied.own = self.own
        copied.money = self.money
        copied.identity = self.identity
        copied.recent = self.recent
        copied.piece_pages = self.piece_pages
        copied.newest = self.newest
        copied.sum = self.sum
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


class PiecePage(NamedTuple):
    """Packed pieces that no longer fit into the entry. Never changed, only dropped."""

    pieces: bytes


class Lease(NamedTuple):
    """The line of a leased identifier: final runs up to position `line`, evidence from there on, more in pages.

    `forgotten`: labels of the first run's lease whose runs are forgotten (at most 17). Runs 256 and 24 KiB.
    """

    line: int
    runs: tuple[Run, ...]
    forgotten: tuple[str, ...]
    evidence: tuple[LeaseEvidence, ...]
    pages: Pages


class LeasePage(NamedTuple):
    """Evidence of a line that no longer fits into its entry. Never changed, only dropped."""

    evidence: tuple[LeaseEvidence, ...]


class Slice(NamedTuple):
    """What is folded of a leased identifier for one holder."""

    content: Content


class SealedRow(NamedTuple):
    """A row of `identity_links` whose identifier was sealed: whoever has what it came to keeps the name right.

    `holder` '': whoever keeps the row; else something leased that was sealed in its turn. `at`: position on the line of
    a leased holder; `until`: of the last that it covers (ms); `base`: added to the keeper's versions, so that they are
    later than the last one of the identifier itself, `version`.
    """

    identifier: str
    version: int
    pos: int
    holder: str
    at: int
    until: int
    status: str
    link: Link | None
    base: int


class SealedPage(NamedTuple):
    """Rows of sealed identifiers, in the order in which they came."""

    rows: tuple[SealedRow, ...]


class Waiting(NamedTuple):
    """Records about a call or token that may be another one by then, as they came: at most 64 and 48 KiB.

    `ready`: those that need not wait any more, but for the record that was sent to fold them in.
    """

    records: tuple[str, ...]
    ready: tuple[str, ...]


class Child(NamedTuple):
    """What a child has sent last; content None: nothing any more. `at`: where on a leased holder's line it lies.

    `final` 1: of one that was sealed, until time has passed that place on the line.
    """

    version: int
    at: int | None
    content: Content | None
    final: int = 0


class Claim(NamedTuple):
    """What a claimer has said last; `holder` '': nothing any more."""

    version: int
    holder: str
    when: When | None


class MergesOf(NamedTuple):
    """What was said of one customer's merges: into → earliest evidence, commands, and the verdict that stands."""

    into: dict[str, When]
    off: dict[str, Command]
    verdict: str


class Grave(NamedTuple):
    """Somebody was erased, whose name is not kept: nothing that occurred at `at` (ms) or before is known any more."""

    at: int
    command: str


Entry = (
    Actor
    | IdPage
    | EvidencePage
    | Closings
    | PiecePage
    | Lease
    | LeasePage
    | Slice
    | Child
    | Claim
    | MergesOf
    | Grave
    | SealedPage
    | Waiting
)

FIRST_LEASE: Final = Lease(BEGINNING, (FIRST,), (), (), NO_PAGES)

MARK: Final = "\x1f"
"""First character of every key that is no identifier, so that none can be taken for one."""
ID_PAGE, EVIDENCE_PAGE, CLOSINGS = f"{MARK}i{MARK}", f"{MARK}e{MARK}", f"{MARK}c{MARK}"
PIECE_PAGE, LEASE_PAGE, LEASE = f"{MARK}p{MARK}", f"{MARK}q{MARK}", f"{MARK}l{MARK}"
CHILD, CLAIM, MERGES_OF = f"{MARK}k{MARK}", f"{MARK}t{MARK}", f"{MARK}m{MARK}"
SETTLED, CURRENT = f"{MARK}s{MARK}", f"{MARK}w{MARK}"
"""Slices of earlier leases, and of the lease at the line."""

SEALED_PAGE, WAITING = f"{MARK}n{MARK}", f"{MARK}h{MARK}"

GRAVE = f"{MARK}x{MARK}"
"""Before a hash of the identifier, or of an identifier and whom it was had for."""
FOLD = f"{MARK}f{MARK}"
"""Before the identifier: no entry, but what a timer is called that folds what is behind the horizon."""
ABSORB = f"{MARK}a{MARK}"
"""Before the key of a sealed child: no entry, but what a timer is called that adds it to its holder."""


def id_page(identifier: str, number: int) -> str:
    return f"{ID_PAGE}{number}{MARK}{identifier}"


def evidence_page(identifier: str, number: int) -> str:
    return f"{EVIDENCE_PAGE}{number}{MARK}{identifier}"


def piece_page(identifier: str, number: int) -> str:
    return f"{PIECE_PAGE}{number}{MARK}{identifier}"


def lease_page(identifier: str, number: int) -> str:
    return f"{LEASE_PAGE}{number}{MARK}{identifier}"


def sealed_page(identifier: str, number: int) -> str:
    return f"{SEALED_PAGE}{number}{MARK}{identifier}"


def of_two(kind: str, one: str, other: str) -> str:
    """Key of what `one` keeps about `other`; `kind` is one of CHILD, CLAIM, SETTLED, CURRENT."""
    return f"{kind}{len(one)}{MARK}{one}{other}"


def the_two(key: str) -> tuple[str, str]:
    """The reverse of `of_two`."""
    _, _, length, both = key.split(MARK, 3)
    return both[: int(length)], both[int(length) :]
