"""list_newest: hoop's list of sessions, newest first. Rows are shown, never stored: they lack
what the session's own answer has. add_what_is_kept: what our copies know beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.sessions import kept_of
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayGarbled
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import EventLogRecord, SessionRecord
from sessions_ui.session import Session


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of hoop's list. ``known``: with what only the session's own answer has, where that matters;
    ``log``: the recording that we hold, where it says more about the end than hoop's row."""

    session: Session
    known: bool
    log: EventLog | None = None


def list_newest(limit: int) -> list[Session]:
    """At most ``limit`` (hoop gives 100), in hoop's order. Raises a GatewayError."""
    return share_flight(f"newest {limit}", lambda: _ask(limit))


def _ask(limit: int) -> list[Session]:
    with asking(settings.HOOP_API_URL):
        rows = gateway_client().list_sessions({}, limit=limit).value["data"]
    if not all(isinstance(row, dict) for row in rows):
        raise GatewayGarbled("the list of sessions holds something else")
    return [parse_session(row) for row in rows]


def add_what_is_kept(rows: Sequence[Session]) -> list[Listed]:
    """The rows with what our copies of their sessions know; hoop is not asked, two queries for all."""
    records = SessionRecord.objects.filter(
        gateway=settings.HOOP_API_URL, session_id__in=[UUID(row.id) for row in rows if _ends_unclearly(row)]
    )
    by_id = {str(record.session_id): record for record in records.order_by("fetched_at")}
    published = EventLogRecord.objects.filter(
        session__in=list(by_id.values()), state=EventLogRecord.State.PUBLISHED
    )
    logs = {log.session_id: EventLog(log) for log in published.order_by("started_at")}
    return [_listed(row, by_id.get(row.id), logs) for row in rows]


def _ends_unclearly(row: Session) -> bool:
    """hoop writes a code of its own for a block, a kill, a lost connection and a destroyed recording."""
    rejected = row.review is not None and row.review.status == "REJECTED"
    return row.status == "done" and (row.exit_code != 0 or rejected)


def _listed(row: Session, record: SessionRecord | None, logs: dict[int, EventLog]) -> Listed:
    if record is None:
        return Listed(row, known=not _ends_unclearly(row))
    stored = kept_of(record).session
    # A session's analysis comes before its end, and does not change after it.
    session = replace(row, ai_analysis=stored.ai_analysis)
    return Listed(session, known=stored.status == "done", log=logs.get(record.pk))
