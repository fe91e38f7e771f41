"""What a finished session was when its recording was read: hoop rewrites its end and exit code when
somebody destroys it, and values of two times put side by side would be true of none."""

from __future__ import annotations

from dataclasses import replace

from sessions_ui.session import LogFacts, Session


def is_changed(session: Session, log: LogFacts | None) -> bool:
    """hoop says something else of the finished session than when its log was read."""
    if log is None or log.status != "done" or session.status != "done":
        return False
    told = (log.exit_code, log.end_date, log.event_size)
    return told != (session.exit_code, session.end_date, session.event_size)


def as_read(session: Session, log: LogFacts | None) -> Session:
    """The session with the end, exit code and size of the answer that held this log."""
    if log is None or not is_changed(session, log):
        return session
    return replace(session, exit_code=log.exit_code, end_date=log.end_date, event_size=log.event_size)


def is_erased_since(log: LogFacts | None, other: LogFacts | None) -> bool:
    """``other`` is what hoop sends now: its placeholder alone, where ``log`` still holds a recording."""
    return log is not None and other is not None and other.only_placeholder and not log.only_placeholder
