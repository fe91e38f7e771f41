"""The three questions at the top of a session, answered from the verdicts; and the one sentence.

Green only where it is known to be fine; what hoop is silent about is said to be unknown.
"""

from __future__ import annotations

from dataclasses import replace

from sessions_ui.pages.approval_words import LABELS as FACT_LABELS
from sessions_ui.pages.approval_words import NOT_SHOWN, SERIOUS, WHY_NONE, failing, name_of, needed_words
from sessions_ui.pages.endings import ENDED_BY_ITSELF, changed_ending, ending_answer, silence_of
from sessions_ui.pages.shapes import Answer, Tone
from sessions_ui.pages.wholeness import ALL_STORED, completeness_answer, figures
from sessions_ui.pages.words import duration, listed, named, plural, shown
from sessions_ui.session import LogFacts, Reviewer, Session
from sessions_ui.verdicts.approval import (
    Approval,
    ApprovalFact,
    ApprovalVerdict,
    Basis,
    Outcome,
    judge_approval,
)
from sessions_ui.verdicts.changes import as_read, is_changed, is_erased_since
from sessions_ui.verdicts.completeness import Completeness, judge_completeness
from sessions_ui.verdicts.ending import judge_ending

#: A reason is a sentence or two; hoop gives all of it through the API.
MAX_REASON = 1_000
_ORDER = "approved before it ran"
#: What "approved" is taken to mean: by others, each another one, and before.
RESTS_ON = ("different people", "not the own request", _ORDER)


def answers_of(
    session: Session,
    log: LogFacts | None,
    *,
    may_see_stream: bool,
    log_trouble: str = "",
    other: LogFacts | None = None,
    facts: tuple[ApprovalFact, ...] = (),
    refused: bool = False,
    changed: bool = False,
    odd_numbers: tuple[int, ...] = (),
) -> tuple[Answer, ...]:
    """``log_trouble``: why the recording could not be read, where it could not. ``other``: of our copy
    and what hoop sends now, where they differ, the one that is not shown. ``facts`` are the approval's;
    ``refused`` and ``changed`` as in ``judge_completeness``, changed beyond what the two logs tell;
    ``odd_numbers`` as in ``completeness_answer``."""
    told = as_read(session, log)
    erased = is_erased_since(log, other)
    changed = changed or is_changed(session, log) or erased
    verdict = judge_completeness(told, log, refused=refused, changed=changed)
    completeness = completeness_answer(told, verdict, may_see_stream, log_trouble, odd_numbers)
    silence = silence_of(told, log) if verdict.completeness == Completeness.STILL_WRITTEN else 0.0
    if silence:
        nothing_came = f"{completeness.detail} Nothing came for {duration(silence)}."
        completeness = replace(completeness, headline="Still open at hoop", detail=nothing_came)
    if erased and verdict.completeness == Completeness.CHANGED:
        whole = judge_completeness(told, log).completeness == Completeness.ALL_STORED
        completeness = replace(completeness, headline=ERASED_SINCE + ("; our copy is whole" if whole else ""))
    elif erased:
        completeness = replace(completeness, detail=f"{completeness.detail} hoop has erased it since.")
    elif verdict.completeness == Completeness.CHANGED:
        when = "since our copy was read" if is_changed(session, log) else "before our copy was read"
        completeness = replace(completeness, detail=f"{completeness.detail} hoop changed it {when}.")
    elif may_see_stream and is_erased_since(other, log):
        completeness = replace(completeness, detail=f"{completeness.detail} Our copy was read before that.")
    return (
        changed_ending(session, log, other=other) or ending_answer(told, log, other=other),
        approval_answer(told, judge_approval(told), facts),
        completeness,
    )


ERASED_SINCE = "Erased at hoop"
#: Headlines that need their question, as sentences of their own.
_TAILS = {
    "Cannot be compared": "Its recording cannot be compared with hoop's figures",
    "May be cut": "Its recording may be cut",
    "Not shown to you": "Its recording is not shown to you",
    "Still open at hoop": "hoop has recorded no end",
    "Refused to this credential": "Its recording is refused to hoopviewer's key",
}


def sentence_of(answers: tuple[Answer, ...], session: Session, log: LogFacts | None) -> str:
    """ "Failed with exit code 3 after 1.3 s. All that hoop stored: 6 events, 210 bytes." """
    ending, approval, completeness = answers
    told = as_read(session, log)
    verdict = judge_ending(told, log)
    after = ""
    timed = verdict.seconds is not None and verdict.ending in ENDED_BY_ITSELF
    if timed and not verdict.waited and changed_ending(session, log) is None:
        after = f" after {duration(verdict.seconds or 0)}"
    tail = _TAILS.get(completeness.headline, completeness.headline)
    whole = judge_completeness(told, log)
    if completeness.headline == ALL_STORED:
        tail += f": {figures(whole)}"
    unlike = changed_ending(session, log) is not None and not tail.startswith(ERASED_SINCE)
    if whole.completeness == Completeness.ALL_STORED and unlike:
        tail = "Our copy of the recording was read before that"
    if tail.startswith(ERASED_SINCE) and "erased" in ending.headline:
        tail = "Our copy is whole" if whole.completeness == Completeness.ALL_STORED else "Our copy is kept"
    if whole.completeness == Completeness.CANNOT_BE_COMPARED and not whole.stream_seen:
        tail = "hoop holds no recording of it, and no figures to compare"
    if whole.completeness == Completeness.NEVER_RAN and session.status != "done":
        # How it stands says as much.
        return f"{ending.headline}."
    approved = _approval_part(session, ending, approval)
    return f"{ending.headline}{after}. {approved}{tail}.{_masking_words(session)}"


