"""A session of the embedded engine for other people's queries: it reads one database within caps, and nothing more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from streams.store.errors import code_of, query_error


@dataclass(frozen=True)
class Caps:
    """What one query of a reader may use; a query may ask for less, never for more."""

    seconds: int = 30
    memory_bytes: int = 512 << 20
    threads: int = 2
    result_rows: int = 1_000_000
    result_bytes: int = 256 << 20

    def as_settings(self) -> dict[str, int]:
        return {
            "max_execution_time": self.seconds,
            "max_memory_usage": self.memory_bytes,
            "max_threads": self.threads,
            "max_result_rows": self.result_rows,
            "max_result_bytes": self.result_bytes,
        }


class Reader:
    """One request's session. Opening one takes under a millisecond, so none is ever used again by somebody else."""

    def __init__(self, session: Any, caps: Caps, database: str, closed: Callable[[], None]) -> None:
        """`closed` is called once the session has ended. Raises StoreRefused for a database that is not there."""
        self._session, self._closed = session, closed
        settings = {
            **caps.as_settings(),
            "final": 1,
            "result_overflow_mode": "throw",
            "allow_ddl": 0,
            "allow_introspection_functions": 0,
            "session_timezone": "UTC",
        }
        # Order matters: values first; `readonly = 2` (queries, settings, no way back) before the profile, whose
        # constraints would refuse to set what they fix.
        for statement in (
            f"USE `{database}`",
            "SET ROLE reader",
            "SET " + ", ".join(f"{name} = {value!r}" for name, value in settings.items()),
            "SET readonly = 2",
            "SET profile = 'reader'",
        ):
            self.run(statement, "TabSeparated")

    def set(self, settings: Mapping[str, str]) -> None:
        """Apply settings of the request. Raises StoreRefused for one that is unknown, fixed or above its cap."""
        for name, value in settings.items():
            escaped = value.replace("\\", "\\\\").replace("'", "\\'")
            self.run(f"SET {name} = '{escaped}'", "TabSeparated")

    def run(self, sql: str, answer_format: str, params: Mapping[str, str] | None = None) -> Any:
        """Run one statement; the answer has `.bytes()`, `.rows_read()`, `.elapsed()`. Raises StoreError."""
        try:
            return self._session.query(sql, answer_format, params=dict(params or {}))
        except RuntimeError as error:
            raise query_error(code_of(str(error)), str(error)) from error

    def close(self) -> None:
        self._session.close()
        self._closed()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
