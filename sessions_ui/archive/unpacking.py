"""A stored segment, read back: its columns at once, its lanes when a payload is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress
from typing import overload

from sessions_ui.archive.packing import unpack
from sessions_ui.archive.segments import COLUMN_BYTES, ERRORS, LANE_OF, MASKS, unpack_columns
from sessions_ui.eventlog.events import Event
from sessions_ui.models import SegmentRecord

#: So few rows of a lane are looked for; of more, all rows of the segment are passed through.
FEW_ROWS = 16
_BLOBS = ("typed", "printed", "other", "errors")
#: From a segment's sequence, a lane's name and its blob to the lane (see ``masking.Cover``).
OpenLane = Callable[[int, str, bytes | memoryview], bytes]


class Payloads(Sequence[bytes]):
    """The payloads of a segment's rows, cut from its lanes when they are asked for: a window over a
    rare kind needs one row of a lane and nothing of the others."""

    __slots__ = ("_kinds", "_lane_of", "_lanes", "_lengths", "_open_lane", "_record", "_starts")

    def __init__(
        self, record: SegmentRecord, kinds: bytes, lengths: Sequence[int], open_lane: OpenLane
    ) -> None:
        self._record, self._kinds, self._lengths, self._open_lane = record, kinds, lengths, open_lane
        self._lane_of = kinds.translate(LANE_OF)
        self._lanes: dict[int, bytes] = {}
        self._starts: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._lane_of)

    @property
    def unpacked_bytes(self) -> int:
        """What had to be unpacked so far."""
        return sum(map(len, self._lanes.values()))

    @overload
    def __getitem__(self, row: int) -> bytes: ...

    @overload
    def __getitem__(self, row: slice) -> list[bytes]: ...

    def __getitem__(self, row: int | slice) -> bytes | list[bytes]:
        """Raises ValueError when a lane is not as long as its rows."""
        if isinstance(row, slice):
            return [self[one] for one in range(len(self))[row]]
        number = self._lane_of[row]
        if number not in self._lanes:
            if self._kinds[row] == ord("e") and self._record.errors is not None:
                return self._cut(ERRORS, row, self._kinds.count(b"e", 0, row))
            self._open(number)
        return self._cut(number, row, self._lane_of.count(number, 0, row))

    def _cut(self, number: int, row: int, before: int) -> bytes:
        """A row of a lane that has so many rows before it."""
        if number not in self._lanes:
            self._open(number)
        start = self._starts[number][before]
        return self._lanes[number][start : start + self._lengths[row]]

    def _open(self, number: int) -> None:
        name = _BLOBS[number]
        lane = self._open_lane(self._record.sequence, name, getattr(self._record, name))
        starts = list(accumulate(self._lengths_of(self._kinds.translate(MASKS[number])), initial=0))
        if starts[-1] != len(lane):
            raise ValueError("a segment is damaged: a lane and its rows do not agree")
        self._lanes[number], self._starts[number] = lane, starts

    def _lengths_of(self, mask: bytes) -> Iterator[int]:
        if mask.count(1) > FEW_ROWS:
            yield from compress(self._lengths, mask)
            return
        row = -1
        while (row := mask.find(1, row + 1)) >= 0:
            yield self._lengths[row]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stored segment, read back. ``before`` counts the events of each kind (``i o e x``) ahead of it;
    the numbers of its rows are ``first_event`` and on."""

    sequence: int
    first_event: int
    continues: bool
    before: Mapping[str, int]
    seconds: Sequence[float]
    kinds: bytes
    payloads: Payloads

    @property
    def begins(self) -> int:
        """The number of the first event that begins in it."""
        return self.first_event + self.continues

    @property
    def ends(self) -> int:
        """The number behind its last event's."""
        return self.first_event + len(self.kinds)

    @property
    def unpacked_bytes(self) -> int:
        """What had to be unpacked of it so far."""
        return COLUMN_BYTES * len(self.kinds) + self.payloads.unpacked_bytes

    def events(self) -> Iterator[Event]:
        return map(self.event, range(len(self.kinds)))

    def event(self, row: int) -> Event:
        """A row; the first may be the rest of an event, and the last an event's beginning."""
        kind = chr(self.kinds[row])
        return Event(self.first_event + row, self.seconds[row], kind, self.payloads[row])


def read_segment(record: SegmentRecord, open_lane: OpenLane) -> Segment:
    """``open_lane`` gives a lane of it from its stored blob. Raises ValueError, here or when a payload
    is asked for, when the row does not hold what was stored."""
    seconds, kinds, lengths = unpack_columns(unpack(record.columns), record.rows)
    return Segment(
        record.sequence,
        record.first_event,
        record.continues,
        {
            "i": record.before_typed,
            "o": record.before_output,
            "e": record.before_error,
            "x": record.before_other,
        },
        seconds,
        kinds,
        Payloads(record, kinds, lengths, open_lane),
    )
