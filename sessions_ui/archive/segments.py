"""EventBatch -> segments -> rows of the database, and back to events.

A segment is cut at 256 KB of payload or 4,096 rows, whichever comes first; a payload that does
not fit goes on in the next segment. The cut depends on the events alone, never on how they came.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sessions_ui.archive.packing import pack, unpack
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.eventlog.events import Event
from sessions_ui.models import SegmentRecord

SEGMENT_BYTES = 256 * 1024
SEGMENT_ROWS = 4096

#: Payload bytes go to one of three lanes, by kind.
TYPED = frozenset(b"i")
PRINTED = frozenset(b"oe")
#: The fixed binary head of an event in ``events_sha256``: number, seconds, kind, length.
EVENT_HEAD = struct.Struct("<QdcQ")
PLACEHOLDER = b"no log found on disk"


@dataclass(slots=True)
class Totals:
    """Counts of a log so far; the names are those of EventLogRecord's columns."""

    typed_events: int = 0
    output_events: int = 0
    error_events: int = 0
    other_events: int = 0
    odd_events: int = 0
    typed_bytes: int = 0
    printed_bytes: int = 0
    other_bytes: int = 0
    first_seconds: float | None = None
    last_seconds: float | None = None

    @property
    def events(self) -> int:
        return self.typed_events + self.output_events + self.error_events + self.other_events


@dataclass(slots=True)
class _Draft:
    """A segment being filled."""

    first_event: int
    continues: bool
    seconds: array[float] = field(default_factory=lambda: array("d"))
    kinds: bytearray = field(default_factory=bytearray)
    payloads: list[bytes] = field(default_factory=list)
    size: int = 0


class SegmentBuilder:
    """Takes batches in order, gives finished SegmentRecords (unsaved, without their log)."""

    def __init__(self) -> None:
        self.totals = Totals()
        self._placeholder = False
        self._sequence = 0
        self._next_event = 1
        self._events = hashlib.sha256()
        self._printed = hashlib.sha256()
        self._draft = _Draft(1, continues=False)

    @property
    def events_sha256(self) -> str:
        return self._events.hexdigest()

    @property
    def printed_sha256(self) -> str:
        return self._printed.hexdigest()

    @property
    def only_placeholder(self) -> bool:
        """Nothing but hoop's own "no log found on disk"."""
        return self._placeholder and self._next_event == 2

    def add(self, batch: EventBatch) -> Iterator[SegmentRecord]:
        """The segments that this batch fills."""
        self._observe(batch)
        for seconds, kind, whole in zip(batch.seconds, batch.kinds, batch.payloads, strict=True):
            payload = whole
            rows = len(self._draft.kinds)
            if rows and (rows >= SEGMENT_ROWS or self._draft.size + len(payload) > SEGMENT_BYTES):
                yield self._cut(self._next_event, continues=False)
            while len(payload) > SEGMENT_BYTES:
                self._append(seconds, kind, payload[:SEGMENT_BYTES])
                payload = payload[SEGMENT_BYTES:]
                yield self._cut(self._next_event, continues=True)
            self._append(seconds, kind, payload)
            self._next_event += 1

    def close(self) -> Iterator[SegmentRecord]:
        """The last, unfilled segment."""
        if self._draft.kinds:
            yield self._cut(self._next_event, continues=False)

    def _observe(self, batch: EventBatch) -> None:
        if self._next_event == 1 and len(batch):
            self._placeholder = batch.kinds[:1] == b"e" and batch.payloads[0] == PLACEHOLDER
            self.totals.first_seconds = batch.seconds[0]
        if len(batch):
            self.totals.last_seconds = batch.seconds[-1]
        parts: list[bytes] = []
        rows = zip(batch.seconds, batch.kinds, batch.payloads, strict=True)
        for number, (seconds, kind, payload) in enumerate(rows, self._next_event):
            parts.append(EVENT_HEAD.pack(number, seconds, kind.to_bytes(), len(payload)))
            parts.append(payload)
        self._events.update(b"".join(parts))
        self._printed.update(_lane(batch.kinds, batch.payloads, PRINTED))

    def _append(self, seconds: float, kind: int, payload: bytes) -> None:
        draft = self._draft
        draft.seconds.append(seconds)
        draft.kinds.append(kind)
        draft.payloads.append(payload)
        draft.size += len(payload)

    def _cut(self, first_event: int, *, continues: bool) -> SegmentRecord:
        draft, before = self._draft, self.totals
        typed, printed, other = _lanes(bytes(draft.kinds), draft.payloads)
        segment = SegmentRecord(
            sequence=self._sequence,
            first_event=draft.first_event,
            continues=draft.continues,
            rows=len(draft.kinds),
            first_seconds=draft.seconds[0],
            before_typed=before.typed_events,
            before_output=before.output_events,
            before_error=before.error_events,
            before_other=before.other_events,
            before_typed_bytes=before.typed_bytes,
            before_printed_bytes=before.printed_bytes,
            before_other_bytes=before.other_bytes,
            columns=pack(_pack_columns(draft.seconds, bytes(draft.kinds), [len(p) for p in draft.payloads])),
            typed=pack(typed),
            printed=pack(printed),
            other=pack(other),
        )
        self._count(bytes(draft.kinds[1:] if draft.continues else draft.kinds))
        self.totals.typed_bytes += len(typed)
        self.totals.printed_bytes += len(printed)
        self.totals.other_bytes += len(other)
        self._sequence += 1
        self._draft = _Draft(first_event, continues=continues)
        return segment

    def _count(self, kinds: bytes) -> None:
        totals = self.totals
        typed, output, error = kinds.count(b"i"), kinds.count(b"o"), kinds.count(b"e")
        totals.typed_events += typed
        totals.output_events += output
        totals.error_events += error
        totals.other_events += len(kinds) - typed - output - error
        totals.odd_events += kinds.count(b"?")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stored segment, read back. ``numbers`` of its rows are ``first_event`` and on."""

    first_event: int
    continues: bool
    seconds: Sequence[float]
    kinds: bytes
    payloads: Sequence[bytes]

    def events(self) -> Iterator[Event]:
        """Its rows; the first may be the rest of an event, and the last an event's beginning."""
        for number, (seconds, kind, payload) in enumerate(
            zip(self.seconds, self.kinds, self.payloads, strict=True), self.first_event
        ):
            yield Event(number, seconds, chr(kind), payload)


