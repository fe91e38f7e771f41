"""Puts an answer on the wire as Go's server does, or spoils it as a fault demands."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler
from itertools import chain

from sessions_ui.demo.standin.faults import Fault
from sessions_ui.demo.standin.http_values import Answer

#: Up to this size Go keeps a body back and counts it; a longer one goes out chunked.
COUNTED = 2048
SECURITY_HEADERS = (
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin"),
    ("Permissions-Policy", "geolocation=(), camera=(), microphone=()"),
    ("X-XSS-Protection", "1; mode=block"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-New-Access-Token, X-Set-Cookie"),
)


class Sender:
    """Sends one answer over a handler's connection."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.handler = handler
        self.one_point_one = handler.request_version != "HTTP/1.0"

    def send(self, answer: Answer) -> None:
        if answer.status == 204:
            self._head(answer, [])
            return
        start, rest = _beginning(answer)
        if rest is None and not answer.chunked:
            self._head(answer, [("Content-Length", str(len(start)))])
            self._body(start)
        elif self.one_point_one:
            self._head(answer, [("Transfer-Encoding", "chunked")])
            self._chunked(chain([start], rest or ()))
        else:
            self._head(answer, [("Connection", "close")])
            self._body(start, *(rest or ()))

    def send_spoiled(self, answer: Answer, fault: Fault) -> None:
        """Ends the connection, except after a mere delay."""
        if fault.mode == "hang":
            fault.wait()
            self.handler.close_connection = True
        elif fault.mode == "reset":
            self._reset()
        elif fault.mode in ("drip", "stall"):
            self._slowly(answer, fault)
        else:
            self._cut(answer, fault)

    def _head(self, answer: Answer, extra: list[tuple[str, str]]) -> None:
        handler = self.handler
        handler.send_response(answer.status)
        headers = dict(SECURITY_HEADERS)
        if answer.content_type:
            headers["Content-Type"] = answer.content_type
        headers.update(answer.headers)
        headers.update(extra)
        for name, value in headers.items():
            handler.send_header(name, value.encode("utf-8", "surrogateescape").decode("latin-1"))
        handler.end_headers()

    def _body(self, *pieces: bytes) -> None:
        if self.handler.command != "HEAD":
            for piece in pieces:
                self.handler.wfile.write(piece)

    def _chunked(self, pieces: Iterator[bytes], *, end: bool = True) -> None:
        for piece in pieces:
            if piece:
                self._body(b"%x\r\n%s\r\n" % (len(piece), piece))
        if end:
            self._body(b"0\r\n\r\n")

    def _slowly(self, answer: Answer, fault: Fault) -> None:
        self.handler.close_connection = True
        start, rest = _beginning(answer)
        self._head(answer, [("Transfer-Encoding", "chunked"), ("Connection", "close")])
        if fault.mode == "stall":
            after = int(fault.options.get("after", len(start) // 2))
            self._chunked(_paused(chain([start], rest or ()), after, fault.wait))
            return
        size, seconds = int(fault.options.get("size", 16)), float(fault.options.get("seconds", 0.05))
        for piece in chain([start], rest or ()):
            for place in range(0, len(piece), size):
                self._chunked(iter([piece[place : place + size]]), end=False)
                if fault.released.wait(seconds):
                    return
        self._body(b"0\r\n\r\n")

    def _cut(self, answer: Answer, fault: Fault) -> None:
        """Break off in the middle: with a length promised, in chunks, or with nothing promised at all."""
        self.handler.close_connection = True
        start, rest = _beginning(answer)
        after = int(fault.options.get("after", 100_000 if rest else len(start) // 2))
        sent = b"".join(_limited(chain([start], rest or ()), after))
        promised = len(sent) + 1_000_000 if rest else max(len(start), len(sent) + 1)
        framing = {
            "cut": [("Content-Length", str(promised))],
            "cut-chunked": [("Transfer-Encoding", "chunked")],
            "cut-close": [],
        }[fault.mode]
        self._head(answer, [*framing, ("Connection", "close")])
        if fault.mode == "cut-chunked":
            self._chunked(iter([sent]), end=False)
        else:
            self._body(sent)

    def _reset(self) -> None:
        """Close with unsent data thrown away: the other side sees a reset, not an end."""
        linger = struct.pack("ii", 1, 0)
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.handler.close_connection = True
        self.handler.connection.close()


def _beginning(answer: Answer) -> tuple[bytes, Iterator[bytes] | None]:
    """The body if it is short enough to be counted, else its start and the rest."""
    if isinstance(answer.body, bytes):
        if len(answer.body) <= COUNTED:
            return answer.body, None
        return answer.body, iter(())
    start = b""
    for piece in answer.body:
        start += piece
        if len(start) > COUNTED:
            return start, answer.body
    return start, None


def _paused(pieces: Iterable[bytes], after: int, wait: Callable[[], None]) -> Iterator[bytes]:
    """All of them, with a pause once that many bytes are sent."""
    for piece in pieces:
        if 0 <= after <= len(piece):
            yield piece[:after]
            wait()
            piece, after = piece[after:], -1
        else:
            after -= len(piece)
        yield piece
    if after >= 0:
        wait()


def _limited(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        if size <= 0:
            return
        yield piece[:size]
        size -= len(piece)
