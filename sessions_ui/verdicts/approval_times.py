"""The facts of an approval that the clock decides, or hoop's status where the clock cannot.

A terminal's first event has a moment; a script's lies in an interval, and only a moment outside it
decides. hoop cuts the times of a review to milliseconds, so that closer ones have no order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sessions_ui.session import Review
from sessions_ui.verdicts.approval import (
    ApprovalFact,
    Basis,
    Outcome,
    access_ends,
    approval_moment,
    is_worked_out,
)
from sessions_ui.verdicts.run import Run, moved

HOLDS, FAILS = Outcome.HOLDS, Outcome.DOES_NOT_HOLD
APPLIES_NOT, UNKNOWN = Outcome.DOES_NOT_APPLY, Outcome.CANNOT_BE_KNOWN
CLOCK = Basis.CLOCK
#: Of the times of a review.
PRECISION = timedelta(milliseconds=1)
#: hoop ends an access by a timer of its own; it takes the end of the session a moment later.
TIMER_SLACK = timedelta(seconds=1)
DAY = timedelta(days=1)


def approved_before_it_ran(review: Review, run: Run, silence: str) -> ApprovalFact:
    key = "approved before it ran"
    if run.ran is False:
        return ApprovalFact(key, APPLIES_NOT, "never ran")
    if run.ran is None:
        return ApprovalFact(key, UNKNOWN, silence)
    approved = approval_moment(review)
    if approved is None:
        never = review.status == "PENDING" or (review.status == "REJECTED" and review.expires_at is None)
        return ApprovalFact(key, FAILS if never else UNKNOWN, "never approved" if never else "no moment")
    values = _approved_at(review, approved)
    if run.earliest is None or run.latest is None:
        return ApprovalFact(key, UNKNOWN, "no clock", CLOCK, values)
    if approved - run.latest >= PRECISION:
        values["seconds"] = (approved - run.latest).total_seconds()
        return ApprovalFact(key, FAILS, "after" if _is_exact(run) else "after, at least", CLOCK, values)
    before, after = (run.earliest - approved).total_seconds(), (run.latest - approved).total_seconds()
    if run.earliest - approved >= PRECISION:
        exact = "before" if _is_exact(run) else "before, between"
        return ApprovalFact(key, HOLDS, exact, CLOCK, {**values, "seconds": before, "most": after})
    values |= {"early": max(0.0, -before), "late": max(0.0, after)}
    if review.type == "onetime" and review.status in ("PROCESSING", "EXECUTED"):
        # hoop lets a request run once, from "approved" only, and marks it so.
        return ApprovalFact(key, HOLDS, "used", Basis.STATUS, values)
    return ApprovalFact(key, UNKNOWN, "straddles", CLOCK, values)


def within_access(review: Review, run: Run, silence: str) -> ApprovalFact:
    """Each use of a just-in-time approval gets its full duration again."""
    key, until = "within the access given", access_ends(review)
    if review.type == "onetime":
        return ApprovalFact(key, APPLIES_NOT, "one-time")
    if run.ran is False:
        return ApprovalFact(key, APPLIES_NOT, "never ran")
    if run.ran is None:
        return ApprovalFact(key, UNKNOWN, silence)
    approved = approval_moment(review)
    if until is None or approved is None:
        return ApprovalFact(key, UNKNOWN, "no duration")
    values = _approved_at(review, approved)
    values |= {"until": until, "duration": review.access_duration.total_seconds()}
    if run.earliest is None or run.latest is None:
        return ApprovalFact(key, UNKNOWN, "no clock", CLOCK, values)
    if approved - run.latest >= PRECISION:
        values["seconds"] = (approved - run.latest).total_seconds()
        return ApprovalFact(key, FAILS, "began before", CLOCK, values)
    if run.earliest > until:
        values["seconds"] = (run.earliest - until).total_seconds()
        return ApprovalFact(key, FAILS, "began after", CLOCK, values)
    if run.ended is None:
        return ApprovalFact(key, UNKNOWN, "not ended", CLOCK, values)
    values["seconds"] = abs((run.ended - until).total_seconds())
    values["used"] = max(0.0, (run.ended - approved).total_seconds())
    full_again = moved(run.latest, (review.access_duration + TIMER_SLACK).total_seconds())
    if run.ended > max(until, full_again or until):
        return ApprovalFact(key, FAILS, "ended after", CLOCK, values)
    if approved > run.earliest or run.latest > until:
        return ApprovalFact(key, UNKNOWN, "begin unknown", CLOCK, values)
    return ApprovalFact(key, HOLDS, "within" if run.ended <= until else "full again", CLOCK, values)


def within_window(review: Review, run: Run, silence: str) -> ApprovalFact:
    """The time of the day (UTC) that the approval was limited to: hoop does not hold a just-in-time
    access to it."""
    key = "within the daily window"
    if review.time_window is None:
        return ApprovalFact(key, APPLIES_NOT, "no window")
    values: dict[str, Any] = {"from": review.time_window[0], "to": review.time_window[1]}
    if run.ran is False:
        return ApprovalFact(key, APPLIES_NOT, "never ran", values=values)
    if run.ran is None:
        return ApprovalFact(key, UNKNOWN, silence, values=values)
    window = _window(*review.time_window)
    if window is None:
        return ApprovalFact(key, UNKNOWN, "window unreadable", values=values)
    if run.earliest is None or run.latest is None:
        return ApprovalFact(key, UNKNOWN, "no clock", CLOCK, values)
    values["began"] = run.latest
    if not _stays_inside(run.latest, run.ended or run.latest, window):
        return ApprovalFact(key, FAILS, "outside", CLOCK, {**values, "ended": run.ended or run.latest})
    if run.ended is None:
        return ApprovalFact(key, UNKNOWN, "not ended", CLOCK, values)
    if not _stays_inside(run.earliest, run.ended, window):
        return ApprovalFact(key, UNKNOWN, "begin unknown", CLOCK, values)
    return ApprovalFact(key, HOLDS, "inside", CLOCK, {**values, "ended": run.ended})


def not_after_it_was_stopped(review: Review, run: Run, silence: str) -> ApprovalFact:
    """Nothing ran after the request was rejected or the approval revoked."""
    key = "not after rejection or revocation"
    stopped = review.status in ("REJECTED", "REVOKED")
    stops = [group for group in review.groups if group.status in ("REJECTED", "REVOKED")]
    if not stopped and not stops:
        return ApprovalFact(key, APPLIES_NOT, "not stopped")
    if run.ran is False:
        return ApprovalFact(key, HOLDS, "nothing ran")
    if run.ran is None:
        return ApprovalFact(key, UNKNOWN, silence)
    moments = [group.reviewed_at for group in stops if group.reviewed_at]
    if not moments:
        return ApprovalFact(key, UNKNOWN, "no moment")
    stop = min(moments)
    values: dict[str, Any] = {"stopped": stop}
    if run.earliest is not None and run.earliest - stop >= PRECISION:
        values["seconds"] = (run.earliest - stop).total_seconds()
        return ApprovalFact(key, FAILS, "began after it", CLOCK, values)
    if run.ended is not None and run.ended <= stop and len(moments) == len(stops):
        values["seconds"] = (stop - run.ended).total_seconds()
        return ApprovalFact(key, HOLDS, "ended before it", CLOCK, values)
    if run.last is not None and run.last > stop and not run.closed_by_hoop:
        values["seconds"] = (run.last - stop).total_seconds()
        return ApprovalFact(key, FAILS, "went on", CLOCK, values)
    if run.ended is None:
        return ApprovalFact(key, UNKNOWN, "not ended", CLOCK, values)
    if run.ended <= stop:
        return ApprovalFact(key, UNKNOWN, "no moment", CLOCK)
    # A silence proves nothing: an end of a recording may be lost.
    values["seconds"] = (run.ended - stop).total_seconds()
    return ApprovalFact(key, UNKNOWN, "stayed open", CLOCK, values)


def is_within_hours(window: tuple[str, str], start: datetime, end: datetime) -> bool | None:
    """Whether all of it lies within the hours of the day (``HH:MM``, UTC); None: they are none."""
    hours = _window(*window)
    return None if hours is None else _stays_inside(start, end, hours)


def _approved_at(review: Review, approved: datetime) -> dict[str, Any]:
    """The moment, and, where no group's date holds it, the length of access (seconds) it rests on."""
    if not is_worked_out(review):
        return {"approved": approved}
    return {"approved": approved, "worked_out_from": review.access_duration.total_seconds()}


def _is_exact(run: Run) -> bool:
    return run.earliest == run.latest


def _window(start: str, end: str) -> tuple[timedelta, timedelta] | None:
    """The start after midnight, and the length; None for what is no time of the day, or no window."""
    try:
        first, last = (datetime.strptime(text, "%H:%M") for text in (start, end))
    except ValueError:
        return None
    length = (last - first) % DAY
    return (timedelta(hours=first.hour, minutes=first.minute), length) if length else None


def _stays_inside(start: datetime, end: datetime, window: tuple[timedelta, timedelta]) -> bool:
    """From ``start`` to ``end`` without a moment outside; a window may go over midnight."""
    opens, length = window
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    since_open = (start - midnight - opens) % DAY
    return since_open + max(timedelta(), end - start) <= length
