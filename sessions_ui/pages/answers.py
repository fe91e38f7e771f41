"""The three questions at the top of a session, answered from the verdicts; and the one sentence.

Green only where it is known to be fine; what hoop is silent about is said to be unknown.
"""

from __future__ import annotations

from dataclasses import replace

from sessions_ui.pages.shapes import Answer, Tone
from sessions_ui.pages.words import MAX_NAME, duration, named, plural, shown, size
from sessions_ui.session import LogFacts, Reviewer, Session
from sessions_ui.verdicts.approval import Approval, ApprovalVerdict, judge_approval
from sessions_ui.verdicts.completeness import Completeness, CompletenessVerdict, judge_completeness
from sessions_ui.verdicts.ending import Ending, EndingVerdict, judge_ending

#: A reason is a sentence or two; hoop gives all of it through the API.
MAX_REASON = 1_000
NEVER_RAN: tuple[Tone, str, str] = ("none", "Nothing to record", "It never ran.")
NOT_SHOWN = "The recording is for its owner, auditors and admins; you see the details as a reviewer."


def answers_of(
    session: Session, log: LogFacts | None, *, may_see_stream: bool, log_trouble: str = ""
) -> tuple[Answer, ...]:
    """``log_trouble``: why the recording could not be read, where it could not."""
    ending = judge_ending(session, log)
    changed = changed_ending(session, log)
    completeness = completeness_answer(judge_completeness(session, log), may_see_stream, log_trouble)
    if ending.ending in (Ending.WAITING, Ending.READY) and completeness.headline == NEVER_RAN[1]:
        completeness = replace(completeness, headline="Nothing to record yet", detail="It has not run.")
    return (
        changed or ending_answer(ending),
        approval_answer(session, judge_approval(session)),
        completeness,
    )


def changed_ending(session: Session, log: LogFacts | None) -> Answer | None:
    """hoop said one exit code when the recording was read, and says another now: a kill of a finished
    session writes 254 over the true one, and hoop keeps no trace of it."""
    if log is None or log.status != "done" or session.status != "done" or log.exit_code == session.exit_code:
        return None
    return Answer(
        "ending",
        "How did it end?",
        "bad",
        f"Ended with {_code(log.exit_code)}, and was changed at hoop later",
        f"So hoop said when its recording was read; now it says {_code(session.exit_code)}. "
        "An owner or an admin who kills a finished session does that.",
    )


def _code(exit_code: int | None) -> str:
    return "no exit code" if exit_code is None else f"exit code {exit_code}"


def sentence_of(answers: tuple[Answer, ...], session: Session, log: LogFacts | None) -> str:
    """ "Failed with exit code 3 after 1.3 s. All that hoop stored: 6 events, 210 bytes." """
    ending, _, completeness = answers
    verdict = judge_ending(session, log)
    after = ""
    timed = verdict.seconds is not None and verdict.ending in _ENDED_BY_ITSELF
    if timed and changed_ending(session, log) is None:
        after = f" after {duration(verdict.seconds or 0)}"
        after += ", waiting for approval included" if verdict.waited else ""
    tail = completeness.headline
    figures = judge_completeness(session, log)
    if figures.completeness == Completeness.ALL_STORED:
        tail = f"All that hoop stored: {_figures(figures)}"
    return f"{ending.headline}{after}. {tail}."


_ENDED_BY_ITSELF = (Ending.SUCCEEDED, Ending.FAILED, Ending.ABNORMAL, Ending.KILLED, Ending.CLOSED)


def ending_answer(verdict: EndingVerdict) -> Answer:
    tone, headline, detail = _ENDINGS[verdict.ending]
    if verdict.ending == Ending.FAILED:
        headline = f"Failed with exit code {verdict.exit_code}"
    lasted = ""
    if verdict.seconds is not None and verdict.ending in _ENDED_BY_ITSELF:
        lasted = f"Open for {duration(verdict.seconds)}"
        lasted += ", waiting for approval included. " if verdict.waited else ". "
    return Answer("ending", "How did it end?", tone, headline, (lasted + detail).strip())


_ENDINGS: dict[Ending, tuple[Tone, str, str]] = {
    Ending.WAITING: ("busy", "Not started: waiting for approval", "Nothing has run yet."),
    Ending.READY: ("busy", "Approved and not yet run", "Nothing has run yet, as far as hoop has recorded."),
    Ending.RUNNING: (
        "busy",
        "Still open",
        "hoop has recorded no end. It may be running, or its start failed: hoop then leaves it open.",
    ),
    Ending.REJECTED: ("bad", "Rejected, it never ran", "The request was refused before anything ran."),
    Ending.ABANDONED: (
        "none",
        "Closed before anybody decided",
        "The request was given up or closed while its approval was still open.",
    ),
    Ending.BLOCKED_BY_AI: (
        "bad",
        "Blocked by the AI analysis",
        "hoop's analysis of the script stopped it before it ran.",
    ),
    Ending.BLOCKED_BY_GUARDRAIL: (
        "bad",
        "Blocked by a guardrail",
        "A guardrail's rule matched; hoop ended it with code 254.",
    ),
    Ending.KILLED: ("bad", "Killed by hand", "It was ended while it ran; hoop does not say by whom."),
    Ending.OVERWRITTEN: (
        "bad",
        "Not known any more",
        "The exit code 254 was written when the recording was erased at hoop; the real one is gone.",
    ),
    Ending.ABNORMAL: (
        "bad",
        "Ended abnormally",
        "Exit code 254 is hoop's own: an error, a block or a lost connection. hoop does not say which.",
    ),
    Ending.SUCCEEDED: ("good", "Finished with exit code 0", ""),
    Ending.FAILED: ("bad", "Failed", ""),
    Ending.CLOSED: (
        "none",
        "Closed without an exit code",
        "hoop recorded that it is done, and not how it ended.",
    ),
}


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
        "All that hoop stored",
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
