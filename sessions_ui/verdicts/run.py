"""Did it run, and when? An event of input or output that a block does not explain is a run.

A lone error event is none: hoop writes one when it closes a request that nobody approved. hoop records
no moment of execution: a terminal's first event has an exact one, a script's lies between two, and so
does that of an access that was asked for before and used later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sessions_ui.session import FLUSH_SECONDS, LogFacts, Session, sizes_fit
from sessions_ui.verdicts.clock import has_waited

ABNORMAL = 254


@dataclass(frozen=True, slots=True)
class Run:
    """``ran`` None: cannot be known (also: not read, or not to be shown). Its first event lies between
    ``earliest`` and ``latest`` (the same moment for a terminal), its last one at ``last``; ``ended`` is
    hoop's end of the session. None: not known. ``closed_by_hoop``: the last event is hoop's own."""

    ran: bool | None
    earliest: datetime | None = None
    latest: datetime | None = None
    last: datetime | None = None
    ended: datetime | None = None
    closed_by_hoop: bool = False


def judge_run(session: Session, log: LogFacts | None) -> Run:
    """``log`` None: not read (yet), or not to be shown to this person."""
    ran = _ran(session, log)
    if not ran or log is None:
        return Run(ran)
    first, last = log.first_seconds or 0.0, log.last_seconds or 0.0
    end, closed = log.end_date if session.status == "done" else None, bool(log.closing_text)
    earliest = moved(session.start_date, first)
    after = moved(session.start_date, last)
    if session.verb != "exec" and not has_waited(session, log):
        return Run(True, earliest, earliest, after, end, closed)
    # It was connected later than start_date, and its last event came before hoop's end.
    latest = moved(log.end_date, first - last)
    if earliest is not None and latest is not None:
        earliest = min(earliest, latest)
    return Run(True, earliest, latest, end if session.verb == "exec" else after, end, closed)


def moved(at: datetime | None, seconds: float) -> datetime | None:
    """None also for what no calendar holds."""
    try:
        return at and at + timedelta(seconds=seconds)
    except OverflowError:
        return None


def stopped_before_it_ran(session: Session) -> bool:
    """A guardrail's rule for what a script sends stops it before it runs; a rule for what comes back does
    not, and of a connection earlier input may have run."""
    hits = session.guardrails
    return session.verb == "exec" and bool(hits) and all(hit.direction == "input" for hit in hits)


def was_never_allowed(session: Session) -> bool:
    """No approval was ever given, or none is yet: hoop sets ``revoke_at`` when the last one comes."""
    review = session.review
    if review is None or review.status not in ("PENDING", "REJECTED"):
        return False
    return review.status == "PENDING" or review.expires_at is None


def _ran(session: Session, log: LogFacts | None) -> bool | None:
    if _was_blocked(session):
        # A block explains what was sent and one message of its own; not what else came back.
        explained = log is None or (log.output_events <= 1 and session.exit_code != 0)
        return False if explained else None
    if log is None:
        return False if was_never_allowed(session) or _is_ready(session) else None
    if log.typed_events + log.output_events or _has_pictures(session, log):
        # Of a connection that a rule ended, input and output may be the block's own.
        ended = bool(session.guardrails) and session.exit_code == ABNORMAL and session.verb != "exec"
        return None if ended and log.events <= 3 else True
    # Where hoop names more than it sent of a closed one, what is missing may have been a run.
    more = log.event_size - log.wire_bytes
    missing = session.status == "done" and more > (session.open_seconds or 0) // FLUSH_SECONDS
    if not missing and (was_never_allowed(session) or _is_ready(session)):
        return False
    lone = log.events == log.error_events == 1 and not log.only_placeholder
    return False if lone and sizes_fit(log.event_size, log.wire_bytes, session.open_seconds or 0) else None


def _was_blocked(session: Session) -> bool:
    if session.ai_analysis and session.ai_analysis.action == "block_execution":
        return True
    return session.exit_code == ABNORMAL and stopped_before_it_ran(session)


def _is_ready(session: Session) -> bool:
    """Approved and not begun. A connection may stay "ready" while it is in use, a script does not."""
    running = session.review is not None and session.review.status == "PROCESSING"
    return session.status == "ready" and session.verb == "exec" and not running


def _has_pictures(session: Session, log: LogFacts) -> bool:
    others = log.events - log.typed_events - log.output_events - log.error_events - log.odd_events
    return session.subtype == "rdp" and others > 0
