"""One way of logging: key=value lines on a terminal, JSON elsewhere; never an identifier of a person."""

import logging
import sys

import structlog


def configure(*, verbose: bool = False) -> None:
    """Set up structlog and the standard library's root logger to write the same lines to stderr."""
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared: list[structlog.types.Processor] = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, stamp]
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for chatty in ("faust", "mode", "kafka", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.INFO if verbose else logging.WARNING)
    if not verbose:
        handler.addFilter(_is_ours_to_say)


def _is_ours_to_say(record: logging.LogRecord) -> bool:
    """Outages, which these libraries report at every attempt, are said by us, once."""
    return record.name.partition(".")[0] not in ("aiokafka", "urllib3", "clickhouse_connect")
