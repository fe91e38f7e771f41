"""get_session: a session's own data, through our copy of it.

Promises: a fresh record answers without hoop; else one call for everybody who asks at once. A
doubtful answer is never stored. A stale copy is shown only while hoop is unreachable, and says
so; never when hoop refuses. A session hoop no longer has is news about hoop: our copy stays.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.kept import Kept, column, kept_of
from sessions_ui.archive.leases import release_lease, share_flight, take_lease
from sessions_ui.archive.list_copies import note_copy
from sessions_ui.archive.packing import pack
from sessions_ui.gateway.client import Answer
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayError, GatewayNotFound, GatewaySlow
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import SessionRecord
from sessions_ui.session import Session

#: How long a copy answers by itself: a finished session changes little, an open one all the time.
SETTLED_FRESH = timedelta(minutes=5)
MOVING_FRESH = timedelta(seconds=3)
LEASE_SECONDS = 40


def get_session(session_id: UUID) -> Kept:
    """Raises a GatewayError when hoop's answer is not to be had and no copy may stand in for it."""
    record = _find(session_id)
    if record is not None and _is_fresh(record):
        return kept_of(record)
    try:
        return share_flight(f"session {session_id}", lambda: _refresh(session_id))
    except GatewayError as error:
        record = _find(session_id)
        if record is None or not error.away:
            raise
        return kept_of(record, trouble=error)


def find_kept(session_id: UUID) -> Kept | None:
    """Our copy alone, however old; hoop is not asked."""
    record = _find(session_id)
    return kept_of(record) if record else None


def make_stale(session_id: UUID, *, by: timedelta) -> None:
    """Let our copy of hoop's word be older than it is, so that the next visitor asks hoop."""
    record = _find(session_id)
    if record is not None:
        record.fetched_at -= by
        record.save(update_fields=["fetched_at"])


def _refresh(session_id: UUID) -> Kept:
    """Ask hoop, once in the deployment: who does not get the lease waits for the record."""
    name, owner = f"session {session_id}", uuid.uuid4().hex
    deadline = time.monotonic() + settings.HOOPVIEWER_METADATA_SECONDS + 5
    while not take_lease(name, owner, seconds=LEASE_SECONDS):
        if time.monotonic() > deadline:
            raise GatewaySlow("another request for this session is still waiting for hoop")
        time.sleep(0.1)
        record = _find(session_id)
        if record is not None and _is_fresh(record):
            return kept_of(record)
    try:
        record = _find(session_id)
        if record is not None and _is_fresh(record):
            return kept_of(record)
        return _fetch(session_id, record)
    finally:
        release_lease(name, owner)


def _fetch(session_id: UUID, record: SessionRecord | None) -> Kept:
    try:
        with asking(settings.HOOP_API_URL):
            answer = gateway_client().get_session(session_id)
    except GatewayNotFound:
        if record is None:
            raise
        if record.missing_since is None:
            record.missing_since = timezone.now()
            record.save(update_fields=["missing_since"])
        return kept_of(record)
    session = parse_session(answer.value, asked=session_id)
    return kept_of(_store(session, answer))


def _store(session: Session, answer: Answer) -> SessionRecord:
    now = timezone.now()
    columns: dict[str, Any] = {
        "envelope": pack(answer.body),
        "gateway_version": column(answer.version, 64),
        "fetched_at": now,
        "missing_since": None,
        "status": column(session.status, 32),
        "review_status": column(session.review.status if session.review else "", 32),
        "user_id": column(session.user_id, 255),
        "connection": column(session.connection, 255),
        "start_date": session.start_date,
        "end_date": session.end_date,
        "exit_code": session.exit_code,
        "event_size": session.event_size,
        "script_size": session.script_size,
    }
    columns |= _change(session, now)
    record, _ = SessionRecord.objects.update_or_create(
        gateway=settings.HOOP_API_URL,
        org_id=column(session.org_id, 64),
        session_id=UUID(session.id),
        defaults=columns,
        create_defaults={**columns, "first_seen_at": now},
    )
    note_copy(record.session_id)
    return record


def _change(session: Session, now: datetime) -> dict[str, datetime]:
    """When a finished session is found changed at hoop for the first time: between which two looks."""
    before = _find(UUID(session.id))
    if before is None or before.changed_before or before.status != "done" or before.end_date is None:
        return {}
    was = (before.exit_code, before.end_date, before.event_size, before.script_size)
    if was == (session.exit_code, session.end_date, session.event_size, session.script_size):
        return {}
    return {"changed_after": _last_said(before), "changed_before": now}


def _last_said(before: SessionRecord) -> datetime:
    """When hoop was last known to say what is held of a session: the answer with its recording said it
    too."""
    same = before.logs.filter(
        status="done",
        exit_code=before.exit_code,
        end_date=before.end_date,
        event_size=before.event_size,
        script_size=before.script_size,
        stream_seen=True,
    )
    read: datetime | None = same.aggregate(last=Max("started_at"))["last"]
    return max(before.fetched_at, read) if read else before.fetched_at


def _find(session_id: UUID) -> SessionRecord | None:
    """The newest copy, should a session ever have come from two organisations."""
    records = SessionRecord.objects.filter(gateway=settings.HOOP_API_URL, session_id=session_id)
    return records.order_by("-fetched_at").first()


def _is_fresh(record: SessionRecord) -> bool:
    settled = record.status == "done" and record.review_status not in ("PENDING", "PROCESSING")
    return timezone.now() - record.fetched_at < (SETTLED_FRESH if settled else MOVING_FRESH)
