"""One way of logging: key=value lines on a terminal, JSON elsewhere; never an identifier of a person."""

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Literal

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

Style = Literal["json", "text"]

HARMLESS = ("streams.", "schemas.", "dashboards.", "aiokafka.", "kafka.", "clickhouse_connect.", "faust.", "mode.")
"""Whose errors never quote data: ours and the client libraries'. Any other's words may be a piece of a touchpoint."""


def configure(*, verbose: bool = False, style: Style | None = None) -> None:
    """Set up structlog and the standard library's root logger to write the same lines to stderr.

    `style` None: text on a terminal, JSON elsewhere. Every line has time, level and logger.
    """
    terminal = sys.stderr.isatty()
    text = style == "text" or (style is None and terminal)
    renderer = structlog.dev.ConsoleRenderer(colors=terminal) if text else structlog.processors.JSONRenderer()
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared: list[Processor] = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, stamp]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[_stack, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler.setFormatter(formatter)
    _take_over(handler, verbose=verbose)
    sys.excepthook = _last_words
    threading.excepthook = lambda ended: _last_words(ended.exc_type, ended.exc_value or ended.exc_type())


def _take_over(handler: logging.Handler, *, verbose: bool) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for chatty in ("faust", "mode", "kafka", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.INFO if verbose else logging.WARNING)
    # That a busy machine took a tenth of a second for something is no news to whoever runs a command.
    logging.getLogger("kafka.net.selector").setLevel(logging.INFO if verbose else logging.ERROR)
    if not verbose:
        handler.addFilter(_is_ours_to_say)


def _is_ours_to_say(record: logging.LogRecord) -> bool:
    """Outages, which these libraries report at every attempt, are said by us, once."""
    return record.name.partition(".")[0] not in ("aiokafka", "urllib3", "clickhouse_connect")


# -- errors --------------------------------------------------------------------------------------


def _stack(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The stack of an error where a line has one, without what might quote data."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = stack_of(error)
    return event


def stack_of(error: BaseException) -> str:
    """As Python prints it, the causes included; of an error that may quote data, its kind alone."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    text = f"{stack_of(before)}\nthen:\n" if before is not None else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{text}Traceback (most recent call last):\n{frames}{words_of(error)}"


def words_of(error: BaseException) -> str:
    """Kind and message; the message only of errors that never quote data."""
    kind = type(error)
    if isinstance(error, OSError) or f"{kind.__module__}.".startswith(HARMLESS):
        return f"{kind.__name__}: {error}"
    return f"{kind.__name__} (its words are left out: they may quote data)"


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None = None) -> None:
    """An error that nobody has caught is a line like all others."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger("touchline.process").critical("unexpected error", exc_info=error)
