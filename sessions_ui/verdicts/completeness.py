"""Is the recording whole? The first of these that applies, with the figures it rests on.

``event_size`` is the length of the JSON that hoop stored: what was sent is all of it when it is
longer by at most a byte for each flush (every 50 s) of the open session. A match proves that we hold
what hoop stored, not that hoop stored everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sessions_ui.session import LogFacts, Session, sizes_fit
from sessions_ui.verdicts.ending import Ending, is_erased, judge_ending


class Completeness(StrEnum):
    NOT_READ = "not read"
    NEVER_RAN = "never ran"
    STILL_WRITTEN = "still written"
    ERASED = "erased"  # at hoop, after it was recorded
    NOT_RECORDED = "not recorded"
    CUT_AT_CAP = "cut at cap"  # hoop's, 110 MiB
    TAIL_MAY_BE_LOST = "tail may be lost"
    SIZES_DIFFER = "sizes differ"
    CANNOT_BE_COMPARED = "cannot be compared"  # an older gateway
    ALL_STORED = "all stored"


@dataclass(frozen=True, slots=True)
class CompletenessVerdict:
    """``stored_bytes`` is hoop's ``event_size``, ``sent_bytes`` the JSON we counted."""

    completeness: Completeness
    events: int
    payload_bytes: int
    stored_bytes: int
    sent_bytes: int
    odd_events: int


def judge_completeness(session: Session, log: LogFacts | None) -> CompletenessVerdict:
    """``log`` None: not read yet, or could not be."""
    if log is None:
        return CompletenessVerdict(_without_log(session), 0, 0, session.event_size, 0, 0)
    return CompletenessVerdict(
        _with_log(session, log), log.events, log.payload_bytes, log.event_size, log.wire_bytes, log.odd_events
    )


def _without_log(session: Session) -> Completeness:
    never = (Ending.WAITING, Ending.READY, Ending.REJECTED, Ending.BLOCKED_BY_AI)
    return Completeness.NEVER_RAN if judge_ending(session, None).ending in never else Completeness.NOT_READ


def _with_log(session: Session, log: LogFacts) -> Completeness:
    ending = judge_ending(session, log).ending
    nothing = log.events == 0 or log.only_placeholder
    if nothing and ending in (
        Ending.WAITING,
        Ending.READY,
        Ending.REJECTED,
        Ending.BLOCKED_BY_AI,
        Ending.ABANDONED,
    ):
        return Completeness.NEVER_RAN
    if session.status != "done" or log.status != "done":
        return Completeness.STILL_WRITTEN
    if is_erased(session, log):
        return Completeness.ERASED
    if nothing:
        return (
            Completeness.NOT_RECORDED
            if log.only_placeholder or not log.stream_seen
            else _compared(session, log)
        )
    return _compared(session, log)


def _compared(session: Session, log: LogFacts) -> Completeness:
    if session.metrics and session.metrics.truncated:
        return Completeness.CUT_AT_CAP
    if log.event_size == 0 and log.events:
        return Completeness.TAIL_MAY_BE_LOST
    if session.metrics is None or session.metrics.truncated is None and session.metrics.bitmap_count is None:
        return Completeness.CANNOT_BE_COMPARED
    if session.start_date is None or log.end_date is None:
        return Completeness.CANNOT_BE_COMPARED
    if sizes_fit(log.event_size, log.wire_bytes, (log.end_date - session.start_date).total_seconds()):
        return Completeness.ALL_STORED
    return Completeness.TAIL_MAY_BE_LOST if log.event_size > log.wire_bytes else Completeness.SIZES_DIFFER
