"""How a process ends when it must not go on: one clear line, then a status that tells its supervisor what to do."""

import faulthandler
import logging
import os
import sys
from typing import NoReturn

import structlog

UNEXPECTED = 70
"""Exit status (EX_SOFTWARE): start it again; everything since the last write will be read again."""

REFUSED = 78
"""Exit status (EX_CONFIG) of a process that refuses to go on: starting it again would change nothing."""

log = structlog.get_logger("touchline.worker")


def die(what: str, error: BaseException | None = None, **facts: object) -> NoReturn:
    """Say what happened, with the stack of `error`, and end this process at once: nothing more is acked or written.

    An exception would be worse than the end: Faust acks the chunk whose agent raised and goes on with the next.
    """
    log.critical(what, **facts, exc_info=error)
    leave(UNEXPECTED)


def refuse(what: str, **facts: object) -> NoReturn:
    """Say what a person must do, and end this process at once: its supervisor leaves it alone until then."""
    log.critical(what, **facts)
    leave(REFUSED)


def leave(status: int) -> NoReturn:
    """End at once, with everything that was said so far."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stderr.flush()
    os._exit(status)


def die_stuck(what: str, **facts: object) -> NoReturn:
    """As `die`, with the stacks of all threads: for a process that stands still and cannot say why."""
    faulthandler.dump_traceback(all_threads=True)
    die(what, None, **facts)


class Failpoint:
    """Ends the process where a test wants it to: `name`, `stage/name`, either with `:n` for the n-th time.

    Names: after_outputs, before_changelog, after_changelog, before_ack; of the sink: after_insert, before_commit; of
    a rebuild (stage "rebuild") the others. An empty specification never fires.
    """

    NAMES = (
        *("after_outputs", "before_changelog", "after_changelog", "before_ack", "after_insert", "before_commit"),
        *("after_claim", "after_discard", "after_begin", "after_cut", "while_feeding", "after_feeding"),
        *("before_switch", "after_switch", "before_finish", "after_finish", "after_drop", "after_removal"),
    )

    def __init__(self, specification: str = "") -> None:
        place, _, times = specification.partition(":")
        self._stage, _, self._name = place.rpartition("/")
        self._left = int(times or 1)
        if self._name and self._name not in self.NAMES:
            raise ValueError(f"TOUCHLINE_FAIL_AT: {self._name!r} is none of {', '.join(self.NAMES)}")

    def reach(self, stage: str, name: str) -> None:
        if name != self._name or self._stage not in ("", stage):
            return
        self._left -= 1
        if self._left == 0:
            os._exit(UNEXPECTED)


def failpoint() -> Failpoint:
    """The one that this process is to have. Raises ValueError for a name that there is not."""
    return Failpoint(os.environ.get("TOUCHLINE_FAIL_AT", ""))
