"""get_outline: the outline of a stored log, drawn at its first showing and kept in this process.

Up to a few dozen segments their columns are read, event by event. Of a longer log each segment is one
stretch, and only those are read that may hold a long pause or one of the first errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.segments import unpack_columns
from sessions_ui.eventlog.events import PAUSE_SECONDS
from sessions_ui.eventlog.outline import Outline, Stretch, draw_outline
from sessions_ui.models import EventLogRecord

#: About 80,000 events of the usual size: a tenth of a second, once.
DETAILED_SEGMENTS = 64
#: Of a longer log: the first segments with errors that are read, and those that took longest.
ERROR_SEGMENTS = 12
SLOW_SEGMENTS = 32


class _Segment(NamedTuple):
    """What its row says of it; of the end of the log, what all of it comes to."""

    sequence: int
    first_event: int
    seconds: float
    printed: int
    typed: int
    errors: int


def get_outline(log: EventLog) -> Outline:
    """A published log never changes, so neither does its outline. It is drawn once in a process, for
    all who come at the same time as well."""
    return share_flight(f"outline {log.record.pk}", lambda: _drawn(log.record.pk))


@lru_cache(maxsize=256)
def _drawn(log_id: int) -> Outline:
    log = EventLogRecord.objects.get(pk=log_id)
    many = log.stored_segments().filter(sequence=DETAILED_SEGMENTS).exists()
    stretches = _coarse(log) if many else _fine(log)
    return draw_outline(stretches, first=log.first_seconds or 0.0, last=log.last_seconds or 0.0)


def _fine(log: EventLogRecord) -> Iterator[Stretch]:
    rows = log.stored_segments().order_by("sequence")
    fields = ("first_event", "rows", "columns")
    for row in rows.values_list(*fields).iterator(chunk_size=16):
        yield from _events(log, *row)


def _events(
    log: EventLogRecord, first_event: int, count: int, columns: bytes | memoryview
) -> Iterator[Stretch]:
    seconds, kinds, lengths = unpack_columns(unpack(columns), count)
    for number, (at, kind, length) in enumerate(zip(seconds, kinds, lengths, strict=True), first_event):
        letter = chr(kind)
        if number > log.events:
            return
        if letter == "?" and not at:
            continue
        yield Stretch(number, at, length if letter in "oe" else 0, letter == "i", letter == "e")


def _coarse(log: EventLogRecord) -> Iterator[Stretch]:
    rows = log.stored_segments().order_by("sequence")
    fields = ("first_seconds", "before_printed_bytes", "before_typed", "before_error")
    stored = rows.values_list("sequence", "first_event", *fields).iterator(chunk_size=1000)
    segments = [_Segment(*row) for row in stored]
    end = _Segment(-1, 0, log.last_seconds or 0.0, log.printed_bytes, log.typed_events, log.error_events)
    pairs = list(pairwise([*segments, end]))
    closely = rows.filter(sequence__in=_worth_reading(pairs))
    read = {row[0]: row[1:] for row in closely.values_list("sequence", "first_event", "rows", "columns")}
    for here, after in pairs:
        if here.sequence in read:
            yield from _events(log, *read[here.sequence])
            continue
        # Where in it a pause or an error would be is not known: it claims none.
        printed, typed = after.printed - here.printed, after.typed - here.typed
        until = max(here.seconds, after.seconds)
        yield Stretch(here.first_event, here.seconds, printed, typed, error=False, until=until)


def _worth_reading(pairs: list[tuple[_Segment, _Segment]]) -> set[int]:
    """A pause is no longer than what its segment took until the next one began."""
    failed = [here.sequence for here, after in pairs if after.errors > here.errors]
    slow = [pair for pair in pairs if pair[1].seconds - pair[0].seconds > PAUSE_SECONDS]
    slow.sort(key=lambda pair: pair[0].seconds - pair[1].seconds)
    return {*failed[:ERROR_SEGMENTS], *(here.sequence for here, _ in slow[:SLOW_SEGMENTS])}
