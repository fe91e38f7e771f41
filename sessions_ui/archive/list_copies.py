"""What our copies tell of a session beyond hoop's row, kept in columns beside the row so that a filter
finds it: the AI's judgement, a kill, a change at hoop; and whether we hold what that rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.conf import settings

from sessions_ui.archive.kept import column, kept_of
from sessions_ui.archive.list_filter import Mark
from sessions_ui.archive.masking import EVERYTHING
from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog
from sessions_ui.gateway.json_text import parse_json
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import EventLogRecord, ListRowRecord, SessionRecord
from sessions_ui.session import Session


@dataclass(frozen=True, slots=True)
class Copy:
    """Our copy of a session: its own answer, and the recording that is shown of it, if that was read;
    ``beside``: what hoop sent later, where that differs."""

    record: SessionRecord
    log: EventLogRecord | None = None
    beside: EventLogRecord | None = None

    @property
    def session(self) -> Session:
        return kept_of(self.record).session


@dataclass(frozen=True, slots=True)
class Known:
    """The columns. ``opened`` and ``read``: we hold the finished session's own answer, and its recording."""

    ai_risk: str = ""
    opened: bool = False
    read: bool = False
    killed: bool = False
    changed: bool = False

    @property
    def marks(self) -> set[Mark]:
        told: dict[Mark, object] = {"ai": self.ai_risk, "killed": self.killed, "changed": self.changed}
        return {mark for mark, holds in told.items() if holds}


def copies_of(session_ids: Iterable[str]) -> dict[str, Copy]:
    """Of those that were opened here; two queries for all."""
    records = SessionRecord.objects.filter(
        gateway=settings.HOOP_API_URL, session_id__in=[UUID(each) for each in session_ids]
    )
    # The newest copy, should a session ever have come from two organisations.
    newest = {str(record.session_id): record for record in records.order_by("fetched_at")}
    shown, beside = EventLogRecord.State.PUBLISHED, EventLogRecord.State.BESIDE
    readings = EventLogRecord.objects.filter(session__in=list(newest.values()), state__in=(shown, beside))
    logs = {(log.session_id, log.state): log for log in readings.order_by("started_at")}
    return {
        session_id: Copy(record, logs.get((record.pk, shown)), logs.get((record.pk, beside)))
        for session_id, record in newest.items()
    }


def is_changed(row: Session, copy: Copy) -> bool:
    """The finished session is no longer at hoop what it was when it, or its recording, was read."""
    if copy.record.changed_before is not None:
        return True
    now = (row.exit_code, row.end_date, row.event_size)
    read = [each for each in (copy.log, copy.record) if each is not None and _is_finished(each)]
    return row.status == "done" and any(
        (each.exit_code, each.end_date, each.event_size) != now for each in read
    )


def _is_finished(read: EventLogRecord | SessionRecord) -> bool:
    return read.status == "done" and read.end_date is not None


def known_of(row: Session, copy: Copy | None) -> Known:
    """What the copy adds to hoop's row."""
    if copy is None:
        return Known()
    stored, log = copy.session, copy.log
    read = log is not None and log.is_finished
    return Known(
        ai_risk=column(stored.ai_analysis.risk_level or "unnamed", 32) if stored.ai_analysis else "",
        opened=stored.status == "done",
        read=read,
        killed=read and log is not None and EventLog(log, EVERYTHING).facts().was_killed,
        changed=is_changed(row, copy),
    )


def note_copy(session_id: UUID) -> None:
    """Our copy of it is another now: so are the columns of its row, where there is one."""
    rows = ListRowRecord.objects.filter(gateway=settings.HOOP_API_URL, session_id=session_id)
    packed = rows.values_list("row", flat=True).first()
    if packed is None:
        return
    row = parse_session(parse_json(unpack(packed)))
    rows.update(**asdict(known_of(row, copies_of([row.id]).get(row.id))))
