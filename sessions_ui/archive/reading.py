"""EventLog: a published log, read by event, by line and by kind, in memory bounded by a window.

Every place is found by an index on the segments' counts; no directory is loaded and nothing is
walked through. A place is an event and a line within it: an event's lines end at LF, and its
number and its lines' numbers never change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from sessions_ui.archive.log_facts import facts_of, printed_sha256_of
from sessions_ui.archive.masking import Cover, Mask, Reveal
from sessions_ui.archive.seeking import LANES, LogGone, Segments, is_all
from sessions_ui.archive.segments import SEGMENT_ROWS
from sessions_ui.archive.unpacking import Segment
from sessions_ui.eventlog.events import Event
from sessions_ui.models import EventLogRecord, SegmentRecord
from sessions_ui.session import LogFacts

__all__ = ["LANES", "Budget", "EventLog", "LogGone"]


class Masked(Exception):
    """A lane of masked events, which has no bytes to be shown."""


class Budget:
    """How many bytes a reading may unpack. Once they are spent it ends before its end, and ``resume`` is
    the event number to go on from, or to go on before. ``block``: so many events, counted from the first,
    are not torn apart by that, because rows join them."""

    def __init__(self, size: int, *, block: int = 1) -> None:
        self.resume: int | None = None
        self._left = size
        self._block = block
        self._border: int | None = None

    def border(self, event: int, *, back: bool = False) -> int | None:
        """Asked before each further segment, with the number of the event that it would begin with (or,
        going ``back``, end before): None, or the number at which the reading ends."""
        if self._left <= 0 and self._border is None:
            blocks, torn = divmod(event - 1, self._block)
            self._border = (blocks + (torn > 0 and not back)) * self._block + 1
        return self._border

    def spend(self, segment: Segment) -> None:
        self._left -= segment.unpacked_bytes


class EventLog:
    """A published log, as its mask shows it. Event numbers start at 1 and are positions in hoop's stream."""

    def __init__(self, record: EventLogRecord, mask: Mask) -> None:
        self.record, self.mask = record, mask
        self.cover = Cover(record, mask)
        self._stored = Segments(record, self.cover.lane)
        self._bare = Segments(record, self.cover.bare_lane)
        #: The last event that fills segments: a page of its lines asks for it several times.
        self._joined: Event | None = None

    def revealed(self, reveal: Reveal) -> EventLog:
        """The same log with what the reveal shows."""
        return EventLog(self.record, replace(self.mask, reveal=reveal))

    def masked(self) -> EventLog:
        """The same log with nothing revealed."""
        return EventLog(self.record, replace(self.mask, reveal=None)) if self.mask.reveal else self

    @property
    def is_masked(self) -> bool:
        """Whether anything of it may be masked."""
        return self.mask.hides_all_typed or self.mask.hides_all_headers

    @property
    def identity(self) -> tuple[object, ...]:
        """Logs of one identity give the same events: whatever makes a reader's differ belongs into it."""
        return self.record.pk, self.mask

    @property
    def events(self) -> int:
        return self.record.events

    def facts(self) -> LogFacts:
        """What the verdicts ask of it."""
        return facts_of(self)

    @property
    def events_sha256(self) -> str:
        """Blank where events are masked: all else of them is shown, so a hash over them would let somebody
        try out what was typed."""
        return "" if self.is_masked else self.record.events_sha256

    @property
    def printed_sha256(self) -> str:
        """Of what was printed, as it is shown; blank where that is another and too long to hash."""
        return printed_sha256_of(self)

    @property
    def payload_bytes(self) -> int:
        """Of all events that are shown: how long masked input was is not said."""
        typed = 0 if self.mask.hides_all_typed else self.record.typed_bytes
        return typed + self.record.printed_bytes + self.record.other_bytes

    def holds_same(self, other: EventLog) -> bool:
        """Whether both hold the same events, whatever of them is shown."""
        return self.record.events_sha256 == other.record.events_sha256

    @property
    def version(self) -> str:
        """Another one whenever anything of what is shown could be another: for ETags. It is keyed, because
        a hash over masked input would let somebody try out what it was."""
        asked = f"{self.record.events_sha256} {self.record.events} {self.mask}"
        return salted_hmac("hoopviewer.log.version", asked, algorithm="sha256").hexdigest()

    def count(self, kinds: Collection[str]) -> int:
        """Events of the given kinds (``i o e x``)."""
        return sum(getattr(self.record, f"{LANES[kind]}_events") for kind in kinds)

    def read(self, first: int, last: int) -> Iterator[Event]:
        """Events ``first`` to ``last``, both included, each whole."""
        for event in self.read_from(first):
            if event.number > last:
                return
            yield event

    def read_from(
        self, first: int, kinds: Collection[str] = LANES, *, budget: Budget | None = None
    ) -> Iterator[Event]:
        """Events of the given kinds from number ``first`` on, each whole, in order.

        A later reading of an open session adds to the same segments: what is beyond this reading's
        own events is not of it."""
        events = self.real_from(first, kinds, budget=budget)
        return map(self.cover.event, events) if self.mask.typed else events

    def real_from(
        self, first: int, kinds: Collection[str] = LANES, *, budget: Budget | None = None
    ) -> Iterator[Event]:
        """The same with typed input as it was: for what is worked out of it within the archive."""
        for segment in self._stored.from_event(first, kinds):
            end = budget and budget.border(segment.begins)
            for row in _rows(segment, kinds, first, self.events + 1):
                if budget and end and segment.first_event + row >= end:
                    budget.resume = end
                    return
                yield self._whole(segment, row)
            if budget:
                budget.spend(segment)

    def read_before(
        self, before: int, kinds: Collection[str] = LANES, *, budget: Budget | None = None
    ) -> Iterator[Event]:
        """Events of the given kinds below number ``before``, each whole, the last one first."""
        events = self.real_before(before, kinds, budget=budget)
        return map(self.cover.event, events) if self.mask.typed else events

    def real_before(
        self, before: int, kinds: Collection[str] = LANES, *, budget: Budget | None = None
    ) -> Iterator[Event]:
        """The same with typed input as it was (see ``real_from``)."""
        before = min(before, self.events + 1)
        for segment in self._stored.before_event(before, kinds):
            end = budget and budget.border(segment.ends, back=True)
            for row in _rows_back(segment, kinds, before):
                if budget and end and segment.first_event + row < end:
                    budget.resume = end
                    return
                yield self._whole(segment, row)
            if budget:
                budget.spend(segment)

    def has_before(self, event: int, kinds: Collection[str] = LANES) -> bool:
        """Whether there is an event of those kinds below number ``event``, which is one of them."""
        if is_all(kinds):
            return event > 1
        segment = self._stored.holding(event, kinds)
        if segment is None:
            return False
        if any(segment.before[kind] for kind in kinds):
            return True
        return next(_rows_back(segment, kinds, event), None) is not None

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
        """One lane's bytes (``typed``, ``printed`` or ``other``), a segment at a time. Raises Masked for
        one that cannot be given as it is."""
        if name != "printed" and self.mask.hides_all_typed:
            raise Masked(name)
        sequence, left = 0, int(getattr(self.record, f"{name}_bytes"))
        while left:
            blob = self._segments().values_list(name, flat=True).get(sequence=sequence)
            chunk = self.cover.lane(sequence, name, blob)[:left]
            yield chunk
            left -= len(chunk)
            sequence += 1

    def _whole(self, segment: Segment, row: int) -> Event:
        """A row's event; the last one of a segment with what later segments hold of it."""
        stored = self._stored
        if self.mask.headers and self.mask.shows(segment.first_event + row):
            stored = self._bare
            segment = stored.at(segment.sequence)
        event = segment.event(row)
        if row < len(segment.kinds) - 1:
            return event
        if self._joined is None or self._joined.number != event.number:
            rest = [more.payloads[0] for more in stored.continuations(segment.sequence + 1)]
            if not rest:
                return event
            self._joined = event._replace(payload=b"".join([event.payload, *rest]))
        return self._joined

    def _segments(self) -> QuerySet[SegmentRecord]:
        return self.record.stored_segments()


