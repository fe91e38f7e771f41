"""What readings that failed leave behind: marked as what they are, and their segments taken away."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from sessions_ui.models import EventLogRecord, SegmentRecord, SessionRecord

SWEEP_ROWS = 64
SUPERSEDED_KEPT = timedelta(hours=1)
State = EventLogRecord.State


def mark_interrupted(record: SessionRecord) -> None:
    """An ingest still "arriving" whose lease we just got died with its process."""
    EventLogRecord.objects.filter(session=record, state=State.ARRIVING).update(
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


def sweep_superseded(record: SessionRecord) -> None:
    """Readings that a newer one replaced, an hour ago: until then downloads may still read them.
    Segments that a living reading shares stay."""
    before = timezone.now() - SUPERSEDED_KEPT
    old = EventLogRecord.objects.filter(session=record, state=State.SUPERSEDED, superseded_at__lt=before)
    living = EventLogRecord.objects.filter(session=record).exclude(state__in=(State.SWEPT, State.FAILED))
    for reading in old:
        reading.state = State.SWEPT
        reading.save(update_fields=["state"])
        store = reading.store_id or reading.pk
        if not living.filter(Q(pk=store) | Q(store_id=store)).exists():
            sweep_segments(store)
