"""Says of a statement whether a reader may run it. Judged is not the text as sent but what the engine's parser makes of
it: no comments, no second statement, names written out, keywords in capitals."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.store.errors import StoreRefused
from streams.store.reader import Reader

READONLY, ACCESS_DENIED, NOT_IMPLEMENTED = 164, 497, 48  # ClickHouse's codes

READING: Final = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "EXISTS", "EXPLAIN"})

HARMLESS_TABLE_FUNCTIONS: Final = frozenset(
    {
        "format",
        "generateseries",
        "generate_series",
        "generaterandom",
        "loop",
        "null",
        "numbers",
        "numbers_mt",
        "primes",
        "values",
        "view",
        "zeros",
        "zeros_mt",
    }
)
"""Everything else that the engine knows as a table function reaches out of this database and is refused."""

REACHING_FUNCTIONS: Final = frozenset({"file", "catboostevaluate", "showcertificate"})
"""Ordinary functions that reach out, beside those whose names begin with `ai`, which call language models."""

REACHING_FORMATS: Final = frozenset(
    {
        "template",
        "protobuf",
        "protobufsingle",
        "protobuflist",
        "capnproto",
        "avroconfluent",
        "mysqlwire",
        "postgresqlwire",
    }
)
"""Formats whose description is a file or an address."""

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*')            # a string
    |   (?P<quoted>`(?:[^`\\]|\\.)*`)          # a quoted name
    |   (?P<word>[A-Za-z_]\w*)
    |   (?P<other>\d[\w.]*|\S)""",
    re.VERBOSE | re.DOTALL,
)
_OUR_WRAPPING = re.compile(r"[.:]? ?:? In scope SELECT formatQuerySingleLine\(.*\)\. ", re.DOTALL)
_AI = re.compile(r"ai[a-z]*", re.IGNORECASE)


class Statement(NamedTuple):
    """A statement that a reader may run. `answer_format` None: the statement names none."""

    canonical: str
    kind: str
    answer_format: str | None
    without_format: str


class _Token(NamedTuple):
    kind: str
    text: str
    depth: int
    start: int
    end: int

    @property
    def name(self) -> str | None:
        """The name that a word or quoted name stands for, lower case."""
        if self.kind == "quoted":
            return self.text[1:-1].replace("\\", "").lower()
        return self.text.lower() if self.kind == "word" else None


def table_functions(reader: Reader) -> frozenset[str]:
    """Lower-case names of every table function that this engine has."""
    answer = reader.run("SELECT name FROM system.table_functions", "TabSeparated").bytes()
    return frozenset(answer.decode().lower().split())


def examine(reader: Reader, sql: str, known_table_functions: frozenset[str]) -> Statement:
    """Raises StoreRefused with the engine's words for what is no single statement, with ours for what is not for
    readers. What is let through still runs in a session that can only read (reader.py); this is the second wall."""
    canonical = _canonical(reader, sql)
    tokens = list(_tokens(canonical))
    kind = next((token.text for token in tokens if token.text != "("), "")
    if kind not in READING:
        raise _refused(READONLY, f"{kind or 'this'} is not for readers: only {', '.join(sorted(READING))}", "READONLY")
    _refuse_reaching(tokens, known_table_functions)
    written = _format_clause(tokens)
    if written is None:
        return Statement(canonical, kind, None, canonical)
    without = canonical[: written[0].start] + canonical[written[1].end :]
    return Statement(canonical, kind, written[1].text.strip("`"), without)


def check_format(name: str) -> None:
    """Raises StoreRefused for an output format that would read a file or an address."""
    if name.lower() in REACHING_FORMATS:
        raise _refused(ACCESS_DENIED, f"format {name} reads its description from elsewhere", "ACCESS_DENIED")


def _canonical(reader: Reader, sql: str) -> str:
    # A parameter is read as one tab-separated field.
    field = (
        sql.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")
    )
    try:
        answer = reader.run("SELECT formatQuerySingleLine({sql:String})", "RawBLOB", {"sql": field})
    except StoreRefused as error:
        raise StoreRefused(error.code, _OUR_WRAPPING.sub(". ", error.message)) from error
    text: str = answer.bytes().decode()
    return text


def _tokens(canonical: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(canonical):
        text = match[0]
        if text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
        yield _Token(str(match.lastgroup), text, depth, match.start(), match.end())


def _refuse_reaching(tokens: list[_Token], known_table_functions: frozenset[str]) -> None:
    reaching = (known_table_functions - HARMLESS_TABLE_FUNCTIONS) | REACHING_FUNCTIONS
    for token, following in zip(tokens, [*tokens[1:], _Token("other", "", 0, 0, 0)], strict=True):
        name = token.name
        if name is None:
            continue
        if following.text == "(" and (name in reaching or _AI.fullmatch(name)):
            raise _refused(
                ACCESS_DENIED, f"{name}() reaches out of this database, which readers may not", "ACCESS_DENIED"
            )
        if (token.text, following.text) in (("INTO", "OUTFILE"), ("FROM", "INFILE"), ("PARALLEL", "WITH")):
            words = f"{token.text} {following.text}"
            raise _refused(ACCESS_DENIED, f"{words} is not for readers", "ACCESS_DENIED")


def _format_clause(tokens: list[_Token]) -> tuple[_Token, _Token] | None:
    """The FORMAT clause of the statement itself: outside brackets, at its end or before SETTINGS."""
    end = _Token("other", "", 0, 0, 0)
    for token, name, after in zip(tokens, tokens[1:], [*tokens[2:], end], strict=False):
        is_clause = (token.kind, token.text, token.depth) == ("word", "FORMAT", 0) and name.kind in ("word", "quoted")
        if is_clause and after.text in ("", "SETTINGS"):
            return token, name
    return None


def _refused(code: int, what: str, name: str) -> StoreRefused:
    return StoreRefused(code, f"Code: {code}. DB::Exception: {what}. ({name})")
