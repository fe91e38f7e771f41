"""What readings leave behind that failed or were replaced: marked as what they are, and their segments
taken away."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from sessions_ui.archive.leases import is_leased, lease_name, take_lease
from sessions_ui.models import EventLogRecord, SegmentRecord, SessionRecord

SWEEP_ROWS = 64
#: Longer than any download of a reading that was replaced, and than a reading may go on without a lease.
KEPT = timedelta(hours=1)
SWEEP_EVERY = timedelta(minutes=10)
State = EventLogRecord.State
_DEAD = (State.SWEPT, State.FAILED)


def mark_interrupted(record: SessionRecord) -> None:
    """An ingest still "arriving" whose lease we just got died with its process."""
    _interrupt(EventLogRecord.objects.filter(session=record))


def _interrupt(readings: QuerySet[EventLogRecord]) -> None:
    readings.filter(state=State.ARRIVING).update(
        state=State.FAILED,
        ended_at=timezone.now(),
        failure="Interrupted",
        failure_text="the reading process ended in the middle",
    )


def sweep_failed(record: SessionRecord) -> None:
    """What readings of this session left behind that died before they could sweep."""
    failed = SegmentRecord.objects.filter(log__session=record, log__state=State.FAILED)
    for log_id in failed.values_list("log_id", flat=True).distinct():
        sweep_segments(log_id)


def sweep_segments(log_id: int) -> None:
    """In small batches: one long transaction would hold up every other writer on SQLite."""
    while True:
        doomed = list(SegmentRecord.objects.filter(log_id=log_id).values_list("pk", flat=True)[:SWEEP_ROWS])
        if not doomed:
            return
        SegmentRecord.objects.filter(pk__in=doomed).delete()


def sweep_leftovers() -> None:
    """Of all sessions, what no reading needs any more: readings that a newer one replaced an hour ago
    (until then downloads may still read them), and those that died and were never tried again. Once in
    ten minutes in the whole deployment. Every step may be cut short, or done by two at a time: what is
    left is found again by what it is."""
    if not take_lease("sweep", uuid.uuid4().hex, seconds=SWEEP_EVERY.total_seconds()):
        return
    before = timezone.now() - KEPT
    EventLogRecord.objects.filter(state=State.SUPERSEDED, superseded_at__lt=before).update(state=State.SWEPT)
    for reading in EventLogRecord.objects.filter(state=State.ARRIVING, started_at__lt=before):
        if not is_leased(lease_name(reading.session_id)):
            _interrupt(EventLogRecord.objects.filter(pk=reading.pk))
    for log_id in _leftovers().values_list("pk", flat=True):
        sweep_segments(log_id)


def _leftovers() -> QuerySet[EventLogRecord]:
    """Readings without a use whose segments are still there: none that a living one shares."""
    living = EventLogRecord.objects.exclude(state__in=_DEAD).filter(store_id=OuterRef("pk"))
    held = SegmentRecord.objects.filter(log_id=OuterRef("pk"))
    return EventLogRecord.objects.filter(~Exists(living), Exists(held), state__in=_DEAD)
