"""A body of ``GET /api/sessions/{id}?expand=event_stream``, read as a stream.

``SessionStream`` takes chunks of bytes and gives batches of events while they come, in memory
bounded by a block or by one event. Two paths give the same events: whole blocks of compact
triples go through msgspec, and are taken only when encoding them again gives the very same
bytes; what that refuses goes element by element through ``read_event``, which keeps odd ones.
Only the end of the body makes the answer whole: until ``finish`` returned, nothing read from
it may be shown as a complete log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sessions_ui.eventlog.batch import MAX_SECONDS, EventBatch, read_event
from sessions_ui.eventlog.events import KINDS
from sessions_ui.gateway.errors import GatewayGarbled, GatewayTooBig
from sessions_ui.gateway.json_text import MAX_DEPTH, TOKEN, parse_json

#: Bytes gathered before a block is parsed, the cap on what is not the stream, and on one event
#: (hoop's own cap on one is 17 MiB of payload, the gRPC message).
BLOCK_BYTES = 256 * 1024
MAX_ENVELOPE_BYTES = 16 * 1024 * 1024
MAX_EVENT_BYTES = 64 * 1024 * 1024

_SCALAR = re.compile(rb'[^\s,\[\]{}":]+')
_SPACE = re.compile(rb"[ \t\r\n]*")
_KINDS = frozenset(KINDS)
_triples = msgspec.json.Decoder(list[tuple[int | float, str, bytes]])
_encode = msgspec.json.Encoder().encode


class SessionStream:
    """One answer, fed chunk by chunk; raises GatewayGarbled or GatewayTooBig.

    ``wire_bytes`` counts the JSON of the array, brackets included: what hoop calls
    ``event_size`` is compared with it. ``stream_seen`` tells an absent stream from an empty one."""

    def __init__(self) -> None:
        self.wire_bytes = 0
        self.stream_seen = False
        self._buffer = bytearray()
        self._scanned = 0
        self._depth = 0
        self._head = b""
        self._where = self._in_head
        self._wanted = 1
        self._first = True
        self._events = 0
        self._only_text = False

    def batches(self, chunks: Iterable[bytes]) -> Iterator[EventBatch]:
        """Events as they come; exhausting it means that the body ended."""
        for chunk in chunks:
            self._buffer += chunk
            if len(self._buffer) >= self._wanted:
                yield from self._advance(at_end=False)
        yield from self._advance(at_end=True)

    def finish(self) -> dict[str, Any]:
        """The envelope around the stream, once the whole body was read and is what hoop sends."""
        if self._where != self._in_tail or self._depth:
            raise GatewayGarbled("the answer ended too early")
        text = self._head + bytes(self._buffer)
        try:
            envelope = parse_json(text)
        except ValueError as error:
            raise GatewayGarbled("the answer is not JSON") from error
        if not isinstance(envelope, dict):
            raise GatewayGarbled("the answer is not a session")
        if envelope.get("event_stream") is not None:
            # Spelled with escapes, past the scan: events that nobody read.
            raise GatewayGarbled("the answer holds a stream where hoop sends none")
        if self._only_text and self._events == 1:
            raise GatewayGarbled("a sentence stands where the events should be")
        return envelope

    def _advance(self, *, at_end: bool) -> Iterator[EventBatch]:
        while True:
            before = self._where
            batch = self._where(at_end=at_end)
            if batch is not None:
                yield batch
            elif self._where == before:
                return

    # Before the stream, and after it: plain JSON, scanned for its end and for the key.

    def _in_head(self, *, at_end: bool) -> EventBatch | None:
        del at_end
        if self._scan_envelope():
            self._head = bytes(self._buffer[: self._scanned]) + b"null"
            del self._buffer[: self._scanned + 1]
            self._scanned, self._wanted, self.wire_bytes, self.stream_seen = 0, BLOCK_BYTES, 1, True
            self._where = self._in_stream
        elif self._scanned and not self._depth:
            self._where = self._in_tail
        return None

    def _in_tail(self, *, at_end: bool) -> EventBatch | None:
        del at_end
        if self._depth and self._scan_envelope():
            raise GatewayGarbled("the answer holds two streams")
        if not self._depth and self._buffer[self._scanned :].strip(b" \t\r\n"):
            raise GatewayGarbled("the answer goes on after its end")
        if not self._depth:
            del self._buffer[self._scanned :]
        return None

    def _scan_envelope(self) -> bool:
        """Move over whole tokens; True when standing on the ``[`` that opens the stream."""
        if len(self._buffer) > MAX_ENVELOPE_BYTES:
            raise GatewayTooBig("the session's own data is over 16 MiB")
        for token in TOKEN.finditer(self._buffer, self._scanned):
            text = token.group()
            if text == b'"':
                break
            if text in b"[{":
                self._depth += 1
            elif text in b"]}":
                self._depth -= 1
                if self._depth <= 0:
                    self._depth, self._scanned = 0, token.end()
                    return False
            elif self._depth == 1 and text == b'"event_stream"':
                colon = _SPACE.match(self._buffer, token.end())
                after = colon.end() if colon else token.end()
                if after >= len(self._buffer):
                    break
                if self._buffer[after : after + 1] == b":":
                    value = _SPACE.match(self._buffer, after + 1)
                    start = value.end() if value else after + 1
                    if start >= len(self._buffer):
                        break
                    if self._buffer[start : start + 1] == b"[":
                        self._scanned = start
                        return True
                    if self._buffer[start : start + 1] != b"n":
                        raise GatewayGarbled("the stream is not a list")
            self._scanned = token.end()
        # Doubling what is waited for keeps one huge string from being scanned again and again.
        self._wanted = 2 * len(self._buffer)
        return False

    # Inside the stream.

    def _in_stream(self, *, at_end: bool) -> EventBatch | None:
        if not at_end and len(self._buffer) < self._wanted:
            return None
        batch = self._fast() or self._tolerant()
        if batch is None and self._where == self._in_stream:
            if len(self._buffer) > MAX_EVENT_BYTES:
                raise GatewayTooBig("one event is over 64 MiB")
            # Doubling what is waited for keeps one huge event from being scanned again and again.
            self._wanted = max(BLOCK_BYTES, 2 * len(self._buffer))
        else:
            self._wanted = BLOCK_BYTES
        return batch

    def _fast(self) -> EventBatch | None:
        """Whole compact triples up to the last border in the buffer, or None.

        A cut inside a string or an inner list leaves that unclosed, so a wrong border can only
        fail to decode; and equal bytes after encoding again mean that nothing was lost."""
        if not self._first and self._buffer[:1] != b",":
            return None
        start = 0 if self._first else 1
        border = self._buffer.rfind(b'"],[')
        if border < 0 or self._buffer[start : start + 1] != b"[":
            return None
        block = b"[%b]" % bytes(self._buffer[start : border + 2])
        try:
            rows = _triples.decode(block)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return None
        # A minus is found in the text: -0.0 is not below zero, and no time of hoop's either.
        if _encode(rows) != block or b"[-" in block:
            return None
        seconds, kinds, payloads = zip(*rows, strict=True)
        if not _KINDS.issuperset(kinds) or max(seconds) >= MAX_SECONDS:
            return None
        self._consumed(border + 2)
        self._events += len(rows)
        return EventBatch(seconds, "".join(kinds).encode("ascii"), payloads)

    def _tolerant(self) -> EventBatch | None:
        """As many whole elements as the buffer holds, one by one."""
        seconds: list[float] = []
        kinds = bytearray()
        payloads: list[bytes] = []
        position = 0
        while True:
            element = self._element(position)
            if element is None:
                break
            start, end = element
            if start == end:
                position, self._where = end, self._in_tail
                break
            raw = bytes(self._buffer[start:end])
            try:
                time, kind, payload = read_event(raw)
            except ValueError as error:
                raise GatewayGarbled("an event is not JSON") from error
            self._only_text = raw.startswith(b'"')
            self._first = False
            self._events += 1
            seconds.append(time)
            kinds += kind.encode("ascii")
            payloads.append(payload)
            position = end
        if position:
            self._consumed(position)
        return EventBatch(seconds, bytes(kinds), payloads) if payloads else None

    def _element(self, position: int) -> tuple[int, int] | None:
        """Where the next element begins and ends; an empty one at the array's end; None: not yet."""
        start = self._skip_space(position)
        if start >= len(self._buffer):
            return None
        mark = self._buffer[start : start + 1]
        if mark == b"]":
            return start + 1, start + 1
        if not self._first:
            if mark != b",":
                raise GatewayGarbled("the stream is not JSON")
            start = self._skip_space(start + 1)
            if start >= len(self._buffer):
                return None
        end = self._end_of(start)
        return None if end is None else (start, end)

    def _end_of(self, start: int) -> int | None:
        if self._buffer[start] not in b'[{"':
            scalar = _SCALAR.match(self._buffer, start)
            if scalar is None:
                raise GatewayGarbled("the stream is not JSON")
            return scalar.end() if scalar.end() < len(self._buffer) else None
        depth = 0
        for token in TOKEN.finditer(self._buffer, start):
            text = token.group()
            if text == b'"':
                return None
            if text in b"[{":
                depth += 1
                if depth > MAX_DEPTH:
                    raise GatewayGarbled("an event is nested too deeply")
            elif text in b"]}":
                depth -= 1
            if depth == 0:
                return token.end()
        return None

    def _skip_space(self, position: int) -> int:
        space = _SPACE.match(self._buffer, position)
        return space.end() if space else position

    def _consumed(self, count: int) -> None:
        self._first = False
        self.wire_bytes += count
        del self._buffer[:count]
