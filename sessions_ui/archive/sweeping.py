"""What readings that failed leave behind: marked as what they are, and their segments taken away."""

from __future__ import annotations

from django.utils import timezone

from sessions_ui.models import EventLogRecord, SegmentRecord, SessionRecord

SWEEP_ROWS = 64
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
