"""Which approval covers a session without one of its own: an inference of ours, never hoop's word.

hoop sends no review for a session that was opened under a running just-in-time approval.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sessions_ui.session import Session
from sessions_ui.verdicts.approval import access_ends, approval_moment


def in_force(session: Session) -> tuple[datetime, datetime] | None:
    """From the approval to its planned end or its revocation, whichever was first; None where this
    session asked for no such access, was not given it, or hoop names no moments."""
    review = session.review
    if review is None or review.type != "jit" or review.status not in ("APPROVED", "REVOKED"):
        return None
    begins, ends = approval_moment(review), access_ends(review)
    if begins is None or ends is None:
        return None
    revoked = [group.reviewed_at for group in review.groups if group.status == "REVOKED"]
    if review.status == "REVOKED" and not any(revoked):
        return None
    return begins, min([ends, *(moment for moment in revoked if moment)])


def covers(other: Session, session: Session) -> bool:
    """``other`` asked for an access of the same person (by hoop's id) to the same connection, and it was in
    force when ``session`` began."""
    times = in_force(other)
    same = (other.user_id, other.connection) == (session.user_id, session.connection)
    named = bool(session.user_id.strip() and session.connection.strip())
    if times is None or not same or not named or other.id == session.id or session.start_date is None:
        return False
    return times[0] <= session.start_date <= times[1]


def find_covering(session: Session, others: Iterable[Session]) -> Session | None:
    """Of several, the one that its metadata names; else the one that was approved last."""
    found = [
        (other.id == session.credential_session, times[0], other)
        for other in others
        if (times := in_force(other)) and covers(other, session)
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None
