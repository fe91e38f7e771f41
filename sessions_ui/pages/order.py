"""What came before what: the approval, the first and the last event, the end. As far as hoop's times tell."""

from __future__ import annotations

from datetime import datetime

from sessions_ui.pages.shapes import Step, Tone
from sessions_ui.pages.words import duration
from sessions_ui.session import LogFacts, Review, Session
from sessions_ui.verdicts.approval import approval_moment
from sessions_ui.verdicts.clock import recording_clock

#: hoop takes a session's end and its events' times at different moments: less (seconds) is nothing.
END_JITTER = 0.1


def order_step(session: Session, review: Review, log: LogFacts | None) -> Step | None:
    """The approval against the first event, and a revocation against the end; None: nothing to tell."""
    approved = _approved(session, review, log)
    revoked = _revoked(session, review)
    if approved is None:
        return Step("none", revoked) if revoked else None
    tone, text, detail = approved
    return Step(tone, text, " ".join(part for part in (detail, revoked and f"{revoked}.") if part))


def _approved(session: Session, review: Review, log: LogFacts | None) -> tuple[Tone, str, str] | None:
    approved = approval_moment(review)
    if approved is None or log is None or not log.events or log.only_placeholder:
        return None
    first = log.first_seconds or 0.0
    clock = recording_clock(session, log)
    latest = clock.at(first)
    unknown = "Whether the approval came before its first event cannot be known"
    silent = "hoop does not record when a script that waited was connected"
    if latest is None or session.start_date is None:
        return "none", unknown, f"{silent}."
    # The recording cannot have begun later than the end less its last event's offset.
    after = (latest - approved).total_seconds()
    if after < 0:
        at_least = "at least " if clock.estimated else ""
        return "warn", f"Approved {at_least}{duration(-after)} after its first event", ""
    if not clock.estimated:
        return "none", f"Approved {duration(after)} before its first event", ""
    before = (approved - session.start_date).total_seconds() - first
    if before < 0:
        return "none", f"Approved before its first event, by {duration(-before)} to {duration(after)}", ""
    between = f"between {duration(before)} before and {duration(after)} after the approval"
    return "none", unknown, f"{silent}; its other times put the first event {between}."


def _revoked(session: Session, review: Review) -> str:
    moments: list[datetime] = [
        group.reviewed_at for group in review.groups if group.status == "REVOKED" and group.reviewed_at
    ]
    if not moments or session.status != "done" or session.end_date is None:
        return ""
    after = (max(moments) - session.end_date).total_seconds()
    if after < 0:
        return f"Revoked {duration(-after)} before it ended"
    return f"Revoked {duration(after)} after it had ended"


def last_event(session: Session, log: LogFacts, seconds: float) -> str:
    """After the recording's begin; and after hoop's end of the session, where that is so."""
    text = f"{duration(seconds)} after the recording began"
    clock = recording_clock(session, log)
    at = clock.at(seconds)
    if clock.estimated or at is None or session.end_date is None:
        return text
    beyond = (at - session.end_date).total_seconds()
    return f"{text}, which is {duration(beyond)} after hoop's end" if beyond >= END_JITTER else text