def _rows(segment: Segment, kinds: Collection[str], first: int, before: int) -> Iterator[int]:
    """Rows with which an event of those kinds begins, from number ``first`` on and below ``before``.

    A segment holds thousands of events and a window shows two hundred: no others are looked at."""
    start = max(first, segment.begins) - segment.first_event
    stop = min(before, segment.ends) - segment.first_event
    if is_all(kinds):
        yield from range(start, stop)
        return
    chosen = segment.kinds.translate(_chosen(frozenset(kinds)))
    while (start := chosen.find(1, start, stop)) >= 0:
        yield start
        start += 1


def _rows_back(segment: Segment, kinds: Collection[str], before: int) -> Iterator[int]:
    """The rows below number ``before``, the last one first."""
    start, stop = int(segment.continues), min(before, segment.ends) - segment.first_event
    if is_all(kinds):
        yield from range(stop - 1, start - 1, -1)
        return
    chosen = segment.kinds.translate(_chosen(frozenset(kinds)))
    while (stop := chosen.rfind(1, start, stop)) >= 0:
        yield stop


@cache
def _chosen(kinds: frozenset[str]) -> bytes:
    """A table that turns the chosen kinds into 1 and all others into 0."""
    return bytes((chr(kind) if chr(kind) in "ioe" else "x") in kinds for kind in range(256))
