"""Is the recording whole? The first of these that applies, with the figures it rests on.

``event_size`` is the length of the JSON that hoop stored: what was sent is all of it when that is
longer by at most a byte for each flush (every 50 s) of the open session. A match proves that we hold
what hoop stored, not that hoop stored everything. Silence before the end is a figure, never a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sessions_ui.session import LogFacts, Session, sizes_fit
from sessions_ui.verdicts.ending import is_erased
from sessions_ui.verdicts.run import judge_run


class Completeness(StrEnum):
    """In the order in which they apply; NOT_READ is of a recording that we do not have."""

    NEVER_RAN = "never ran"
    STILL_WRITTEN = "still being written"
    REFUSED = "refused to this credential"
    NOT_READ = "not read"
    ERASED = "erased at hoop after it was recorded"
    NOT_RECORDED = "not recorded"
    CUT_AT_CAP = "cut at hoop's cap"  # 110 MiB
    TAIL_MAY_BE_LOST = "tail may be lost"
    CHANGED = "changed at hoop after we first saw it"
    MAY_BE_CUT = "may be cut"  # payloads of TCP and RDP, at 5,000 bytes
    CANNOT_BE_COMPARED = "cannot be compared"  # older gateways say too little
    ALL_STORED = "all that hoop stored"


@dataclass(frozen=True, slots=True)
class CompletenessVerdict:
    """``stored_bytes`` is hoop's ``event_size``, ``sent_bytes`` the JSON we counted; ``full_payloads``
    are those that may be cut; ``stream_seen``: hoop sent a stream, if an empty one; ``fits``: what was
    sent is what hoop says it stored."""

    completeness: Completeness
    events: int
    payload_bytes: int
    stored_bytes: int
    sent_bytes: int
    odd_events: int
    full_payloads: int = 0
    stream_seen: bool = True
    input_hidden: bool = False
    output_events: int = 0
    only_placeholder: bool = False
    fits: bool = True


def judge_completeness(
    session: Session, log: LogFacts | None, *, refused: bool = False, changed: bool = False
) -> CompletenessVerdict:
    """``log`` None: not read yet, or could not be. ``refused``: hoop keeps the stream from our credential,
    which is neither an admin's nor an auditor's. ``changed``: hoop says something else of the finished
    session, or sends something else, than when we first saw it."""
    if log is None:
        never = judge_run(session, None).ran is False
        unread = Completeness.REFUSED if refused else Completeness.NOT_READ
        completeness = Completeness.NEVER_RAN if never else unread
        return CompletenessVerdict(completeness, 0, 0, session.event_size, 0, 0)
    return CompletenessVerdict(
        _completeness(session, log, changed=changed),
        log.events,
        log.payload_bytes,
        log.event_size,
        log.wire_bytes,
        log.odd_events,
        log.full_payloads or 0,
        log.stream_seen,
        log.input_hidden and log.typed_events > 0,
        log.output_events,
        log.only_placeholder,
        _fits(session, log),
    )


def _completeness(session: Session, log: LogFacts, *, changed: bool) -> Completeness:
    if judge_run(session, log).ran is False:
        return Completeness.NEVER_RAN
    if session.status != "done" or log.status != "done":
        return Completeness.STILL_WRITTEN
    if is_erased(session, log):
        return Completeness.ERASED
    if not log.stream_seen and session.metrics is None:
        # No stream and no figures: hoop is silent.
        return Completeness.CANNOT_BE_COMPARED
    if log.only_placeholder or not log.stream_seen:
        return Completeness.NOT_RECORDED
    return _compared(session, log, changed=changed)


def _compared(session: Session, log: LogFacts, *, changed: bool) -> Completeness:
    metrics = session.metrics
    if metrics and metrics.truncated:
        return Completeness.CUT_AT_CAP
    if log.event_size == 0 or not _fits(session, log):
        return Completeness.TAIL_MAY_BE_LOST
    if changed:
        return Completeness.CHANGED
    if may_cut_payloads(session) and log.full_payloads != 0:
        return Completeness.MAY_BE_CUT
    if metrics is None or metrics.truncated is None or session.start_date is None or log.end_date is None:
        return Completeness.CANNOT_BE_COMPARED
    return Completeness.ALL_STORED


def _fits(session: Session, log: LogFacts) -> bool:
    """A session without its times is held to the exact figure."""
    seconds = 0.0
    if session.start_date is not None and log.end_date is not None:
        seconds = max(0.0, (log.end_date - session.start_date).total_seconds())
    return sizes_fit(log.event_size, log.wire_bytes, seconds)


def may_cut_payloads(session: Session) -> bool:
    """hoop stores at most 5,000 bytes of each payload of a TCP connection, RDP within one included."""
    return session.type == "tcp" or session.subtype in ("tcp", "rdp")
