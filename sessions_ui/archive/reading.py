"""EventLog: a published log, read by event, by line and by kind, in memory bounded by a window.

Every place is found by an index on the segments' counts; no directory is loaded and nothing is
walked through. A place is an event and a line within it: an event's lines end at LF, and its
number and its lines' numbers never change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from itertools import compress, islice

from django.db.models import QuerySet

from sessions_ui.archive.packing import unpack
from sessions_ui.archive.segments import SEGMENT_ROWS, Segment, read_segment
from sessions_ui.eventlog.events import Event
from sessions_ui.models import EventLogRecord, SegmentRecord
from sessions_ui.session import LogFacts

CLOSING_BYTES = 1024
KEPT_TEXTS = 1024
_closing_texts: dict[int, str] = {}
KEPT_SEGMENTS = 2
#: The kinds a reader can choose between: input, output, error, and all others.
LANES = {"i": "typed", "o": "output", "e": "error", "x": "other"}


class Budget:
    """How many segments a reading may open. Once they are spent it ends before its end, and
    ``resume`` is the event number to go on from, or to go on before."""

    def __init__(self, segments: int) -> None:
        self.resume: int | None = None
        self._left = segments

    def is_spent(self, resume: int) -> bool:
        """Called behind each segment."""
        self._left -= 1
        if self._left <= 0:
            self.resume = resume
        return self._left <= 0


class LogGone(LookupError):
    """Its segments were swept: it was arriving, and its reading has failed meanwhile."""


class EventLog:
    """A published log. Event numbers start at 1 and are positions in hoop's stream."""

    def __init__(self, record: EventLogRecord) -> None:
        self.record = record
        # A page reads around its window as well, mostly in the segments it has just read.
        self._read = lru_cache(KEPT_SEGMENTS)(self._read_segment)

    @property
    def events(self) -> int:
        return self.record.events

    def facts(self) -> LogFacts:
        """What the verdicts ask of it."""
        record = self.record
        return LogFacts(
            events=record.events,
            typed_events=record.typed_events,
            output_events=record.output_events,
            error_events=record.error_events,
            odd_events=record.odd_events,
            payload_bytes=record.typed_bytes + record.printed_bytes + record.other_bytes,
            printed_bytes=record.printed_bytes,
            stream_seen=record.stream_seen,
            wire_bytes=record.wire_bytes,
            event_size=record.event_size,
            status=record.status,
            end_date=record.end_date,
            exit_code=record.exit_code,
            only_placeholder=record.only_placeholder,
            first_seconds=record.first_seconds,
            last_seconds=record.last_seconds,
            closing_text=self._closing_text(),
            read_at=record.ended_at or record.started_at,
            events_sha256=record.events_sha256,
            printed_sha256=record.printed_sha256,
        )

    def count(self, kinds: Collection[str]) -> int:
        """Events of the given kinds (``i o e x``)."""
        return sum(getattr(self.record, f"{LANES[kind]}_events") for kind in kinds)

    def read(self, first: int, last: int) -> Iterator[Event]:
        """Events ``first`` to ``last``, both included, each whole."""
        for event in self.read_from(first):
            if event.number > last:
                return
            yield event

    def read_all(self) -> Iterator[Event]:
        return self.read_from(1)

    def read_from(
        self, first: int, kinds: Collection[str] = LANES, *, budget: Budget | None = None
    ) -> Iterator[Event]:
        """Events of the given kinds from number ``first`` on, each whole, in order.

        A later reading of an open session adds to the same segments: what is beyond this reading's
        own events is not of it."""
        start = self._segment_of(first)
        sequence = start if _all(kinds) or start is None else self._sequence_with(kinds, start)
        while sequence is not None:
            record, segment = self._read(sequence)
            for row in _rows(segment, kinds, first=first, before=self.events + 1):
                yield self._whole(segment, row, sequence)
            if budget and budget.is_spent(segment.first_event + len(segment.kinds)):
                return
            sequence = self._sequence_behind(kinds, record, segment)

    def read_before(
        self, before: int, kinds: Collection[str] = LANES, *, budget: Budget | None = None
    ) -> Iterator[Event]:
        """Events of the given kinds below number ``before``, each whole, the last one first."""
        before = min(before, self.events + 1)
        sequence = self._segment_of(before - 1) if before > 1 else None
        while sequence is not None:
            _, segment = self._read(sequence)
            for row in reversed(_rows(segment, kinds, before=before)):
                yield self._whole(segment, row, sequence)
            if budget and budget.is_spent(segment.first_event + segment.continues):
                return
            sequence = self._sequence_with_before(kinds, sequence)

    def event_at(self, seconds: float) -> int:
        """The number of the first event at or after ``seconds``, or of the last one.

        hoop's times only grow; where a recording breaks that, a place near by is found, in the same time."""
        record = (
            self._segments()
            .filter(first_seconds__lte=seconds)
            .order_by("-first_seconds", "-sequence")
            .values_list("first_event", flat=True)
            .first()
        )
        near = self.events
        # It is in that segment, or begins the next one.
        for event in islice(self.read_from(record or 1), SEGMENT_ROWS + 1):
            near = event.number
            if event.seconds >= seconds:
                break
        return near

    def printed(self) -> Iterator[bytes]:
        """Everything that was printed (output and errors), byte for byte, a segment at a time."""
        return self.lane("printed")

    def lane(self, name: str) -> Iterator[bytes]:
        """One lane's bytes (``typed``, ``printed`` or ``other``), a segment at a time."""
        sequence, left = 0, int(getattr(self.record, f"{name}_bytes"))
        while left:
            chunk = unpack(self._segments().values_list(name, flat=True).get(sequence=sequence))[:left]
            yield chunk
            left -= len(chunk)
            sequence += 1

    def _closing_text(self) -> str:
        """The last event, when hoop itself wrote it. A reading never changes, so one look is enough."""
        key = self.record.pk
        if key not in _closing_texts:
            if len(_closing_texts) >= KEPT_TEXTS:
                _closing_texts.clear()
            _closing_texts[key] = self._read_closing_text()
        return _closing_texts[key]

    def _read_closing_text(self) -> str:
        if not self.record.error_events:
            return ""
        last = next(self.read(self.events, self.events), None)
        if last is None or last.kind != "e":
            return ""
        return last.payload[:CLOSING_BYTES].decode("utf-8", "replace")

    def _whole(self, segment: Segment, row: int, sequence: int) -> Event:
        """A row's event; the last one of a segment with what later segments hold of it."""
        event = segment.event(row)
        if row < len(segment.kinds) - 1:
            return event
        payload = b"".join([event.payload, *self._rest(sequence)])
        return Event(event.number, event.seconds, event.kind, payload)

    def _rest(self, sequence: int) -> Iterator[bytes]:
        """What the segments behind this one hold of its last event."""
        while True:
            sequence += 1
            record = self._segments().filter(sequence=sequence, continues=True).first()
            if record is None:
                return
            segment = read_segment(record)
            yield segment.payloads[0]
            if len(segment.payloads) > 1:
                return

    def _read_segment(self, sequence: int) -> tuple[SegmentRecord, Segment]:
        record = self._segments().filter(sequence=sequence).first()
        if record is None:
            raise LogGone(f"segment {sequence} of log {self.record.pk}")
        return record, read_segment(record)

    def _segments(self) -> QuerySet[SegmentRecord]:
        return self.record.stored_segments()

    def _segment_of(self, event: int) -> int | None:
        """The segment in which an event begins: the last one that begins with it or an earlier one,
        unless it only goes on with it there."""
        found = (
            self._segments()
            .filter(first_event__lte=event)
            .order_by("-first_event", "-sequence")
            .values_list("sequence", "first_event", "continues")
        )
        first = found.first()
        if first is None:
            return None
        sequence, begins, continues = first
        if continues and begins == event:
            sequence = found.filter(first_event=event).order_by("sequence")[0][0]
            if self._segments().filter(sequence=sequence, continues=True).exists():
                # It begins behind other events, in the segment before its first continuation.
                sequence -= 1
        return int(sequence)

    def _sequence_with(self, kinds: Collection[str], sequence: int) -> int | None:
        """The first segment from ``sequence`` on in which an event of those kinds begins."""
        columns = [_before(kind) for kind in kinds]
        here = self._segments().filter(sequence=sequence).values_list(*columns)[0]
        return self._next_with(dict(zip(kinds, here, strict=True)))

    def _sequence_behind(self, kinds: Collection[str], record: SegmentRecord, segment: Segment) -> int | None:
        """The first segment behind this one in which an event of those kinds begins."""
        if segment.first_event + len(segment.kinds) > self.events:
            return None
        if _all(kinds):
            return record.sequence + 1
        return self._next_with(
            {kind: getattr(record, _before(kind)) + len(_rows(segment, kind)) for kind in kinds}
        )

    def _next_with(self, counts: Mapping[str, int]) -> int | None:
        """The first segment in which an event of one of the kinds begins that has so many before it."""
        found = [
            # Of all segments with the same count before them, only the last one adds to it.
            self._segments()
            .filter(**{_before(kind): count})
            .order_by("-sequence")
            .values_list("sequence", flat=True)[0]
            for kind, count in counts.items()
            if count < self.count(kind)
        ]
        return min(found, default=None)

    def _sequence_with_before(self, kinds: Collection[str], sequence: int) -> int | None:
        """The last segment before ``sequence`` in which an event of those kinds begins."""
        if sequence == 0:
            return None
        if _all(kinds):
            return sequence - 1
        here = self._segments().get(sequence=sequence)
        found = []
        for kind in kinds:
            column = _before(kind)
            earlier = (
                self._segments()
                .filter(**{f"{column}__lt": getattr(here, column)})
                .order_by(f"-{column}", "-sequence")
                .values_list("sequence", flat=True)
                .first()
            )
            if earlier is not None:
                found.append(earlier)
        return max(found, default=None)


def _before(kind: str) -> str:
    return f"before_{LANES[kind]}"


def _rows(
    segment: Segment, kinds: Collection[str], *, first: int = 0, before: int | None = None
) -> list[int]:
    """Rows with which an event of those kinds begins, from number ``first`` on and below ``before``.

    A segment holds thousands of events and a window shows two hundred: no others are made."""
    start = max(first - segment.first_event, int(segment.continues))
    stop = len(segment.kinds) if before is None else min(len(segment.kinds), before - segment.first_event)
    rows = range(start, max(start, stop))
    return list(compress(rows, segment.kinds[start:stop].translate(_chosen(frozenset(kinds)))))


@cache
def _chosen(kinds: frozenset[str]) -> bytes:
    """A table that turns the chosen kinds into 1 and all others into 0."""
    return bytes((chr(kind) if chr(kind) in "ioe" else "x") in kinds for kind in range(256))


def _all(kinds: Collection[str]) -> bool:
    return len(set(kinds)) == len(LANES)
