"""EventBatch -> segments -> rows of the database.

A segment is cut at 256 KB of payload or 4,096 rows, whichever comes first; a payload that does
not fit goes on in the next segment. The cut depends on the events alone, never on how they came.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, compress

from sessions_ui.archive.packing import pack
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.eventlog.events import ODD
from sessions_ui.models import SegmentRecord
from sessions_ui.session import PAYLOAD_CAP

SEGMENT_BYTES = 256 * 1024
SEGMENT_ROWS = 4096
#: Seconds, kind and length of a row.
COLUMN_BYTES = 8 + 1 + 4

#: Errors stand in the printed lane; of a segment with no more of them than this, once more by themselves,
#: so that a window of nothing but errors need not unpack everything that was printed.
ERROR_BYTES = 16 * 1024

#: Payload bytes go to one of three lanes, by kind.
TYPED = frozenset(b"i")
PRINTED = frozenset(b"oe")
#: The lane of each kind: 0 typed, 1 printed, 2 other.
LANE_OF = bytes(0 if kind in TYPED else 1 if kind in PRINTED else 2 for kind in range(256))
#: The fixed binary head of an event in ``events_sha256``: number, seconds, kind, length.
EVENT_HEAD = struct.Struct("<QdcQ")
PLACEHOLDER = b"no log found on disk"
#: For each lane, and for the errors alone, a table that turns its kinds into 1 and all others into 0.
_LANES = tuple(bytes(LANE_OF[kind] == lane for kind in range(256)) for lane in range(3))
ERRORS = 3
MASKS = (*_LANES, bytes(kind == ord("e") for kind in range(256)))


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
    full_payloads: int = 0
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
    lengths: array[int] = field(default_factory=lambda: array("I"))
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
        """Of all that was cut so far: of the whole log once ``close`` was exhausted."""
        return self._printed.hexdigest()

    @property
    def only_placeholder(self) -> bool:
        """Nothing but hoop's own "no log found on disk"."""
        return self._placeholder and self._next_event == 2

    def add(self, batch: EventBatch) -> Iterator[SegmentRecord]:
        """The segments that this batch fills."""
        self._observe(batch)
        lengths = [len(payload) for payload in batch.payloads]
        self.totals.full_payloads += lengths.count(PAYLOAD_CAP)
        ends = list(accumulate(lengths))
        start, done = 0, 0
        while start < len(ends):
            draft = self._draft
            fits = bisect_right(ends, done + SEGMENT_BYTES - draft.size, start)
            stop = min(fits, start + SEGMENT_ROWS - len(draft.kinds))
            if stop > start:
                self._append(batch.seconds[start:stop], batch.kinds[start:stop], batch.payloads[start:stop])
                self._next_event += stop - start
            elif draft.kinds:
                yield self._cut(continues=False)
                continue
            else:
                stop = start + 1
                yield from self._split(batch.seconds[start], batch.kinds[start:stop], batch.payloads[start])
            start, done = stop, ends[stop - 1]

    def close(self) -> Iterator[SegmentRecord]:
        """The last, unfilled segment."""
        if self._draft.kinds:
            yield self._cut(continues=False)

    def _observe(self, batch: EventBatch) -> None:
        if self._next_event == 1 and len(batch):
            self._placeholder = batch.kinds[:1] == b"e" and batch.payloads[0] == PLACEHOLDER
        if self.totals.first_seconds is None:
            self.totals.first_seconds = _first_time(batch.seconds, batch.kinds)
        last = _first_time(batch.seconds[::-1], batch.kinds[::-1])
        self.totals.last_seconds = self.totals.last_seconds if last is None else last
        # Whole columns through C: event by event this loop was half of the time of an ingest.
        numbers = range(self._next_event, self._next_event + len(batch))
        kinds = struct.unpack(f"{len(batch)}c", batch.kinds)
        heads = map(EVENT_HEAD.pack, numbers, batch.seconds, kinds, map(len, batch.payloads))
        self._events.update(b"".join(chain.from_iterable(zip(heads, batch.payloads, strict=True))))

    def _append(self, seconds: Sequence[float], kinds: bytes, payloads: Sequence[bytes]) -> None:
        draft = self._draft
        draft.seconds.extend(seconds)
        draft.kinds += kinds
        draft.lengths.extend(map(len, payloads))
        draft.payloads += payloads
        draft.size += sum(map(len, payloads))

    def _split(self, seconds: float, kind: bytes, payload: bytes) -> Iterator[SegmentRecord]:
        """A payload over a segment's size; what is left of it begins the next segment."""
        while len(payload) > SEGMENT_BYTES:
            self._append([seconds], kind, [payload[:SEGMENT_BYTES]])
            payload = payload[SEGMENT_BYTES:]
            yield self._cut(continues=True)
        self._append([seconds], kind, [payload])
        self._next_event += 1

    def _cut(self, *, continues: bool) -> SegmentRecord:
        draft, before = self._draft, self.totals
        typed, printed, other = _lanes(draft.kinds, draft.payloads)
        self._printed.update(printed)
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
            columns=pack(_pack_columns(draft.seconds, draft.kinds, draft.lengths)),
            typed=pack(typed),
            printed=pack(printed),
            other=pack(other),
            errors=_pack_errors(draft.kinds, draft.payloads),
        )
        self._count(bytes(draft.kinds[1:] if draft.continues else draft.kinds))
        self.totals.typed_bytes += len(typed)
        self.totals.printed_bytes += len(printed)
        self.totals.other_bytes += len(other)
        self._sequence += 1
        self._draft = _Draft(self._next_event, continues=continues)
        return segment

    def _count(self, kinds: bytes) -> None:
        totals = self.totals
        typed, output, error = kinds.count(b"i"), kinds.count(b"o"), kinds.count(b"e")
        totals.typed_events += typed
        totals.output_events += output
        totals.error_events += error
        totals.other_events += len(kinds) - typed - output - error
        totals.odd_events += kinds.count(b"?")