def read_segment(record: SegmentRecord) -> Segment:
    """Raises ValueError when the row does not hold what was stored."""
    seconds, kinds, lengths = _unpack_columns(unpack(record.columns), record.rows)
    lanes = (unpack(record.typed), unpack(record.printed), unpack(record.other))
    places = [0, 0, 0]
    payloads: list[bytes] = []
    for kind, length in zip(kinds, lengths, strict=True):
        lane = 0 if kind in TYPED else 1 if kind in PRINTED else 2
        start = places[lane]
        places[lane] = start + length
        payloads.append(lanes[lane][start : start + length])
    if places != [len(lane) for lane in lanes]:
        raise ValueError(f"segment {record.pk} is damaged")
    return Segment(record.first_event, record.continues, seconds, kinds, payloads)


def _lane(kinds: bytes, payloads: Sequence[bytes], lane: frozenset[int]) -> bytes:
    return b"".join(payload for kind, payload in zip(kinds, payloads, strict=True) if kind in lane)


def _lanes(kinds: bytes, payloads: Sequence[bytes]) -> tuple[bytes, bytes, bytes]:
    return (
        _lane(kinds, payloads, TYPED),
        _lane(kinds, payloads, PRINTED),
        b"".join(
            payload
            for kind, payload in zip(kinds, payloads, strict=True)
            if kind not in TYPED and kind not in PRINTED
        ),
    )


def _pack_columns(seconds: array[float], kinds: bytes, lengths: list[int]) -> bytes:
    """Little-endian: all seconds (8 bytes each), all kinds (1), all lengths (4)."""
    sizes = array("I", lengths)
    if sys.byteorder == "big":
        seconds, sizes = array("d", seconds), array("I", sizes)
        seconds.byteswap()
        sizes.byteswap()
    return seconds.tobytes() + kinds + sizes.tobytes()


def _unpack_columns(data: bytes, rows: int) -> tuple[array[float], bytes, array[int]]:
    if len(data) != rows * 13:
        raise ValueError("the columns of a segment are damaged")
    seconds, sizes = array("d", data[: 8 * rows]), array("I", data[9 * rows :])
    if sys.byteorder == "big":
        seconds.byteswap()
        sizes.byteswap()
    return seconds, data[8 * rows : 9 * rows], sizes
