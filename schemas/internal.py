"""Internal records: what stages send each other, one JSON object per record, told apart by `k`.

They are keyed, one per touchpoint, and readable with any Kafka tool. Short names, because millions of them travel:

    k  kind            o  origin [topic, partition, offset, ordinal, append time in ms, payload hash] of the touchpoint
    t  occurred_at, ms s  source        e  event_id      y  type      c  channel
    i  identifiers, normalised: {type: value}            p  place     d  the fields of `data` that the reader needs
    w  strongest identifier, written `type:value`, '' if the touchpoint names nobody ('' for a call or token alone)
    h  1: the receiver is also the thing in the hand

Times are whole milliseconds since 1970 UTC. Changes to this file are additive: an unknown kind or field is ignored.
"""

from typing import Any, Literal, NamedTuple, TypedDict

from typing_extensions import NotRequired

Origin = tuple[str, int, int, int, int, str]
"""(topic, partition, offset, ordinal within that offset, append time in ms, payload hash as 16 hex digits)"""


class Touch(TypedDict):
    """A touchpoint, sent by validate to the strongest identifier that it carries (key: `type:value`)."""

    k: Literal["touch"]
    o: Origin
    t: int
    s: str
    e: str
    c: str
    y: str
    i: dict[str, str]
    p: str | None
    d: dict[str, Any]
    a: NotRequired[str]  # value of the touchpoint as a decimal text, in `u`
    u: NotRequired[str]  # currency, ISO 4217
    h: NotRequired[int]


class Seen(TypedDict):
    """Where the thing in the hand is: sent by validate to it, where it is not the strongest identifier itself."""

    k: Literal["seen"]
    o: Origin
    t: int
    s: str
    e: str
    y: str
    p: str | None
    d: dict[str, Any]
    w: str


class Fact(TypedDict):
    """Something about a place and nobody in particular (key: `place:<id>`); stitch hands it on to `place-events`."""

    k: Literal["fact"]
    o: Origin
    t: int
    s: str
    e: str
    y: str
    p: str
    d: dict[str, Any]


class Closing(TypedDict):
    """A place opened or closed: sent to every partition of `events`, since closing ends everybody's stay there."""

    k: Literal["closing"]
    o: Origin
    t: int
    s: str
    e: str
    y: str
    p: str


class Link(TypedDict):
    """What one touchpoint says of who holds an identifier (key: the weaker one), sent by validate before the touch.

    `w` '': a mark only, `wristband.issued` or `.returned` without anybody named.
    """

    k: Literal["link"]
    o: Origin
    t: int
    s: str
    e: str
    y: str
    w: str


class Merged(TypedDict):
    """Customer `f` is customer `w` from now on, says `account.merged` (key: `MERGES`)."""

    k: Literal["merged"]
    o: Origin
    t: int
    s: str
    e: str
    f: str
    w: str


class Unlink(TypedDict):
    """A command: `i` is not held by `w` (`on` 1), or may be again (0). `t`: append time; the last command stands.

    Key: the weaker one, `i`; where both are customers `MERGES`.
    """

    k: Literal["unlink"]
    o: Origin
    t: int
    i: str
    w: str
    on: int
    c: str  # id of the command
    by: str  # who gave it


class Erase(TypedDict):
    """A command: forget everything of the identifier (key) that occurred at `t` or before; irreversible."""

    k: Literal["erase"]
    o: Origin
    t: int
    i: str
    c: str
    by: str


When = tuple[int, str, str]
"""(occurred_at in ms, source, event_id): the order of evidence."""


class Part(TypedDict):
    """What actor `f` holds for the receiver (key: the holder): replaced whole by a higher version, `c` None: nothing.

    `at`: only from a call or token to a leased holder, the position on its line. `final` 1: `f` is sealed, says nothing
    more and leaves its rows `r` to the receiver; `n`: what the receiver is called, as `f` knew.
    `b`: of a call or token, when it was first heard of (ms): another one of the same name begins later.
    `since`: of a stable or made `f`, when that was seen first which says that it is held (ms).
    `named` 1: `f` only knows the receiver's name, and wants to hear if that was erased. `gone` 1: `f` was erased.
    """

    k: Literal["part"]
    f: str
    v: int
    c: list[Any] | None
    at: NotRequired[int]
    since: NotRequired[int]
    named: NotRequired[int]
    gone: NotRequired[int]
    final: NotRequired[int]
    b: NotRequired[int]
    r: NotRequired[list[Any]]
    n: NotRequired[str]


class Again(TypedDict):
    """Sent by a call or token to itself: records about it need not wait any more."""

    k: Literal["again"]


class Claim(TypedDict):
    """Actor `f` knows from its own links that `w` holds the receiver too ('': no more). `gone` 1: `f` was erased."""

    k: Literal["claim"]
    f: str
    v: int
    w: str
    at: When | None
    gone: NotRequired[int]


class Into(TypedDict):
    """The verdict on account merges of the receiver, a customer: `w` is who it is now ('': itself)."""

    k: Literal["into"]
    f: str
    v: int
    w: str
    at: When | None


class Top(TypedDict):
    """Holder `f` tells a child its own top, so that rows carry it; `n` '' where it is held no more."""

    k: Literal["top"]
    f: str
    v: int
    n: str


class Forget(TypedDict):
    """Holder `f` was erased: the receiver forgets what it has for it that occurred at `t` (ms) or before."""

    k: Literal["forget"]
    f: str
    v: int
    t: int
    c: str  # id of the command


MERGES = "merges"
"""Key of everything about account merges: no identifier lacks a colon."""


class Watermark(TypedDict):
    """No record of an earlier time follows from this sender (`stage/partition`), except one that is late."""

    k: Literal["wm"]
    f: str
    t: int


class Farewell(TypedDict):
    """This sender (`stage/partition`) says nothing more: it holds no time back from here on."""

    k: Literal["bye"]
    f: str


class StayChange(TypedDict):
    """A stay as it is now known, sent by stitch to its place (key: the place). A higher version `v` replaces a lower.

    A stay is named by (place `p`, thing in the hand `i`, joined_at `j`, `n`-th with the same three).
    """

    k: Literal["stay"]
    v: int
    p: str
    i: str
    j: int
    n: int
    m: Literal["queue", "presence"]
    st: int | None  # service started
    en: int | None  # ended, left or timed out
    out: str  # '' while it lasts, else served, abandoned, timed_out, left
    g: int  # 1: the end is a guess (time-out, seen elsewhere, closing)
    w: str  # known customer, else ''
    x: NotRequired[int]  # 1: this stay turned out not to exist


class Message(NamedTuple):
    """What a stage hands to the shell: `key` None means one copy to every partition of `topic`."""

    topic: str
    key: bytes | None
    value: bytes


EPOCH_BITS, OFFSET_BITS, ORDINAL_BITS = 10, 40, 14
LAST_ORDINAL = (1 << ORDINAL_BITS) - 1


def version(epoch: int, offset: int, ordinal: int) -> int:
    """Pack (epoch, log offset, ordinal) of a row's one writer into a UInt64 that grows with each of them.

    Ordinals above 16,383 share the last value; such a burst comes from timers, which write each key once. Epochs count
    modulo 1,024: rows of different ones never replace each other.
    """
    return (
        epoch % (1 << EPOCH_BITS) << (OFFSET_BITS + ORDINAL_BITS) | offset << ORDINAL_BITS | min(ordinal, LAST_ORDINAL)
    )
