"""When was offset 0? Offsets are fact; the wall clock is not always.

hoop counts offsets from the moment the recording was connected. For a terminal that is
``start_date``. A script that waited for a review, or for an AI analysis, was connected later, and no
field says when: the end less the last offset is the best estimate. So it is of an access that was asked
for at ``start_date`` and used later, which only a contradiction tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.approval import approval_moment


@dataclass(frozen=True, slots=True)
class Clock:
    """``started_at`` None: not known at all. ``zone``: its moments are told in it, else in the start's."""

    started_at: datetime | None
    estimated: bool
    zone: tzinfo | None = None

    def at(self, seconds: float) -> datetime | None:
        if self.started_at is None:
            return None
        try:
            moment = self.started_at + timedelta(seconds=seconds)
            # Last: Python adds to what a zone's clock shows, which jumps in spring and in autumn.
            return moment.astimezone(self.zone) if self.zone else moment
        except OverflowError:
            return None

    def in_zone(self, zone: tzinfo) -> Clock:
        """The same clock, its moments told in another zone."""
        return replace(self, zone=zone)


def recording_clock(session: Session, log: LogFacts | None) -> Clock:
    if log is not None and log.only_placeholder:
        # hoop wrote it in the place of a recording: nothing was connected.
        return Clock(None, estimated=True)
    if not has_waited(session, log):
        return Clock(session.start_date, estimated=False)
    if log is None or log.last_seconds is None or log.end_date is None or log.last_seconds > 1e9:
        return Clock(None, estimated=True)
    try:
        return Clock(log.end_date - timedelta(seconds=log.last_seconds), estimated=True)
    except OverflowError:
        return Clock(None, estimated=True)


def has_waited(session: Session, log: LogFacts | None) -> bool:
    """Whether ``start_date`` is the request, and the recording was connected later. Of a connection hoop
    does not say so; but it lets nothing run before the approval, so where ``start_date`` would put the
    first event before that, it is the request's."""
    if session.verb == "exec":
        return session.review is not None or session.ai_analysis is not None
    if session.review is None or session.start_date is None or log is None or log.first_seconds is None:
        return False
    approved = approval_moment(session.review)
    return approved is not None and log.first_seconds < (approved - session.start_date).total_seconds()
