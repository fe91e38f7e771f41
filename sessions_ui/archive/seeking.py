"""Segments: those of one log, found by an index on what is counted before them.

No directory is loaded and nothing is walked through: a segment that holds a kind is the last one of
all that have the same count of it before them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import chain, count, groupby, islice, repeat

from django.db.models import Max, QuerySet

from sessions_ui.archive.unpacking import OpenLane, Segment, read_segment
from sessions_ui.models import EventLogRecord, SegmentRecord

#: Segments that stay unpacked, 8 MB at most: a page reads around its window as well, mostly in those it has
#: just read. A block of rows that join events may fill two dozen.
KEPT_SEGMENTS = 32
#: So many are fetched by one query once reading has gone on for two.
AHEAD = 8
#: How many are fetched by one query: of what was printed mostly one is enough; a rare kind needs many, and
#: what was typed and the errors are small. Three times so many are a window of which no two rows are in
#: one segment, and the row behind it.
BATCHES = (1, 8)
LIGHT_BATCHES = (68,)
#: Segments that go on with one event, fetched by one query.
CONTINUATIONS = 16
#: The kinds a reader can choose between: input, output, error, and all others.
LANES = {"i": "typed", "o": "output", "e": "error", "x": "other"}
#: The blob that holds their payloads.
_BLOBS = {"i": "typed", "o": "printed", "e": "errors", "x": "other"}


class LogGone(LookupError):
    """Its segments were swept: it was arriving, and its reading has failed meanwhile."""


class Segments:
    """Those that hold a log's events, read one after the other. Blobs of kinds that were not asked for
    are fetched when they are needed after all."""

    def __init__(self, record: EventLogRecord, open_lane: OpenLane) -> None:
        self._record, self._open_lane = record, open_lane
        self._kept: dict[int, Segment] = {}

    def holding(self, event: int, kinds: Collection[str] = LANES) -> Segment | None:
        """The segment in which an event begins, the last one for an event beyond the end; None: there is
        none at all."""
        for segment in self._kept.values():
            if segment.begins <= event < segment.ends:
                return segment
        found = self._stored(kinds).filter(first_event__lte=event).order_by("-first_event", "-sequence")
        record = found.first()
        if record is None:
            return None
        if record.continues and record.first_event == event:
            # It begins in an earlier segment, behind other events in the one before its first continuation.
            first = found.filter(first_event=event).order_by("sequence")[0]
            return self.at(first.sequence - first.continues, kinds)
        return self._keep(record)

    def at(self, sequence: int, kinds: Collection[str] = LANES) -> Segment:
        """Raises LogGone."""
        (segment,) = self._fetch([sequence], kinds)
        return segment

    def _beginning(self, event: int) -> Segment:
        """The same for an event that there is, past all that only go on with another. Raises LogGone."""
        segment = self.holding(event)
        if segment is None or not segment.begins <= event < segment.ends:
            raise LogGone(f"event {event} of log {self._record.pk}")
        return segment

    def from_event(self, event: int, kinds: Collection[str]) -> Iterator[Segment]:
        """The segments in which events of the kinds begin, from the one that holds ``event`` on."""
        segment = self.holding(event, kinds)
        if segment is None:
            return
        if is_all(kinds):
            for step in count(1):
                yield segment
                if segment.ends > self._record.events:
                    return
                self._read_ahead(segment.sequence, step, 1)
                segment = self._beginning(segment.ends)
        else:
            ways = [self._with(kind, segment.before[kind]) for kind in kinds]
            yield from self._in_batches(merge(*ways), kinds)

    def before_event(self, event: int, kinds: Collection[str]) -> Iterator[Segment]:
        """The same, the last one first, from the one that holds the event before ``event``."""
        segment = self.holding(event - 1, kinds) if event > 1 else None
        if segment is None:
            return
        if is_all(kinds):
            for step in count(1):
                yield segment
                if segment.begins == 1:
                    return
                self._read_ahead(segment.sequence, step, -1)
                segment = self._beginning(segment.begins - 1)
        else:
            ways = [self._with_before(kind, segment) for kind in kinds]
            yield from self._in_batches(merge(*ways, reverse=True), kinds)

    def _read_ahead(self, sequence: int, step: int, way: int) -> None:
        """A window mostly ends within two segments; whoever goes on wants more of them at once."""
        if step > 1 and sequence + way not in self._kept:
            wanted = [sequence + way * more for more in range(1, AHEAD + 1)]
            order = "sequence" if way > 0 else "-sequence"
            for record in self._stored(LANES).filter(sequence__in=wanted).order_by(order):
                self._keep(record)

    def continuations(self, sequence: int) -> Iterator[Segment]:
        """The segments that go on with the last event of the one before ``sequence``."""
        following = self._kept.get(sequence)
        if following is not None and not following.continues:
            return
        stored = self._stored(LANES).filter(continues=True).order_by("sequence")
        # Most events do not go on; one that does fills dozens of segments.
        for size in chain((1,), repeat(CONTINUATIONS)):
            records = list(stored.filter(sequence__gte=sequence, sequence__lt=sequence + size))
            for record in records:
                if record.sequence != sequence:
                    return
                segment = read_segment(record, self._open_lane)
                yield segment
                if len(segment.kinds) > 1:
                    return
                sequence += 1
            if len(records) < size:
                return

    def _with(self, kind: str, count: int) -> Iterator[int]:
        """The sequences of the segments that add to a count, from the one that adds to ``count`` on."""
        for size in _sizes(kind):
            found = self._adding(kind).filter(**{f"{_before(kind)}__gte": count}).order_by(_before(kind))
            rows = list(found[:size])
            yield from (sequence for _, sequence in rows)
            if len(rows) < size:
                return
            count = rows[-1][0] + 1

    def _with_before(self, kind: str, segment: Segment) -> Iterator[int]:
        """The same downwards, from ``segment`` on."""
        count = segment.before[kind]
        for size in _sizes(kind):
            found = (
                self._adding(kind).filter(**{f"{_before(kind)}__lte": count}).order_by(f"-{_before(kind)}")
            )
            rows = list(found[:size])
            yield from (sequence for _, sequence in rows if sequence <= segment.sequence)
            if len(rows) < size:
                return
            count = rows[-1][0] - 1

    def _adding(self, kind: str) -> QuerySet[SegmentRecord, tuple[int, int]]:
        """Count and sequence of the segments that add to the count of a kind."""
        column, total = _before(kind), getattr(self._record, f"{LANES[kind]}_events")
        counts = self._record.stored_segments().filter(**{f"{column}__lt": total})
        pairs: QuerySet[SegmentRecord, tuple[int, int]] = (
            counts.values(column).annotate(last=Max("sequence")).values_list(column, "last")
        )
        return pairs

    def _in_batches(self, sequences: Iterable[int], kinds: Collection[str]) -> Iterator[Segment]:
        # A segment may hold several of the kinds.
        once = (sequence for sequence, _ in groupby(sequences))
        for size in _sizes(kinds):
            batch = list(islice(once, size))
            yield from self._fetch(batch, kinds)
            if len(batch) < size:
                return

    def _fetch(self, sequences: Collection[int], kinds: Collection[str]) -> Iterator[Segment]:
        kept = {sequence: self._kept[sequence] for sequence in sequences if sequence in self._kept}
        missing = [sequence for sequence in sequences if sequence not in kept]
        stored = self._stored(kinds).filter(sequence__in=missing) if missing else ()
        records = {record.sequence: record for record in stored}
        for sequence in sequences:
            if sequence in kept:
                yield kept[sequence]
            elif sequence in records:
                yield self._keep(records.pop(sequence))
            else:
                raise LogGone(f"segment {sequence} of log {self._record.pk}")

    def _stored(self, kinds: Collection[str]) -> QuerySet[SegmentRecord]:
        """With the blobs of those kinds only."""
        rows = self._record.stored_segments()
        wanted = {_BLOBS[kind] for kind in kinds}
        if "printed" in wanted:
            wanted.discard("errors")
        return rows.defer(*(blob for blob in _BLOBS.values() if blob not in wanted))

    def _keep(self, record: SegmentRecord) -> Segment:
        segment = self._kept[record.sequence] = read_segment(record, self._open_lane)
        if len(self._kept) > KEPT_SEGMENTS:
            del self._kept[next(iter(self._kept))]
        return segment


def is_all(kinds: Collection[str]) -> bool:
    return len(set(kinds)) == len(LANES)


def _before(kind: str) -> str:
    return f"before_{LANES[kind]}"


def _sizes(kinds: Collection[str]) -> Iterator[int]:
    sizes = LIGHT_BATCHES if set(kinds) <= {"i", "e"} else BATCHES
    yield from sizes
    while True:
        yield sizes[-1]
