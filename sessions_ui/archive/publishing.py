"""A reading that came to its end, made the log that is shown or the copy beside it."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from sessions_ui.archive.prefixes import KnownPrefix
from sessions_ui.archive.segments import SegmentBuilder
from sessions_ui.archive.wholeness import is_whole
from sessions_ui.gateway.stream import SessionStream
from sessions_ui.models import EventLogRecord, SegmentRecord, SessionRecord
from sessions_ui.session import Session

State = EventLogRecord.State
log = structlog.get_logger(__name__)


def publish(
    record: SessionRecord,
    entry: EventLogRecord,
    session: Session,
    stream: SessionStream,
    builder: SegmentBuilder,
    prefix: KnownPrefix | None,
) -> bool:
    """Make the reading the log that is shown, or the copy beside it; False when ``entry`` was given
    up meanwhile. One transaction, and its first statement still names the owner."""
    kept = _stands_beside(record, session, stream)
    with transaction.atomic():
        published = EventLogRecord.objects.filter(
            pk=entry.pk, owner=entry.owner, state=State.ARRIVING
        ).update(
            state=State.BESIDE if kept else State.PUBLISHED,
            ended_at=timezone.now(),
            **_columns(entry, session, stream, builder, prefix),
        )
        if not published:
            return False
        if prefix:
            SegmentRecord.objects.filter(log_id=prefix.store_id, sequence__gte=prefix.sequence).delete()
            SegmentRecord.objects.filter(log=entry).update(log_id=prefix.store_id)
        older = EventLogRecord.objects.filter(
            session=record, state=State.BESIDE if kept else State.PUBLISHED
        ).exclude(pk=entry.pk)
        older.update(state=State.SUPERSEDED, superseded_at=timezone.now())
    log.info("log_published", log_id=entry.pk, events=builder.totals.events, wire_bytes=stream.wire_bytes)
    return True


def _columns(
    entry: EventLogRecord,
    session: Session,
    stream: SessionStream,
    builder: SegmentBuilder,
    prefix: KnownPrefix | None,
) -> dict[str, Any]:
    """What is kept of the reading beside its events: hoop's word of the session then, and our figures."""
    totals = builder.totals
    return {
        "store_id": prefix.store_id if prefix else None,
        "prefix_changed": entry.prefix_changed,
        "received_bytes": entry.received_bytes,
        "status": session.status.replace("\x00", "")[:32],
        "end_date": session.end_date,
        "exit_code": session.exit_code,
        "event_size": session.event_size,
        "script_size": session.script_size,
        "stream_seen": stream.stream_seen,
        "wire_bytes": stream.wire_bytes,
        "typed_events": totals.typed_events,
        "output_events": totals.output_events,
        "error_events": totals.error_events,
        "other_events": totals.other_events,
        "odd_events": totals.odd_events,
        "typed_bytes": totals.typed_bytes,
        "printed_bytes": totals.printed_bytes,
        "other_bytes": totals.other_bytes,
        "full_payloads": totals.full_payloads,
        "first_seconds": totals.first_seconds,
        "last_seconds": totals.last_seconds,
        "only_placeholder": builder.only_placeholder,
        "events_sha256": builder.events_sha256,
        "printed_sha256": builder.printed_sha256,
    }


def _stands_beside(record: SessionRecord, session: Session, stream: SessionStream) -> bool:
    """Whether the first reading of the finished session stays the log, and this one comes beside it.

    Only a first reading that hoop had not finished writing gives way: hoop says the same of the
    session as then, and what it sent then was not yet all."""
    kept = EventLogRecord.objects.filter(
        session=record, state=State.PUBLISHED, status="done", end_date__isnull=False
    ).first()
    if kept is None:
        return False
    same = (kept.exit_code, kept.end_date, kept.event_size) == (
        session.exit_code,
        session.end_date,
        session.event_size,
    )
    return not (same and not is_whole(kept, session.start_date) and stream.wire_bytes > kept.wire_bytes)
