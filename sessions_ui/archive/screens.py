"""get_screens: where a terminal's full-screen programs are, found at the log's first showing and kept
in this process. What was printed is looked through once; the columns only where a switch is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, islice

from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.segments import PRINTED, unpack_columns
from sessions_ui.eventlog.screens import Screen, ScreenFinder, Stretch
from sessions_ui.models import EventLogRecord

#: All that hoop records of a session (110 MiB of JSON) is less; beyond, nothing is folded.
MAX_PRINTED_BYTES = 128 * 1024 * 1024
#: Behind these nothing is folded any more.
MAX_SCREENS = 2_000
_ROWS_A_QUERY = 16
_FIELDS = ("first_event", "rows", "columns", "printed")


def is_too_long(log: EventLog) -> bool:
    """Whether nothing of it is folded because it printed too much."""
    return log.record.printed_bytes > MAX_PRINTED_BYTES


def get_screens(log: EventLog) -> tuple[Screen, ...]:
    """In order. None of a log that is still arriving: where they end is not known."""
    record = log.record
    if record.state == EventLogRecord.State.ARRIVING or is_too_long(log):
        return ()
    return share_flight(f"screens {record.pk}", lambda: _found(record.pk))


@lru_cache(maxsize=256)
def _found(log_id: int) -> tuple[Screen, ...]:
    log = EventLogRecord.objects.get(pk=log_id)
    return tuple(islice(_screens(log), MAX_SCREENS))


def _screens(log: EventLogRecord) -> Iterator[Screen]:
    finder = ScreenFinder()
    for first, count, columns, blob in _segments(log):
        if first > log.events:
            break
        printed = unpack(blob)
        if finder.wants(printed):
            yield from finder.feed(_stretch(first, count, columns, printed, before=log.events + 1))
        else:
            finder.skip(printed)
    yield from finder.finish()


def _segments(log: EventLogRecord) -> Iterator[tuple[int, int, bytes, bytes]]:
    """A few a query: not every database hands out rows one by one."""
    rows = log.stored_segments().order_by("sequence").values_list(*_FIELDS)
    start = 0
    while page := list(rows.filter(sequence__gte=start, sequence__lt=start + _ROWS_A_QUERY)):
        yield from page
        start += _ROWS_A_QUERY


def _stretch(first: int, count: int, columns: bytes, printed: bytes, *, before: int) -> Stretch:
    seconds, kinds, lengths = unpack_columns(unpack(columns), count)
    sizes = (length if kind in PRINTED else 0 for kind, length in zip(kinds, lengths, strict=True))
    starts = list(accumulate(sizes, initial=0))
    return Stretch(range(first, min(first + count, before)), seconds, kinds, starts, printed)
