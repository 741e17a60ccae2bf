"""Grafana's query macros and variables, expanded exactly as the ClickHouse plug-in and Grafana do it.

One SQL file serves both renderers: Grafana expands these on its side, the page and the tests expand them here. Only the
macros below may stand in a panel's SQL; `unknown_macros` finds any other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MACROS = frozenset(
    {
        "timeFilter",
        "timeFilter_ms",
        "fromTime",
        "toTime",
        "fromTime_ms",
        "toTime_ms",
        "timeInterval",
        "interval_s",
        "conditionalAll",
    }
)

_NAME = re.compile(r"\$__(\w+)")
_VARIABLE = re.compile(r"\$\{(\w+):singlequote\}")
_TOKEN = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Window:
    """What a viewer looks at: a span of time, the width of a bucket, the chosen values of each variable.

    Times are milliseconds since 1970 UTC. A variable that is absent or empty means *All*.
    """

    from_ms: int
    to_ms: int
    interval_seconds: int = 5
    variables: Mapping[str, Sequence[str]] = field(default_factory=dict)


def expand(sql: str, window: Window) -> str:
    """The SQL that the store gets. Raises ValueError for a macro that is not known, or one that is not closed."""
    return _variables(_macros(without_comments(sql), window), window).strip()


def without_comments(sql: str) -> str:
    """The SQL as the plug-in keeps it before it looks for macros; text in quotes stays as it is."""
    return _TOKEN.sub(lambda match: match[0] if match[0].startswith("'") else "", sql)


def unknown_macros(sql: str) -> set[str]:
    return {name for name in _NAME.findall(without_comments(sql)) if name not in MACROS}


def used_variables(sql: str) -> set[str]:
    return set(_VARIABLE.findall(sql))


def quoted(text: str) -> str:
    """A text as a ClickHouse literal. Grafana leaves a backslash alone; here it is escaped, so nothing breaks out."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _macros(sql: str, window: Window) -> str:
    parts: list[str] = []
    position = 0
    for match in _NAME.finditer(sql):
        if match.start() < position:  # inside the arguments of the one before, expanded with them
            continue
        name = match[1]
        if name not in MACROS:
            raise ValueError(f"the macro $__{name} is not known here")
        parts.append(sql[position : match.start()])
        arguments, position = _arguments(sql, match.end()) if _takes_arguments(name) else ((), match.end())
        parts.append(_expansion(name, tuple(_macros(argument, window) for argument in arguments), window))
    parts.append(sql[position:])
    return "".join(parts)


def _takes_arguments(name: str) -> bool:
    return name in ("timeFilter", "timeFilter_ms", "timeInterval", "conditionalAll")


def _expansion(name: str, arguments: tuple[str, ...], window: Window) -> str:
    seconds = (f"toDateTime({window.from_ms // 1000})", f"toDateTime({window.to_ms // 1000})")
    millis = (f"fromUnixTimestamp64Milli({window.from_ms})", f"fromUnixTimestamp64Milli({window.to_ms})")
    step = max(window.interval_seconds, 1)
    match name, arguments:
        case "fromTime" | "toTime", ():
            return seconds[name == "toTime"]
        case "fromTime_ms" | "toTime_ms", ():
            return millis[name == "toTime_ms"]
        case "interval_s", ():
            return str(step)
        case "timeFilter", (column,):
            return f"{column} >= {seconds[0]} AND {column} <= {seconds[1]}"
        case "timeFilter_ms", (column,):
            return f"{column} >= {millis[0]} AND {column} <= {millis[1]}"
        case "timeInterval", (column,):
            return f"toStartOfInterval(toDateTime({column}), INTERVAL {step} second)"
        case "conditionalAll", (condition, variable):
            return condition if window.variables.get(variable.lstrip("$")) else "1=1"
    raise ValueError(f"$__{name} does not take {len(arguments)} arguments")


def _arguments(sql: str, position: int) -> tuple[tuple[str, ...], int]:
    """The comma-separated arguments of the bracket that opens at `position`, and where it has closed."""
    if not sql.startswith("(", position):
        raise ValueError(f"a bracket is missing at {sql[position : position + 20]!r}")
    found, start = [], position + 1
    for at, sign, depth in _structure(sql, position):
        if depth == 0:
            found.append(sql[start:at].strip())
            return tuple(found), at + 1
        if sign == "," and depth == 1:
            found.append(sql[start:at].strip())
            start = at + 1
    raise ValueError(f"a bracket is never closed: {sql[position : position + 40]!r}")


def _structure(sql: str, position: int) -> Iterator[tuple[int, str, int]]:
    """Brackets and commas from `position` on with the depth after them; what stands in quotes is skipped."""
    depth = 0
    for match in re.compile(r"'(?:[^'\\]|\\.|'')*'|[(),]", re.DOTALL).finditer(sql, position):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] in "(),":
            yield match.start(), match[0], depth


def _variables(sql: str, window: Window) -> str:
    return _VARIABLE.sub(lambda match: ", ".join(map(quoted, window.variables.get(match[1], ()))) or "''", sql)
