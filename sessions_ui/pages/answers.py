"""The three questions at the top of a session, answered from the verdicts; and the one sentence.

Green only where it is known to be fine; what hoop is silent about is said to be unknown.
"""

from __future__ import annotations

from dataclasses import replace

from sessions_ui.pages.endings import ENDED_BY_ITSELF, changed_ending, ending_answer
from sessions_ui.pages.shapes import Answer, Tone
from sessions_ui.pages.words import MAX_NAME, duration, named, plural, shown, size
from sessions_ui.session import LogFacts, Reviewer, Session
from sessions_ui.verdicts.approval import Approval, ApprovalVerdict, judge_approval
from sessions_ui.verdicts.changes import as_read, is_changed, is_erased_since
from sessions_ui.verdicts.completeness import Completeness, CompletenessVerdict, judge_completeness
from sessions_ui.verdicts.ending import Ending, judge_ending

#: A reason is a sentence or two; hoop gives all of it through the API.
MAX_REASON = 1_000
NEVER_RAN: tuple[Tone, str, str] = ("none", "Nothing to record", "It never ran.")
ALL_STORED = "All that hoop stored"
NOT_SHOWN = "The recording is for its owner, auditors and admins; you see the details as a reviewer."


def answers_of(
    session: Session,
    log: LogFacts | None,
    *,
    may_see_stream: bool,
    log_trouble: str = "",
    other: LogFacts | None = None,
) -> tuple[Answer, ...]:
    """``log_trouble``: why the recording could not be read, where it could not. ``other``: of our copy
    and what hoop sends now, where they differ, the one that is not shown."""
    told = as_read(session, log)
    ending = judge_ending(told, log).ending
    completeness = completeness_answer(judge_completeness(told, log), may_see_stream, log_trouble)
    if ending in (Ending.WAITING, Ending.READY) and completeness.headline == NEVER_RAN[1]:
        completeness = replace(completeness, headline="Nothing to record yet", detail="It has not run.")
    if is_changed(session, log) or is_erased_since(log, other):
        completeness = _when_read(completeness, erased=is_erased_since(log, other))
    elif may_see_stream and is_erased_since(other, log):
        completeness = replace(completeness, detail=f"{completeness.detail} Our copy was read before that.")
    return (
        changed_ending(session, log) or ending_answer(told, log, other=other),
        approval_answer(told, judge_approval(told)),
        completeness,
    )


def _when_read(answer: Answer, *, erased: bool) -> Answer:
    """A good answer about our copy is none about what hoop holds now."""
    since = "hoop has erased it since." if erased else "The session was changed at hoop since."
    headline = f"{answer.headline}, when it was read" if answer.headline == ALL_STORED else answer.headline
    tone: Tone = "bad" if answer.tone == "bad" else "warn"
    return replace(answer, tone=tone, headline=headline, detail=f"{answer.detail} {since}")


def sentence_of(answers: tuple[Answer, ...], session: Session, log: LogFacts | None) -> str:
    """ "Failed with exit code 3 after 1.3 s. All that hoop stored: 6 events, 210 bytes." """
    ending, _, completeness = answers
    told = as_read(session, log)
    verdict = judge_ending(told, log)
    after = ""
    timed = verdict.seconds is not None and verdict.ending in ENDED_BY_ITSELF
    if timed and changed_ending(session, log) is None:
        after = f" after {duration(verdict.seconds or 0)}"
        after += ", waiting for approval included" if verdict.waited else ""
    tail = completeness.headline
    figures = judge_completeness(told, log)
    if figures.completeness == Completeness.ALL_STORED:
        tail += f": {_figures(figures)}"
    return f"{ending.headline}{after}. {tail}."


def approval_answer(session: Session, verdict: ApprovalVerdict) -> Answer:
    tone, headline, detail = _approval_words(session, verdict)
    return Answer("approval", "Was it approved?", tone, headline, detail)