def _first_time(seconds: Sequence[float], kinds: bytes) -> float | None:
    """Of the first event that has one: an odd event without a usable time stands at 0.0."""
    times = zip(seconds, kinds, strict=True)
    return next((float(time) for time, kind in times if time or kind != ord(ODD)), None)


def _lanes(kinds: bytes | bytearray, payloads: Sequence[bytes]) -> tuple[bytes, bytes, bytes]:
    """What was typed, what was printed, and the rest."""
    typed, printed, other = (b"".join(compress(payloads, kinds.translate(lane))) for lane in _LANES)
    return typed, printed, other


def _pack_errors(kinds: bytes | bytearray, payloads: Sequence[bytes]) -> bytes | None:
    """None: too many to be stored twice."""
    if b"e" not in kinds:
        return b""
    errors = b"".join(compress(payloads, kinds.translate(MASKS[ERRORS])))
    return pack(errors) if len(errors) <= ERROR_BYTES else None


def _pack_columns(seconds: array[float], kinds: bytes | bytearray, lengths: array[int]) -> bytes:
    """Little-endian: all seconds (8 bytes each), all kinds (1), all lengths (4)."""
    if sys.byteorder == "big":
        seconds, lengths = array("d", seconds), array("I", lengths)
        seconds.byteswap()
        lengths.byteswap()
    return seconds.tobytes() + kinds + lengths.tobytes()


def unpack_columns(data: bytes, rows: int) -> tuple[array[float], bytes, array[int]]:
    if len(data) != rows * COLUMN_BYTES:
        raise ValueError("the columns of a segment are damaged")
    seconds, sizes = array("d", data[: 8 * rows]), array("I", data[9 * rows :])
    if sys.byteorder == "big":
        seconds.byteswap()
        sizes.byteswap()
    return seconds, data[8 * rows : 9 * rows], sizes
