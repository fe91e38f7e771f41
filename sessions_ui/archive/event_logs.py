"""open_event_log: a published log, or the state of one that is being read.

Promises: a finished session's log is read once and kept; an open one's is read again while
somebody looks, at most every 50 seconds (hoop writes it that often) or ten times as long as the
last reading took. Windows and downloads read published logs only, in memory bounded by a segment.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from sessions_ui.archive.ingest import Reading, count_ends, newest_reading, start_ingest, wait_for_an_end
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.leases import is_leased, lease_name
from sessions_ui.archive.masking import mask_of
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.wholeness import is_whole
from sessions_ui.models import EventLogRecord, GatewayTroubleRecord, SessionRecord
from sessions_ui.session import FLUSH_SECONDS

#: A failure that trying again at once would only repeat is left alone this long.
RETRY_AFTER = timedelta(seconds=15)
#: When hoop's figures do not fit what it sent, it is asked once more, after this.
SECOND_LOOK = timedelta(seconds=60)
#: A log that was not read within this is a long one: who may, goes on with its first events.
PATIENCE_SECONDS = 0.3
#: So often those who wait look again: for a reading of this process they are woken at its end.
_POLL_SECONDS = 0.1
State = EventLogRecord.State
log = structlog.get_logger(__name__)

__all__ = [
    "Arriving",
    "EventLog",
    "NotRead",
    "find_copy_beside",
    "find_finished_logs",
    "open_event_log",
    "open_event_logs",
]


@dataclass(frozen=True, slots=True)
class Arriving:
    """A log that is being read: ``expected_bytes`` is hoop's own figure, 0 where it has none. ``log`` is
    what is stored of it so far, for the log's own page and nothing else. ``interrupted``: the process
    that read it before ended in the middle."""

    events: int
    received_bytes: int
    expected_bytes: int
    started_at: datetime
    log: EventLog | None = None
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class NotRead:
    """The last reading failed. ``failure`` names a GatewayError's class, or Interrupted, NotStored."""

    failure: str
    text: str
    at: datetime
    received_bytes: int


@dataclass(frozen=True, slots=True)
class _Readings:
    """What was read to the end: the log that is shown, and what hoop sends now where that differs."""

    published: EventLogRecord | None
    beside: EventLogRecord | None

    def copy(self, kept: Kept) -> EventLog | None:
        return _log(kept, self.beside) if self.beside else None


_arriving_now: dict[int, tuple[float, int, Arriving]] = {}


def find_copy_beside(kept: Kept) -> EventLog | None:
    """What hoop sends now, where that was read and differs from the log that we keep."""
    return _readings(kept).copy(kept)


def open_event_logs(
    kept: Kept, *, wait_seconds: float = 0, early: bool = False, first_rows: bool = False
) -> tuple[EventLog | Arriving | NotRead, EventLog | None]:
    """``open_event_log`` and ``find_copy_beside`` in one: mostly a finished session's log is there, hoop
    says what it always said, and one look answers both."""
    found = _readings(kept)
    if found.published and found.published.is_finished and not _is_due(kept, found.published, found.beside):
        return _log(kept, found.published), found.copy(kept)
    log = open_event_log(kept, wait_seconds=wait_seconds, early=early, first_rows=first_rows)
    return log, find_copy_beside(kept) if isinstance(log, EventLog) else None


def find_finished_logs(kept: Kept) -> tuple[EventLog, EventLog | None] | None:
    """The log of a finished session, and the copy beside it, where it is kept: hoop need not be asked for
    anything."""
    found = _readings(kept)
    if found.published is None or not found.published.is_finished:
        return None
    return _log(kept, found.published), found.copy(kept)


def open_event_log(
    kept: Kept, *, wait_seconds: float = 0, early: bool = False, first_rows: bool = False
) -> EventLog | Arriving | NotRead:
    """The session's log. When it must be read first, that begins, and is waited for up to
    ``wait_seconds``, so that an ordinary log is there at once; ``early``: a long one is not waited for
    that will not be there by then; with ``first_rows``, which are shown, no long one is."""
    deadline = time.monotonic() + wait_seconds
    # Each visitor waits, also for a reading that began long before: a crowd that waits leaves the
    # processor to the reading.
    patience = time.monotonic() + PATIENCE_SECONDS
    seen = newest_reading(kept.record_id)
    while True:
        state = _shared_state(kept, seen)
        waits = isinstance(state, Arriving) or (isinstance(state, EventLog) and _is_renewed(kept, state))
        if not waits or time.monotonic() >= deadline:
            return state
        begun = early and isinstance(state, Arriving) and state.log and time.monotonic() >= patience
        if begun and (first_rows or not _comes_before(state, deadline)):
            return state
        wait_for_an_end(_POLL_SECONDS)


def _comes_before(state: EventLog | Arriving | NotRead, deadline: float) -> bool:
    """Whether it will be there by then if it goes on as it did."""
    if not isinstance(state, Arriving) or not state.received_bytes or not state.expected_bytes:
        return False
    taken = (timezone.now() - state.started_at).total_seconds()
    left = taken * (state.expected_bytes / state.received_bytes - 1)
    return time.monotonic() + left < deadline


def _is_renewed(kept: Kept, shown: EventLog) -> bool:
    """An open session's log is just being read again, and what comes is worth waiting for."""
    if shown.record.is_finished:
        return False
    if is_leased(lease_name(kept.record_id)):
        return True
    # It may have been published, and the lease given back, since we looked.
    newest = _newest(kept, State.PUBLISHED)
    return newest is not None and newest.pk != shown.record.pk


