"""One log line an event, JSON or readable, with the request's id; never content, never a query.

``structlog.get_logger()`` and the standard library's loggers end in the same place.
"""

from __future__ import annotations

import logging
from typing import Any

import structlog
from structlog.typing import Processor

SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class UnhandledOnly(logging.Filter):
    """Of Django's own lines about a request keeps the defects, without the address: it may hold
    a one-time token. The line of ``RequestLog`` with the same request id says which page it was.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request":
            record.msg, record.args = "unhandled error", ()
            return record.exc_info is not None
        return True


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING; also tells structlog to use the standard library underneath."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    plain = form == "console"
    ending: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if plain
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"unhandled_only": {"()": UnhandledOnly}},
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": list(SHARED),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["unhandled_only"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print a second, unstructured line.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Refusals are answers, and RequestLog has logged them.
            "django.request": {"level": "ERROR"},
            # Its debug lines and retry warnings carry whole addresses.
            "urllib3": {"level": "ERROR"},
            # Its debug lines carry what proves that a sign-in is ours.
            "authlib": {"level": "WARNING"},
        },
    }
