"""A file as an answer: its length, its ETag, a range of it, its name; and how the sending went.

The one place that makes such answers, for downloads and for the API's links alike. A client that takes
nothing for a minute has left, and the work for it stops.
"""

from __future__ import annotations

import re
import socket
import unicodedata
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import HttpResponseNotModified

from sessions_ui.access.record import record
from sessions_ui.pages.seats import take_seat
from sessions_ui.trail.acts import Act, Outcome

#: What is handed to the server at once: a slow reader is noticed between two pieces.
PIECE_BYTES = 256 * 1024
STALL_SECONDS = 60
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LogFile:
    """``read`` gives the bytes from a place on. ``length`` None: not known before all is written, so there
    are no ranges. ``etag`` without its quotes; ``events`` are those that the file holds."""

    name: str
    content_type: str
    etag: str
    events: int
    length: int | None
    read: Callable[[int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """How a sending went: bytes that the connection took, and whether those were all. ``begun``: of the
    piece on its way when the client left, which may have got as much more of it."""

    size: int
    finished: bool
    begun: int = 0


def file_response(
    request: HttpRequest,
    file: LogFile,
    *,
    begins: Callable[[], Callable[[Sent], None]] | None = None,
    always_whole: bool = False,
) -> HttpResponseBase:
    """``begins`` is called before any content is sent (what it raises stops the answer), and what it gives
    once after it. For HEAD, 304 and 416 it is not called. ``always_whole``: neither a range nor a
    validator of the client's counts. Raises TooManyDownloads."""
    etag = f'"{file.etag}"'
    if not always_whole and _matches(request.headers.get("If-None-Match", ""), etag):
        return _headed(HttpResponseNotModified(), file, etag)
    part = (0, None) if always_whole else _asked_part(request, file.length, etag)
    if part is None:
        none = HttpResponse(status=416, content_type="text/plain")
        none["Content-Range"] = f"bytes */{file.length}"
        return _headed(none, file, etag)
    start, stop = part
    pieces: Iterator[bytes] = iter(())
    if request.method != "HEAD":
        size = None if file.length is None else (file.length if stop is None else stop) - start
        pieces = sending(request, _pieces(file.read, start, stop), begins, size=size)
    response = StreamingHttpResponse(pieces, content_type=file.content_type)
    response["Content-Disposition"] = content_disposition(file.name)
    response["X-Event-Count"] = str(file.events)
    if file.length is not None:
        response["Content-Length"] = str((file.length if stop is None else stop) - start)
        if stop is not None:
            response.status_code = 206
            response["Content-Range"] = f"bytes {start}-{stop - 1}/{file.length}"
    return _headed(response, file, etag)


def in_trail(
    request: HttpRequest,
    act: Act,
    *,
    session: str,
    about: Mapping[str, object],
    more: Callable[[], Mapping[str, object]] = dict,
) -> Callable[[], Callable[[Sent], None]]:
    """For ``begins``: a row of the access trail before the file is sent, and one of how it went, with what
    ``more`` gives by then. Raises TrailUnavailable when it is called."""

    def begin() -> Callable[[Sent], None]:
        row = record(request, act, session=session, about=about)

        def end(sent: Sent) -> None:
            outcome = Outcome.FINISHED if sent.finished else Outcome.BROKEN_OFF
            begun = {"begun": sent.begun} if sent.begun else {}
            row.ended(size=sent.size, outcome=outcome, more={**begun, **more()})

        return end

    return begin


def content_disposition(name: str) -> str:
    """RFC 6266: an ASCII name for all, and the whole one (RFC 5987) where it differs.

    >>> print(content_disposition("Zoë.txt"))
    attachment; filename="Zoe.txt"; filename*=UTF-8''Zo%C3%AB.txt
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lstrip("._-")
    whole = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{whole}'


def _headed(response: HttpResponseBase, file: LogFile, etag: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Accept-Ranges"] = "none" if file.length is None else "bytes"
    # A proxy that packed it would take its length away, and its ETag would be of other bytes.
    response["Cache-Control"] = "private, no-store, no-transform"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _matches(header: str, etag: str) -> bool:
    """A weak comparison, as If-None-Match wants it."""
    return header.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in header.split(","))


def _asked_part(request: HttpRequest, length: int | None, etag: str) -> tuple[int, int | None] | None:
    """From a byte up to another (None: the whole file); None where the range holds no byte. What is no
    single range of bytes, or is of another file (If-Range) or method, is as if it were not there
    (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if (
        found is None
        or length is None
        or request.method != "GET"
        or request.headers.get("If-Range", etag) != etag
    ):
        return 0, None
    first, last, suffix = found.groups()
    if suffix is not None:
        return (max(0, length - int(suffix)), length) if int(suffix) and length else None
    if last and int(last) < int(first):
        return 0, None
    stop = min(length, int(last) + 1) if last else length
    return (int(first), stop) if int(first) < length else None


def sending(
    request: HttpRequest,
    pieces: Generator[bytes, None, None],
    begins: Callable[[], Callable[[Sent], None]] | None,
    *,
    size: int | None = None,
) -> Iterator[bytes]:
    """The pieces, as a thread's work for a client: on a seat unless they are of a ``size`` that is sent at
    once, ended when the client has left. ``begins`` as for ``file_response``. Raises TooManyDownloads."""
    at_once = size is not None and size <= PIECE_BYTES
    give_back = _nothing if at_once else take_seat(getattr(request, "person", None))
    try:
        ended = begins() if begins is not None else None
        return _Sending(request.META.get("gunicorn.socket"), pieces, give_back, ended)
    except BaseException:
        give_back()
        raise


class _Sending:
    """The pieces of a file, once. Closed by the server when they are sent or the client has left."""

    def __init__(
        self,
        connection: Any,
        pieces: Generator[bytes, None, None],
        give_back: Callable[[], None],
        ended: Callable[[Sent], None] | None,
    ) -> None:
        self._pieces = pieces
        self._ended = ended
        self._size = self._handed = 0
        self._finished = False
        # Also for an answer that a failure elsewhere keeps from being sent.
        self._give_back = weakref.finalize(self, give_back)
        if isinstance(connection, socket.socket):
            connection.settimeout(STALL_SECONDS)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        # Who asks for the next piece has sent the one before.
        self._size += self._handed
        self._handed = 0
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._finished = True
            raise
        self._handed = len(piece)
        return piece

    def close(self) -> None:
        if not self._give_back.alive:
            return
        self._give_back()
        self._pieces.close()
        if self._ended is not None:
            self._ended(Sent(self._size, self._finished, self._handed))


def _pieces(
    read: Callable[[int], Iterator[bytes]], start: int, stop: int | None
) -> Generator[bytes, None, None]:
    left = None if stop is None else stop - start
    for chunk in read(start):
        for place in range(0, len(chunk), PIECE_BYTES):
            piece = chunk[place : place + PIECE_BYTES] if len(chunk) > PIECE_BYTES else chunk
            if left is not None:
                piece = piece[:left]
                left -= len(piece)
            yield piece
            if left == 0:
                return


def _nothing() -> None:
    """What was sent at once had no seat."""
