"""HitReader: byte ranges of a lane -> events, lines, columns, and the text around, made harmless."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.segments import PRINTED, TYPED, unpack_columns
from sessions_ui.eventlog.places import Place
from sessions_ui.eventlog.query import LaneName
from sessions_ui.eventlog.spans import FOLD, MARK, Line, Span
from sessions_ui.eventlog.stripping import Block
from sessions_ui.eventlog.terminal import Lane
from sessions_ui.models import SegmentRecord

#: Characters of text around a hit, and of the hit itself.
BEFORE, INSIDE, AFTER = 60, 240, 160
#: Bytes that are looked at for them, escape sequences included.
_AROUND_BYTES = 4096
_KEPT_SEGMENTS = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """``place`` is the event and the line of its payload where the hit begins; ``column`` counts that
    line's characters from 1, and is 0 where the line is too long to be counted. ``alone``: the event has
    no other line."""

    number: int
    lane: LaneName
    kind: str
    place: Place
    column: int
    alone: bool
    seconds: float
    before: Line
    text: Line
    after: Line


@dataclass(frozen=True, slots=True)
class _Rows:
    """A segment's rows of one lane: their events, times, kinds, and where each begins in the lane."""

    numbers: Sequence[int]
    seconds: Sequence[float]
    kinds: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    continues: bool


class HitReader:
    """For one lane of one log; it is told of the segments that hold the lane, in order."""

    def __init__(self, log: EventLog, lane: LaneName) -> None:
        self._log, self._lane = log, lane
        self._sequences: list[int] = []
        self._befores: list[int] = []
        self._lines: dict[int, int] = {}
        self._read_rows = lru_cache(_KEPT_SEGMENTS)(self._rows)
        self._read_data = lru_cache(_KEPT_SEGMENTS)(self._data)

    def note(self, sequence: int, before: int) -> None:
        """A segment with bytes of the lane, ``before`` being those of all earlier ones."""
        self._sequences.append(sequence)
        self._befores.append(before)

    def resolve(self, spans: Sequence[tuple[int, int]], first: int) -> Iterator[Hit]:
        """Hits from their byte ranges, numbered from ``first`` on."""
        for number, (begin, end) in enumerate(spans, first):
            yield self._hit(number, begin, end)

    def _hit(self, number: int, begin: int, end: int) -> Hit:
        index = bisect_right(self._befores, begin) - 1
        rows = self._read_rows(index)
        row = bisect_right(rows.starts, begin) - 1
        start = rows.starts[row]
        data, before = self._read_data(index), self._befores[index]
        ahead = data[start - before : begin - before]
        earlier = self._lines_before(index) if row == 0 and rows.continues else 0
        line_start = ahead.rfind(b"\n") + 1
        column = 0
        if (line_start or not (row == 0 and rows.continues)) and len(ahead) - line_start <= _AROUND_BYTES:
            column = len(_characters(self._text(ahead[line_start:]))) + 1
        return Hit(
            number=number,
            lane=self._lane,
            kind=chr(rows.kinds[row]),
            place=Place(rows.numbers[row], 1 + earlier + ahead.count(b"\n")),
            column=column,
            alone=not earlier and data.find(b"\n", start - before, rows.ends[row] - before - 1) < 0,
            seconds=rows.seconds[row],
            before=self._before(begin),
            text=self._inside(begin, end),
            after=self._after(end),
        )

    def _lines_before(self, index: int) -> int:
        """Line ends of a segment's first event in the segments before it."""
        first = index
        while first > 0 and first not in self._lines:
            rows = self._read_rows(first)
            if not rows.continues:
                break
            first -= 1
        count = self._lines.get(first, 0)
        for at in range(first, index):
            tail = self._read_data(at)[self._read_rows(at).starts[-1] - self._befores[at] :]
            count = (count if self._only_continues(at) else 0) + tail.count(b"\n")
            self._lines[at + 1] = count
        return count

    def _only_continues(self, index: int) -> bool:
        rows = self._read_rows(index)
        return rows.continues and len(rows.starts) == 1

    def _rows(self, index: int) -> _Rows:
        record = self._segment(index, "first_event", "continues", "rows", "columns")
        seconds, kinds, lengths = unpack_columns(unpack(record.columns), record.rows)
        wanted = TYPED if self._lane == "typed" else PRINTED
        # Rows without a byte hold no hit.
        held = [row for row in range(record.rows) if kinds[row] in wanted and lengths[row]]
        starts = list(accumulate((lengths[row] for row in held), initial=self._befores[index]))
        return _Rows(
            numbers=[record.first_event + row for row in held],
            seconds=[seconds[row] for row in held],
            kinds=bytes(kinds[row] for row in held),
            starts=starts[:-1],
            ends=starts[1:],
            continues=record.continues and held[:1] == [0],
        )

    def _data(self, index: int) -> bytes:
        record = self._segment(index, "sequence", self._lane)
        return self._log.cover.lane(record.sequence, self._lane, getattr(record, self._lane))

    def _segment(self, index: int, *fields: str) -> SegmentRecord:
        return self._log.record.stored_segments().only(*fields).get(sequence=self._sequences[index])

    def _bytes(self, begin: int, end: int) -> bytes:
        """A stretch of the lane, as far as it is known."""
        index = bisect_right(self._befores, begin) - 1
        found = bytearray()
        while begin < end and index < len(self._befores):
            data = self._read_data(index)
            at = begin - self._befores[index]
            part = data[at : at + end - begin]
            found += part
            begin += len(part)
            index += 1
        return bytes(found)

    def _before(self, begin: int) -> Line:
        low = max(0, begin - _AROUND_BYTES)
        raw = self._bytes(low, begin)
        line = raw[max(raw.rfind(mark) for mark in self._line_ends()) + 1 :]
        text = _characters(self._text(line))
        cut = len(text) > BEFORE or (low > 0 and len(line) == len(raw))
        shown = self._spans(text[-BEFORE:] if text else "")
        return (Span("…", FOLD), *shown) if cut else shown

    def _inside(self, begin: int, end: int) -> Line:
        text = _characters(self._text(self._bytes(begin, min(end, begin + _AROUND_BYTES))))
        shown = self._spans(text[:INSIDE])
        return (*shown, Span("…", FOLD)) if len(text) > INSIDE or end - begin > _AROUND_BYTES else shown

    def _after(self, end: int) -> Line:
        raw = self._bytes(end, end + _AROUND_BYTES)
        ends = [at for at in map(raw.find, self._line_ends()) if at >= 0]
        line = raw[: min(ends)] if ends else raw
        text = _characters(self._text(line)).removesuffix("\r")
        shown = self._spans(text[:AFTER])
        cut = len(text) > AFTER or (not ends and len(raw) == _AROUND_BYTES)
        return (*shown, Span("…", FOLD)) if cut else shown

    def _line_ends(self) -> tuple[bytes, ...]:
        return (b"\n", b"\r") if self._lane == "typed" else (b"\n",)

    def _text(self, raw: bytes) -> bytes:
        return Block(raw, 0, typed=self._lane == "typed").text

    def _spans(self, text: str) -> Line:
        """Harmless, on one line; a line end within a hit is named."""
        lane = Lane(typed=self._lane == "typed")
        lines = lane.feed(text.encode("utf-8", "surrogateescape"))
        lines[-1] += lane.finish()[0]
        named = () if self._lane == "typed" else (Span("⟨line end⟩", MARK),)
        spans = list(lines[0])
        for line in lines[1:]:
            spans += [*named, *line]
        return tuple(spans)


def _characters(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
