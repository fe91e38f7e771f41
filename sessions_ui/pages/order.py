"""Where the last event lies, as far as hoop's times tell."""

from __future__ import annotations

from sessions_ui.pages.words import duration
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.clock import recording_clock

#: hoop takes a session's end and its events' times at different moments: less (seconds) is nothing.
END_JITTER = 0.1
#: A silence before the end is worth its figure from here on (seconds); it is no verdict.
SILENCE = 1.0


def last_event(session: Session, log: LogFacts, seconds: float) -> str:
    """After the recording's begin; and how far before or after hoop's end of the session."""
    begin = "it was asked for" if _counts_from_request(session, log) else "the recording began"
    text = f"{duration(seconds)} after {begin}"
    beyond = _beyond(session, log, seconds)
    if beyond is None:
        return text
    if beyond >= END_JITTER:
        return f"{text}, which is {duration(beyond)} after hoop's end"
    return f"{text}, {duration(-beyond)} before its end" if -beyond >= SILENCE else text


def _counts_from_request(session: Session, log: LogFacts) -> bool:
    """Of a connection that waited, offsets count from the request."""
    return session.review is not None and not recording_clock(session, log).estimated


def beyond_end(session: Session, log: LogFacts | None) -> float:
    """How long (seconds) after hoop's end of the session its last event came; 0 where it did not, or that
    is not known."""
    beyond = _beyond(session, log, log.last_seconds or 0.0) if log is not None else None
    return max(0.0, beyond or 0.0)


def _beyond(session: Session, log: LogFacts, seconds: float) -> float | None:
    clock = recording_clock(session, log)
    at = clock.at(seconds)
    if clock.estimated or at is None or session.end_date is None:
        return None
    return (at - session.end_date).total_seconds()
