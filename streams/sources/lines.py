"""Files of touchpoints as lines: read (JSONL, .gz, `-`), named by a hash, sorted by time on disk where needed."""

import gzip
import heapq
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from schemas.touchpoint import instant_ms
from streams.topology import PUBLIC, topics

STANDARD_INPUT = "-"
RUN_BYTES = 48 << 20
"""So much is sorted in memory at once; a run on disk is this long."""
LONGEST_LINE = next(topic.max_message_bytes for topic in topics() if topic.name == PUBLIC) - 1_024
"""What the public topic takes, with room for key and headers."""
COPY_BYTES = 1 << 20
TELL_EVERY = 20_000

Tell = Callable[[int], None]
"""Told from time to time how many lines are done."""


class Line(NamedTuple):
    """One line in the order of time: its number from 1, the key `source:event_id` if it has one, and its bytes."""

    number: int
    key: bytes | None
    value: bytes


@dataclass(frozen=True)
class Prepared:
    """What is known of the input after one reading. `name`: 16 hex digits of its content, blank lines apart.

    `too_large`: lines longer than a record may be; they are numbered and never sent.
    """

    name: str
    count: int
    first_ms: int | None
    last_ms: int | None
    in_order: bool
    too_large: int
    paths: tuple[Path, ...]

    def lines(self, after: int, folder: Path, tell: Tell = lambda _: None) -> Iterator[Line]:
        """The lines behind number `after`, in order of time; at one instant as in the file. Sorts below `folder`."""
        values = _all_lines(self.paths) if self.in_order else _sorted(self.paths, folder, tell)
        for number, value in enumerate(values, start=1):
            if number > after:
                yield Line(number, _key(value), value)


def prepare(files: Sequence[str], folder: Path, tell: Tell = lambda _: None) -> Prepared:
    """Read everything once. `-` is kept below `folder`, since it cannot be read twice. Raises OSError, ValueError."""
    paths = tuple(_keep_input(folder) if file == STANDARD_INPUT else Path(file) for file in files)
    content, count, too_large, in_order = blake2b(digest_size=8), 0, 0, True
    first = last = highest = None
    for value in _all_lines(paths):
        content.update(value)
        content.update(b"\n")
        count += 1
        too_large += len(value) > LONGEST_LINE
        at = moment(value)
        if at is not None:
            first = at if first is None else min(first, at)
            in_order = in_order and (highest is None or at >= highest)
            last = highest = at if highest is None else max(highest, at)
        if count % TELL_EVERY == 0:
            tell(count)
    tell(count)
    return Prepared(content.hexdigest(), count, first, last, in_order, too_large, paths)


def moment(value: bytes) -> int | None:
    """occurred_at of a line in ms, None where it cannot be read."""
    try:
        text = orjson.loads(value)["occurred_at"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return instant_ms(text) if isinstance(text, str) else None


def _key(value: bytes) -> bytes | None:
    try:
        found = orjson.loads(value)
        return f"{found['source']}:{found['event_id']}".encode()
    except (orjson.JSONDecodeError, KeyError, TypeError, UnicodeEncodeError):
        return None


def _all_lines(paths: Iterable[Path]) -> Iterator[bytes]:
    """Every line that is not blank, without its end."""
    for path in paths:
        with _open(path) as file:
            try:
                for line in file:
                    value = line.strip(b" \t\r\n")
                    if value:
                        yield value
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise ValueError(f"{path}: {error}; the file is damaged or was cut off, get it again") from error


def _open(path: Path) -> IO[bytes]:
    """By content, not by name: a gzip file begins with its own two bytes."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]  # reads bytes as well


def _keep_input(folder: Path) -> Path:
    path = folder / "input"
    with path.open("wb") as kept:
        while block := sys.stdin.buffer.read(COPY_BYTES):
            kept.write(block)
    return path


# -- sorting on disk -----------------------------------------------------------------------------


def _sorted(paths: Iterable[Path], folder: Path, tell: Tell) -> Iterator[bytes]:
    """Runs sorted in memory, merged from disk. A line without a time stays behind the one it followed."""
    runs: list[IO[bytes]] = []
    chunk: list[tuple[int, int, bytes]] = []
    size, last = 0, 0
    for index, value in enumerate(_all_lines(paths)):
        at = moment(value)
        last = last if at is None else at
        chunk.append((last, index, value))
        size += len(value)
        if size >= RUN_BYTES:
            runs.append(_write_run(chunk, folder))
            chunk, size = [], 0
        if index % TELL_EVERY == 0:
            tell(index)
    chunk.sort(key=itemgetter(0, 1))
    with_runs = [_read_run(run) for run in runs]
    merged: Iterable[tuple[int, int, bytes]] = heapq.merge(*with_runs, chunk, key=itemgetter(0, 1))
    for _, _, value in merged:
        yield value


def _write_run(chunk: list[tuple[int, int, bytes]], folder: Path) -> IO[bytes]:
    chunk.sort(key=itemgetter(0, 1))
    run = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 it is read later and vanishes with its last reader
    for at, index, value in chunk:
        run.write(b"%d %d %s\n" % (at, index, value))
    run.seek(0)
    return run


def _read_run(run: IO[bytes]) -> Iterator[tuple[int, int, bytes]]:
    with closing(run):
        for line in run:
            at, index, value = line[:-1].split(b" ", 2)
            yield int(at), int(index), value