def _approval_words(session: Session, verdict: ApprovalVerdict) -> tuple[Tone, str, str]:
    review = session.review
    who = named([_name(person) for person in verdict.approvers])
    needed = f"{verdict.approvals} of {plural(verdict.needed or 0, 'needed approval')}."
    match verdict.approval:
        case Approval.NONE_ON_RECORD:
            return (
                "none",
                "No approval on record",
                "hoop does not say whether none was needed, the person was exempt, or it was skipped.",
            )
        case Approval.WAITING:
            asked = (
                named([group.group for group in review.groups if group.status == "PENDING"]) if review else ""
            )
            number = needed if verdict.needed else "hoop does not say how many approvals are needed."
            return "busy", "Waiting for approval", f"{number} Asked: {asked}." if asked else number
        case Approval.NEVER_DECIDED:
            return "none", "Never decided", "The session was closed while its approval was still open."
        case Approval.APPROVED:
            return "good", f"Approved by {who}" if who else "Approved", needed
        case Approval.FORCED:
            by = named([_name(person) for person in verdict.forced_by])
            rest = needed if verdict.needed else "hoop does not say how many approvals were needed."
            return "warn", f"Forced by {by}", f"The usual approval was overridden: {rest}"
        case Approval.TOO_FEW:
            return (
                "warn",
                "Approved, with fewer approvals than needed",
                needed + (f" By {who}." if who else ""),
            )
        case Approval.NUMBER_UNKNOWN:
            return (
                "none",
                f"Approved by {who}" if who else "Approved",
                "hoop does not say how many approvals were needed.",
            )
        case Approval.REJECTED:
            by = named([_name(person) for person in _deciders(session, "REJECTED")])
            reason = (
                f"“{shown(review.rejection_reason, MAX_REASON)}”"
                if review and review.rejection_reason
                else "No reason was given."
            )
            return "bad", f"Rejected by {by}" if by else "Rejected", reason
        case Approval.REVOKED:
            by = named([_name(person) for person in _deciders(session, "REVOKED")])
            return (
                "warn",
                f"Approved, then revoked by {by}" if by else "Approved, then revoked",
                "Who approved cannot be known: the revocation took that place in hoop's record.",
            )
        case Approval.UNKNOWN:
            word = (
                f"hoop's word for it is “{shown(verdict.status, 40)}”."
                if verdict.status
                else "hoop gives no status."
            )
            return "none", "Cannot be known", word


def completeness_answer(verdict: CompletenessVerdict, may_see_stream: bool, trouble: str = "") -> Answer:
    question = "Is the recording whole?"
    if not may_see_stream:
        return Answer("completeness", question, "none", "Not shown to you", NOT_SHOWN)
    if verdict.completeness == Completeness.NOT_READ:
        if trouble:
            return Answer("completeness", question, "warn", "The recording could not be read", trouble)
        return Answer(
            "completeness", question, "busy", "Being read from hoop", "The answer comes with its last event."
        )
    tone, headline, detail = _COMPLETENESS[verdict.completeness]
    detail = detail.format(
        figures=_figures(verdict), stored=f"{verdict.stored_bytes:,}", sent=f"{verdict.sent_bytes:,}"
    )
    if verdict.odd_events:
        tone = "warn" if tone == "good" else tone
        detail += f" {plural(verdict.odd_events, 'event')} not in the form hoop writes."
    return Answer("completeness", question, tone, headline, detail)


_COMPLETENESS: dict[Completeness, tuple[Tone, str, str]] = {
    Completeness.NEVER_RAN: NEVER_RAN,
    Completeness.STILL_WRITTEN: (
        "busy",
        "Still being written",
        "{figures} so far. hoop writes an open session's recording every 50 s.",
    ),
    Completeness.ERASED: (
        "bad",
        "Erased at hoop after it was recorded",
        "hoop once stored {stored} bytes and now holds only the words “no log found on disk”. "
        "A session's owner or an admin can do that, and hoop keeps no trace of it.",
    ),
    Completeness.NOT_RECORDED: (
        "warn",
        "Not recorded",
        "hoop holds no recording of it, and names none.",
    ),
    Completeness.CUT_AT_CAP: (
        "warn",
        "Cut at hoop's limit",
        "hoop stops recording at 110 MiB; the session went on unrecorded. Kept: {figures}.",
    ),
    Completeness.TAIL_MAY_BE_LOST: (
        "warn",
        "Its end may be lost",
        "{figures}. hoop names {stored} bytes of JSON and sent {sent}: a restart of it can lose 50 s.",
    ),
    Completeness.SIZES_DIFFER: (
        "warn",
        "Doubtful: hoop's own size does not fit",
        "{figures}. hoop names {stored} bytes of JSON and sent {sent}.",
    ),
    Completeness.CANNOT_BE_COMPARED: (
        "none",
        "Cannot be compared",
        "{figures}. This gateway does not say whether it cut the recording.",
    ),
    Completeness.ALL_STORED: (
        "good",
        ALL_STORED,
        "{figures}; {sent} of hoop's {stored} bytes of JSON. Whether it stored everything, it does not say.",
    ),
}


def _figures(verdict: CompletenessVerdict) -> str:
    return f"{plural(verdict.events, 'event')}, {size(verdict.payload_bytes)}"


def _name(person: Reviewer) -> str:
    return shown(person.name or person.email or person.id or "somebody unnamed", MAX_NAME)


def _deciders(session: Session, status: str) -> list[Reviewer]:
    groups = session.review.groups if session.review else ()
    return [group.reviewed_by for group in groups if group.status == status and group.reviewed_by]
