"""The stored event stream of a session, and the forms in which hoop hands it out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sessions_ui.demo.standin import gojson

PLACEHOLDER = [0, "e", base64.b64encode(b"no log found on disk").decode()]
UNDECODABLE = (
    '["An internal error occurred: unable to decode the event stream due to invalid characters.'
    '\\nPlease download the session as an alternative."]'
)
FORMS = ("utf8", "base64", "raw-queries")


class GatewayPanic(Exception):
    """What a malformed stored event does to hoop: 500 with an empty body."""


class Stream(Protocol):
    """A stored stream: a JSON array of events. A large one is never held whole."""

    large: bool

    def chunks(self, elapsed: float) -> Iterator[bytes]:
        """The JSON array as hoop sends it, ``elapsed`` seconds after the session's start."""

    def events(self, elapsed: float) -> Iterator[Any]:
        """The array's items, parsed."""


class StoredStream:
    """A stream of a finished session, held as the text that hoop stored."""

    large = False

    def __init__(self, items: Iterable[Any]) -> None:
        self.text = ("[" + ",".join(_item_text(item) for item in items) + "]").encode()

    def chunks(self, elapsed: float) -> Iterator[bytes]:
        yield self.text

    def events(self, elapsed: float) -> Iterator[Any]:
        yield from json.loads(self.text)


def _item_text(item: Any) -> str:
    """One event: ``(seconds, kind, bytes)``, or any JSON value as it is (recorded and odd ones)."""
    if isinstance(item, tuple):
        seconds, kind, payload = item
        return f'[{gojson.number(seconds)},"{kind}","{base64.b64encode(payload).decode()}"]'
    return gojson.stored(item)


class FlushedStream:
    """The stream of an open session: hoop stores what has been printed every ``flush_seconds``."""

    large = False

    def __init__(self, items: list[Any], flush_seconds: float = 50.0) -> None:
        self.items = items
        self.flush_seconds = flush_seconds

    def printed(self, until: float) -> list[Any]:
        """What the session has printed before that second, stored already or not."""
        return [item for item in self.items if float(item[0]) < until]

    def visible(self, elapsed: float) -> StoredStream:
        return StoredStream(self.printed(elapsed // self.flush_seconds * self.flush_seconds))

    def chunks(self, elapsed: float) -> Iterator[bytes]:
        return self.visible(elapsed).chunks(elapsed)

    def events(self, elapsed: float) -> Iterator[Any]:
        return self.visible(elapsed).events(elapsed)


@dataclass(frozen=True)
class Form:
    """The stream as one ``event_stream`` value asks for it, with the ``event_size`` that hoop then prints."""

    chunks: Iterator[bytes]
    event_size: int | None = None


def form(stream: Stream, name: str, elapsed: float, *, queries: str) -> Form:
    """``queries``: raw-queries may ``parse`` wire frames, find ``nothing`` in them, or keep it ``raw``."""
    if name == "raw-queries":
        return _raw_queries(stream, elapsed, queries)
    output = b"".join(payload for _, _, payload in decoded(stream.events(elapsed), ("o", "e")))
    if name == "base64":
        text = base64.b64encode(output).decode()
        return Form(iter([f'["{text}"]'.encode()]), len(text))
    literal = gojson.quoted(output)
    answer = UNDECODABLE if literal is None else gojson.escaped_html(f"[{literal}]")
    return Form(iter([answer.encode()]), len(gojson.text_of(output)))


def decoded(events: Iterable[Any], kinds: tuple[str, ...]) -> Iterator[tuple[float, str, bytes]]:
    """Events of these kinds, read as hoop reads them: bad base64 is cut, a malformed event is a panic."""
    for event in events:
        if not isinstance(event, list) or len(event) < 3 or not isinstance(event[2], str):
            raise GatewayPanic
        seconds = float(event[0]) if isinstance(event[0], (int, float)) else 0.0
        kind = event[1] if isinstance(event[1], str) else ""
        payload = gojson.decoded(event[2])
        if kind in kinds:
            yield seconds, kind, payload


def _raw_queries(stream: Stream, elapsed: float, queries: str) -> Form:
    if queries == "raw":
        return Form(stream.chunks(elapsed))
    if queries == "nothing":
        return Form(iter([]), 0)
    items: list[Any] = []
    size = 0
    for seconds, kind, payload in decoded(stream.events(elapsed), ("i",)):
        query = _first_query(payload)
        if query:
            size += len(query)
            items.append((seconds, kind, query))
    return Form(StoredStream(items).chunks(elapsed) if items else iter([b"null"]), size)


def _first_query(frame: bytes) -> bytes:
    """The statement of a PostgreSQL Query or Parse frame; a text that only looks like one is a panic."""
    if frame[:1] not in (b"Q", b"P"):
        return b""
    length = int.from_bytes(frame[1:5], "big")
    if len(frame) < 5 or length < 4 or len(frame) < length + 1:
        raise GatewayPanic
    parts = frame[5 : length + 1].split(b"\0")
    return parts[0] if frame[:1] == b"Q" or len(parts) < 2 else parts[1]


@dataclass(frozen=True)
class Printing:
    """How a download or /result/stream prints events: the query's ``events``, ``newline``, ``event-time``."""

    kinds: tuple[str, ...]
    newline: bool = False
    event_time: bool = False
    csv: bool = False


def printed(events: Iterable[Any], started: datetime, how: Printing) -> Iterator[bytes]:
    for seconds, _, payload in decoded(events, how.kinds):
        prefix = f"{_clock_time(started, seconds)} ".encode() if how.event_time else b""
        piece = prefix + payload + (b"\n" if how.newline else b"")
        yield piece.replace(b"\t", b",") if how.csv else piece


def printed_json(events: Iterable[Any], started: datetime, kinds: tuple[str, ...]) -> Iterator[bytes]:
    first = True
    for seconds, kind, payload in decoded(events, kinds):
        row = {"stream": gojson.text_of(payload), "time": _clock_time(started, seconds), "type": kind}
        yield (b"[" if first else b",") + gojson.encode(row)
        first = False
    yield b"null" if first else b"]"


def _clock_time(started: datetime, seconds: float) -> str:
    return f"{started + timedelta(seconds=int(seconds)):%Y-%m-%dT%H:%M:%SZ}"
