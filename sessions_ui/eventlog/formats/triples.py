"""Events as hoop's own triples: ``[seconds,"kind","base64"]``, an odd event as it came."""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator

from sessions_ui.eventlog.batch import seconds_text
from sessions_ui.eventlog.events import ODD, Event

CHUNK_BYTES = 64 * 1024


def triples(events: Iterable[Event]) -> Iterator[bytes]:
    """The JSON array that hoop sends as ``event_stream``, in chunks.

    >>> b"".join(triples([Event(1, 0.5, "o", b"hi"), Event(2, 0.0, "?", b"null")]))
    b'[[0.5,"o","aGk="],null]'
    """
    held = bytearray(b"[")
    border = b""
    for event in events:
        held += border
        held += event.payload if event.kind == ODD else _triple(event)
        border = b","
        if len(held) >= CHUNK_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held) + b"]"


def _triple(event: Event) -> bytes:
    payload = binascii.b2a_base64(event.payload, newline=False)
    return b'[%b,"%b","%b"]' % (seconds_text(event.seconds).encode(), event.kind.encode(), payload)
