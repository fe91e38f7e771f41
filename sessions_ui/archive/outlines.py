"""get_outline: the outline of a stored log, drawn at its first showing and kept in this process.

Up to a few hundred segments their columns are read, event by event; of a longer log each segment is
one stretch, and its cost stays that of one query.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.segments import unpack_columns
from sessions_ui.eventlog.outline import Outline, Stretch, draw_outline
from sessions_ui.models import EventLogRecord

#: About 80,000 events of the usual size: a tenth of a second, once.
DETAILED_SEGMENTS = 64


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
    for first_event, count, columns in rows.values_list(*fields).iterator(chunk_size=16):
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
    fields = ("first_event", "first_seconds", "before_printed_bytes", "before_typed", "before_error")
    before: tuple[int, float, int, int, int] | None = None
    for row in rows.values_list(*fields).iterator(chunk_size=1000):
        if before is not None:
            yield Stretch(before[0], before[1], row[2] - before[2], row[3] - before[3], row[4] > before[4])
        before = row
    if before is not None:
        yield Stretch(
            before[0],
            before[1],
            log.printed_bytes - before[2],
            log.typed_events - before[3],
            log.error_events > before[4],
        )