def _shared_state(kept: Kept, seen: Reading) -> EventLog | Arriving | NotRead:
    """While a log arrives, one look each time serves all who wait for it in this process, until a reading
    ends here."""
    found = _arriving_now.get(kept.record_id)
    ends = count_ends()
    if found is not None and time.monotonic() - found[0] < _POLL_SECONDS and found[1] == ends:
        return found[2]
    state = _state(kept, seen)
    if isinstance(state, Arriving):
        _arriving_now[kept.record_id] = (time.monotonic(), ends, state)
    else:
        _arriving_now.pop(kept.record_id, None)
    return state


def _state(kept: Kept, seen: Reading) -> EventLog | Arriving | NotRead:
    """``seen`` is the newest reading when the visitor came: a failure since then is the answer, one
    before it a reason to try again."""
    found = _readings(kept)
    leased = False
    if found.published is None:
        # Asked before the log: who gave the lease back by then has published by then.
        leased = is_leased(lease_name(kept.record_id))
        found = _readings(kept)
    if found.published is not None:
        if _is_due(kept, found.published, found.beside):
            _begin(kept, seen)
        return _log(kept, found.published)
    if leased:
        return _arriving(kept, _newest(kept, State.ARRIVING))
    failed = _newest(kept, State.FAILED)
    newest = newest_reading(kept.record_id)
    # An older failure is no answer while somebody has just begun again.
    news = newest != seen and newest[1] == State.FAILED
    if failed is not None and (news or not _may_try_again(failed)):
        return NotRead(
            failed.failure, failed.failure_text, failed.ended_at or failed.started_at, failed.received_bytes
        )
    if not _begin(kept, seen):
        return NotRead("NotStored", "our own database could not store it", timezone.now(), 0)
    return _arriving(kept, None)


def _log(kept: Kept, record: EventLogRecord) -> EventLog:
    """Masked, as its session wants it: whoever may see more asks for it (``EventLog.revealed``)."""
    return EventLog(record, mask_of(kept.session))


def _arriving(kept: Kept, record: EventLogRecord | None) -> Arriving:
    failed = _newest(kept, State.FAILED)
    interrupted = failed is not None and failed.failure == "Interrupted"
    if record is None:
        return Arriving(0, 0, kept.session.event_size, timezone.now(), interrupted=interrupted)
    log = _log(kept, record) if record.events else None
    size = kept.session.event_size
    return Arriving(record.events, record.received_bytes, size, record.started_at, log, interrupted)


def _newest(kept: Kept, state: str) -> EventLogRecord | None:
    return (
        EventLogRecord.objects.filter(session_id=kept.record_id, state=state).order_by("-started_at").first()
    )


def _readings(kept: Kept) -> _Readings:
    rows = EventLogRecord.objects.filter(
        session_id=kept.record_id, state__in=(State.PUBLISHED, State.BESIDE)
    ).order_by("started_at")
    newest = {row.state: row for row in rows}
    return _Readings(newest.get(State.PUBLISHED), newest.get(State.BESIDE))


def _begin(kept: Kept, seen: Reading) -> bool:
    """False when not even the beginning could be written down: a full disk."""
    try:
        start_ingest(SessionRecord.objects.get(pk=kept.record_id), seen=seen)
    except DatabaseError as error:
        log.error("ingest_not_begun", error=type(error).__name__)
        return False
    return True


def _may_try_again(failed: EventLogRecord) -> bool:
    """What died with its process says nothing about hoop, and is tried again at once."""
    if failed.failure in ("Interrupted", "LeaseLost"):
        return True
    trouble = GatewayTroubleRecord.objects.filter(gateway=settings.HOOP_API_URL).first()
    if trouble and trouble.cooling_until > timezone.now():
        return False
    return timezone.now() - (failed.ended_at or failed.started_at) > RETRY_AFTER


def _is_due(kept: Kept, published: EventLogRecord, beside: EventLogRecord | None) -> bool:
    """An open session's log is read again; a finished session's only until it was read as such."""
    if kept.trouble is not None or kept.missing_since is not None:
        return False
    if published.is_finished:
        again = _is_changed(kept, published, beside) or _is_doubtful(kept, published, beside)
        return again and not _is_failing(kept, published)
    if kept.session.is_settled and published.status == "done":
        return False
    ended = published.ended_at or published.started_at
    pause = max(FLUSH_SECONDS, 10 * (ended - published.started_at).total_seconds())
    if kept.session.is_finished or kept.session.status != published.status:
        pause = 0
    if _is_failing(kept, published):
        return False
    return (timezone.now() - ended).total_seconds() >= pause


def _is_failing(kept: Kept, published: EventLogRecord) -> bool:
    failed = _newest(kept, State.FAILED)
    return failed is not None and failed.started_at > published.started_at and not _may_try_again(failed)


def _is_doubtful(kept: Kept, published: EventLogRecord, beside: EventLogRecord | None) -> bool:
    """hoop may close a session a moment before it has written all: it is asked once more."""
    if is_whole(published, kept.session.start_date) or not published.stream_seen or beside is not None:
        return False
    return timezone.now() - (published.ended_at or published.started_at) > SECOND_LOOK


def _is_changed(kept: Kept, published: EventLogRecord, beside: EventLogRecord | None) -> bool:
    """hoop's word of a finished session is another than when its log was read, and what it sends
    now was not read since."""
    session = kept.session
    now = (session.exit_code, session.end_date, session.event_size, session.script_size)
    if _described(published) == now:
        return False
    return beside is None or _described(beside) != now


def _described(log: EventLogRecord) -> tuple[Any, ...]:
    return log.exit_code, log.end_date, log.event_size, log.script_size
