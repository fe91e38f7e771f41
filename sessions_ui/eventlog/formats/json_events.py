"""The log as one JSON document; its last member counts the events, so that a cut is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.records import event_record
from sessions_ui.eventlog.formats.triples import CHUNK_BYTES

_encode = msgspec.json.Encoder().encode


def json_document(
    events: Iterable[Event], *, head: dict[str, Any], started_at: datetime | None
) -> Iterator[bytes]:
    """``head`` are members before ``events``; an event a line, all of it without loss."""
    held = bytearray(_encode(head)[:-1] + (b"," if head else b"") + b'"events":[')
    count = 0
    for event in events:
        record = event_record(event, started_at=started_at)
        line = record._asdict() | {"offset_seconds": msgspec.Raw(record.offset_seconds.encode())}
        held += b",\n" if count else b"\n"
        held += _encode(line)
        count += 1
        if len(held) >= CHUNK_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held) + b'\n],"event_count":%d}\n' % count
