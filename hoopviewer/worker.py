"""gunicorn's worker and log, held to what we promise of ours: what a client sent is repeated to nobody, and
no client takes long to send it."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import Any

import structlog
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

log = structlog.get_logger(__name__)
#: A request has arrived by then, or its thread goes on to another.
ARRIVES_WITHIN_SECONDS = 20
#: Requests that never become one, by what was wrong; all others of their kind are a 400.
STATUSES: dict[type[Exception], tuple[int, str]] = {
    errors.LimitRequestLine: (414, "URI Too Long"),
    errors.LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    errors.ExpectationFailed: (417, "Expectation Failed"),
    errors.UnsupportedTransferCoding: (501, "Not Implemented"),
}


class Worker(ThreadWorker):
    """Answers what is no request in words of its own, and logs its kind.

    gunicorn's answer and line would hold the header or address that was wrong, so a token or a cookie, and
    its line of a failed request the whole address. And it would wait for ever for the rest of a request, so
    that as many clients as there are threads stop the site; a proxy that passes on whole requests only is
    what keeps out those that come again and again.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.arriving: dict[Any, float] = {}

    def handle_quit(self, sig: int, frame: Any) -> None:
        """An end at once, as after a kill, which everything here is made to bear. gunicorn would shut the
        pool down, and the signal may have come while this very thread holds the pool's lock: it would
        wait for ever; and the interpreter's own end would wait for a recording that is being read."""
        self.cfg.worker_int(self)
        os._exit(0)

    def handle(self, conn: Any) -> Any:
        self.arriving[conn] = time.monotonic() + ARRIVES_WITHIN_SECONDS
        try:
            return super().handle(conn)
        finally:
            self.arriving.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        if req.method in ("GET", "HEAD"):
            self.arriving.pop(conn, None)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Once a second, in the worker's main thread."""
        super().murder_pending()
        now = time.monotonic()
        for conn, until in tuple(self.arriving.items()):
            if until < now:
                self.arriving.pop(conn, None)
                # Its thread reads an end; an answer that is ready is still sent.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        status, reason = status_of(exc)
        if status == 500:
            log.error("request failed", exc_info=exc)
        else:
            log.warning("no request", kind=type(exc).__name__, address=addr[0] if addr else "")
        with contextlib.suppress(OSError):
            client.sendall(plain_answer(status, reason))


class ServerLog(Logger):
    """gunicorn's other lines go where ours go, in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True


def status_of(error: BaseException) -> tuple[int, str]:
    """500 for what is our own fault.

    >>> status_of(errors.InvalidHeader("Cookie")), status_of(KeyError())[0]
    ((400, 'Bad Request'), 500)
    """
    # Two of gunicorn's kinds are of headers that a view wanted to send.
    is_ours = type(error).__name__.startswith("InvalidResponse")
    if is_ours or not isinstance(error, errors.ParseException):
        return 500, "Internal Server Error"
    return next((said for kind, said in STATUSES.items() if isinstance(error, kind)), (400, "Bad Request"))


def plain_answer(status: int, reason: str) -> bytes:
    """The whole answer, under a policy that lets nothing run."""
    body = f"{reason}\n"
    head = (
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
    )
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode("ascii")