def _approval_part(session: Session, ending: Answer, approval: Answer) -> str:
    """Of a session with a review; how it ended may say as much."""
    undecided = judge_approval(session).approval == Approval.NEVER_DECIDED
    if session.review is None or undecided or approval.headline.startswith(ending.headline):
        return ""
    return f"{approval.headline}. "


def _masking_words(session: Session) -> str:
    """No answer is about it, and it must not be missed for that."""
    masking = session.metrics.masking if session.metrics else None
    return f" {plural(masking.errors, 'masking error')}." if masking and masking.errors else ""


def approval_answer(
    session: Session, verdict: ApprovalVerdict, facts: tuple[ApprovalFact, ...] = ()
) -> Answer:
    """Never green while a fact of the approval does not hold, or one that it rests on cannot be known or is
    kept from this person."""
    tone, headline, detail = _approval_words(session, verdict)
    detail = f"{detail} {_order_words(facts)}".strip()
    serious = tuple(fact for fact in failing(facts) if fact.key in SERIOUS)
    failed = failing(facts) if tone == "good" else serious
    if failed:
        tone = "bad" if serious else "warn"
        names = [FACT_LABELS[fact.key].lower() for fact in failed]
        detail = f"{detail} Does not hold: {listed(names)}."
    unknown = [fact for fact in facts if fact.key in RESTS_ON and fact.outcome == Outcome.CANNOT_BE_KNOWN]
    if unknown and tone == "good":
        tone = "none"
        # Of the order its own sentence has said so.
        names = [FACT_LABELS[fact.key].lower() for fact in unknown if fact.key != _ORDER]
        detail = f"{detail} Cannot be known: {listed(names)}." if names else detail
    if any(fact.reason == NOT_SHOWN for fact in facts):
        tone = "none" if tone == "good" else tone
        detail = f"{detail} What of it rests on the recording is not shown to you."
    return Answer("approval", "Was it approved?", tone, headline, detail)


def _approval_words(session: Session, verdict: ApprovalVerdict) -> tuple[Tone, str, str]:
    who = named([name_of(person) for person in verdict.approvers])
    approved = f"Approved by {who}" if who else "Approved"
    needed = f"{needed_words(verdict.needed or 0)}, {verdict.approvals:,} given."
    unknown = "hoop does not say how many approvals were needed."
    match verdict.approval:
        case Approval.NONE_ON_RECORD:
            return "none", "No approval on record", WHY_NONE
        case Approval.WAITING:
            groups = session.review.groups if session.review else ()
            asked = named([group.group for group in groups if group.status == "PENDING"])
            number = needed if verdict.needed else "hoop does not say how many approvals are needed."
            return "busy", "Waiting for approval", f"{number} Asked: {asked}." if asked else number
        case Approval.NEVER_DECIDED:
            return "none", "Never decided", needed if verdict.needed else unknown
        case Approval.APPROVED:
            return "good", approved, needed
        case Approval.FORCED:
            by = named([name_of(person) for person in verdict.forced_by]) or "somebody unnamed"
            overridden = f"The usual approval was overridden: {needed if verdict.needed else unknown}"
            return "warn", f"Forced by {by}", overridden
        case Approval.PERHAPS_FORCED:
            unsure = "One may have been forced: a later change at hoop removes the mark."
            return "none", approved, f"{needed} {unsure}"
        case Approval.TOO_FEW:
            by = f" By {who}." if who else ""
            return "warn", "Approved, with fewer approvals than needed", needed + by
        case Approval.NUMBER_UNKNOWN:
            return "none", approved, unknown
        case _:
            return _stopped_words(session, verdict)


def _stopped_words(session: Session, verdict: ApprovalVerdict) -> tuple[Tone, str, str]:
    """Of a review that was rejected or revoked, or is in a state we do not know."""
    if verdict.approval == Approval.REJECTED:
        by = named([name_of(person) for person in _deciders(session, "REJECTED")])
        reason = session.review.rejection_reason if session.review else ""
        quoted = f"“{shown(reason, MAX_REASON)}”" if reason else "No reason was given."
        return "bad", f"Rejected by {by}" if by else "Rejected", quoted
    if verdict.approval == Approval.REVOKED:
        by = named([name_of(person) for person in _deciders(session, "REVOKED")])
        hidden = "Who approved cannot be known: the revocation took that place in hoop's record."
        return "warn", f"Revoked by {by}, after an approval" if by else "Approved, then revoked", hidden
    word = f"hoop's word for it is “{shown(verdict.status, 40)}”." if verdict.status else ""
    return "none", "Cannot be known", word or "hoop gives no status."


def _order_words(facts: tuple[ApprovalFact, ...]) -> str:
    """Whether the approval came before the run, and the run before its end: what does not hold is said
    elsewhere."""
    outcomes = {fact.key: fact for fact in facts}
    before, after = (outcomes.get(key) for key in (_ORDER, "not after rejection or revocation"))
    if before is None or before.outcome not in (Outcome.HOLDS, Outcome.CANNOT_BE_KNOWN):
        return ""
    if before.reason in (NOT_SHOWN, "not read"):
        return ""
    if before.outcome == Outcome.CANNOT_BE_KNOWN:
        return "Whether that came before it ran cannot be known."
    told = "By hoop's status, the approval" if before.basis == Basis.STATUS else "The approval"
    if "worked_out_from" in before.values:
        told = "By a moment worked out from the end of its access, the approval"
    revoked = after is not None and after.reason == "ended before it"
    return f"{told} came before it ran{', and its revocation after it had ended' if revoked else ''}."


def _deciders(session: Session, status: str) -> list[Reviewer]:
    groups = session.review.groups if session.review else ()
    return [group.reviewed_by for group in groups if group.status == status and group.reviewed_by]
