"""The log as JSON, without loss: one document, or an event a line (NDJSON).

Both end with a count of their events, so that a file that was cut is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import msgspec

from sessions_ui.eventlog.formats.moments import rfc3339
from sessions_ui.eventlog.formats.options import About, Chosen, FileOptions
from sessions_ui.eventlog.formats.readable import readable, times

_encoder = msgspec.json.Encoder()


class _Row(msgspec.Struct):
    event: int
    offset_seconds: float
    time: str | None
    kind: str
    encoding: str
    data: str


def json_document(events: Iterable[Chosen], options: FileOptions, about: About) -> Iterator[bytes]:
    """What is known of the session, then ``events``, then ``event_count``."""
    yield _encoder.encode(head(options, about))[:-1] + b',"events":[\n'
    count = 0
    for batch in events:
        if len(batch):
            written = memoryview(_encoder.encode(_rows(batch, about)))
            yield b"".join((b",\n" if count else b"", written[1:-1]))
            count += len(batch)
    yield b'\n],"event_count":%d}\n' % count


def ndjson_lines(events: Iterable[Chosen], options: FileOptions, about: About) -> Iterator[bytes]:
    """An event a line; the last line is no event but ``{"end": {...}}``, with their count."""
    count = 0
    for batch in events:
        if len(batch):
            yield _encoder.encode_lines(_rows(batch, about))
            count += len(batch)
    yield _encoder.encode({"end": {**head(options, about), "event_count": count}}) + b"\n"


def head(options: FileOptions, about: About) -> dict[str, Any]:
    """The session, which of its events these are, and what is known of the clock.

    >>> head(FileOptions(kinds="o", first=3, last=9), About(session="x"))["selection"]
    {'kinds': 'o', 'first': 3, 'last': 9}
    """
    clock = "unknown" if about.started_at is None else "estimated" if about.estimated else "recorded"
    return {
        "session": about.session,
        "connection": about.connection,
        "person": about.person,
        "copy": "at-hoop" if about.at_hoop else "kept",
        "recording": about.whole,
        "masked": about.masked,
        "events_sha256": about.events_sha256 or None,
        "clock": clock,
        "started_at": rfc3339(about.started_at) if about.started_at else None,
        "selection": {"kinds": options.kinds, "first": options.first, "last": options.last or None},
    }


def _rows(batch: Chosen, about: About) -> list[_Row]:
    encodings, texts = readable(batch)
    named: Iterable[str | None] = (
        repeat(None) if about.known_start is None else [text or None for text in times(batch, about)]
    )
    kinds = batch.kinds.decode("ascii")
    return list(map(_Row, batch.numbers, batch.seconds, named, kinds, encodings, texts))
