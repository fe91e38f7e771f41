"""One log line an event, JSON or readable, with the request's id; never content, never a query.

``structlog.get_logger()`` and the standard library's loggers end in the same place. Of an exception they
get the kinds and the places, not the words: those can repeat what a session printed or a client sent.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from typing import Any

import structlog
from structlog.typing import ExcInfo, Processor

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
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


def trace(exc_info: ExcInfo) -> str:
    """Where an exception and those before it came from, the first of them first, without their messages.

    >>> print(trace((ValueError, ValueError("a password"), None)))
    ValueError
    """
    found: list[str] = []
    seen: set[int] = set()
    error: BaseException | None = exc_info[1]
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        places = "".join(traceback.format_tb(error.__traceback__))
        found.append(f"{places}{type(error).__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(found))


def catch_the_rest() -> None:
    """What ends a thread, or the program, is a line like any other: Python's own would have the message."""
    log = structlog.get_logger(__name__)

    def in_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and not issubclass(failed.exc_type, SystemExit):
            log.error("thread failed", exc_info=(failed.exc_type, failed.exc_value, failed.exc_traceback))

    threading.excepthook = in_thread
    sys.unraisablehook = lambda failed: log.error("unraisable", kind=failed.exc_type.__qualname__)


#: What libraries may say.
LOGGERS: dict[str, Any] = {
    # Django's own handlers would print a second, unstructured line.
    "django": {"handlers": [], "level": "INFO", "propagate": True},
    # Refusals are answers, and RequestLog has logged them.
    "django.request": {"level": "ERROR"},
    # The same; its lines repeat the address, the host or the referrer that the client sent.
    "django.security": {"level": logging.CRITICAL + 1},
    # Django leaves it to the server to drop the body of an answer to HEAD, which says so each time.
    "gunicorn.http.wsgi": {"level": "ERROR"},
    # Its debug lines and retry warnings carry whole addresses.
    "urllib3": {"level": "ERROR"},
    # Its debug lines carry what proves that a sign-in is ours.
    "authlib": {"level": "WARNING"},
}


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
    written: Processor = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if form == "console"
        else structlog.processors.JSONRenderer()
    )
    ending: list[Processor] = [structlog.processors.ExceptionRenderer(trace), written]
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
        # Of another level a system check speaks, in lines that must be written.
        "root": {"handlers": ["stderr"], "level": level if level in LEVELS else "INFO"},
        "loggers": LOGGERS,
    }
