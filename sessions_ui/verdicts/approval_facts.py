"""What an auditor asks of an approval, a function a fact: it holds, it does not, it does not apply,
or hoop's record cannot tell. Each names what it rests on; where hoop is silent none holds.

Traps: a forced approval leaves the asked groups PENDING, a forced row may be a rejection, and a later
update resets the flag; a revocation or rejection overwrites the approval's person and date in its
group; an admin can approve an own request. Facts about time are in ``approval_times``.
"""

from __future__ import annotations

from typing import Any

from sessions_ui.session import LogFacts, Review, Reviewer, Session
from sessions_ui.verdicts.approval import (
    ApprovalFact,
    Basis,
    Outcome,
    approving_groups,
    different_people,
    hides_an_approval,
    is_named,
    perhaps_forced,
)
from sessions_ui.verdicts.approval_times import (
    approved_before_it_ran,
    not_after_it_was_stopped,
    within_access,
    within_window,
)
from sessions_ui.verdicts.run import Run, judge_run

HOLDS, FAILS = Outcome.HOLDS, Outcome.DOES_NOT_HOLD
APPLIES_NOT, UNKNOWN = Outcome.DOES_NOT_APPLY, Outcome.CANNOT_BE_KNOWN
_KNOWN_STATES = ("PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED")
#: Failing ones first, then what cannot be known, what holds, and what does not apply.
_ORDER = (FAILS, UNKNOWN, HOLDS, APPLIES_NOT)


def judge_facts(
    session: Session, log: LogFacts | None, *, typed_is_script: bool | None = None, shown: bool = True
) -> tuple[ApprovalFact, ...]:
    """Every fact about the session's own review; none without one. ``typed_is_script``: whether what was
    sent is the script byte for byte, None where that was not compared. ``shown`` False: this person
    may not see the recording, so nothing is said that rests on it (``log`` is None)."""
    review = session.review
    if review is None:
        return ()
    run = judge_run(session, log)
    silence = "not shown" if not shown else "not read" if log is None else "run unknown"
    facts = (
        *judge_decisions(session),
        approved_before_it_ran(review, run, silence),
        within_access(review, run, silence),
        within_window(review, run, silence),
        not_after_it_was_stopped(review, run, silence),
        ran_what_was_approved(session, run, typed_is_script, silence),
        no_masking_errors(session, run),
    )
    return tuple(sorted(facts, key=lambda fact: _ORDER.index(fact.outcome)))


def judge_decisions(session: Session) -> tuple[ApprovalFact, ...]:
    """The facts that rest on who decided, and not on when it ran; none without a review."""
    review = session.review
    if review is None:
        return ()
    return (
        needed_approvals_reached(review),
        by_different_people(review),
        not_by_the_person_who_asked(session, review),
        not_forced(review),
    )


def needed_approvals_reached(review: Review) -> ApprovalFact:
    """Forced approvals do not count. Without a rule the number lives on the connection."""
    key, needed = "needed approvals reached", review.min_approvals
    approved, forced = approving_groups(review)
    approvals = len(approved)
    values: dict[str, Any] = {"approvals": approvals, "needed": needed}
    if needed is None or needed <= 0:
        return ApprovalFact(key, UNKNOWN, "number unknown", values=values)
    if review.status not in _KNOWN_STATES:
        return ApprovalFact(key, UNKNOWN, "status unknown", values={**values, "status": review.status})
    if perhaps_forced(review):
        return ApprovalFact(key, UNKNOWN, "perhaps forced", values=values)
    if approvals >= needed:
        return ApprovalFact(key, HOLDS, "reached", values=values)
    if hides_an_approval(review):
        return ApprovalFact(key, UNKNOWN, "hidden", values=values)
    return ApprovalFact(key, FAILS, "too few, and forced" if forced else "too few", values=values)


def by_different_people(review: Review) -> ApprovalFact:
    key, needed = "different people", review.min_approvals or 0
    groups = approving_groups(review)[0]
    people = different_people(groups)
    values = {"people": people, "approvals": len(groups), "needed": needed}
    if needed == 1:
        return ApprovalFact(key, APPLIES_NOT, "one needed", values=values)
    if needed > 1 and len(people) >= needed:
        return ApprovalFact(key, HOLDS, "different", values=values)
    if hides_an_approval(review):
        return ApprovalFact(key, UNKNOWN, "hidden", values=values)
    if not groups:
        nobody = "only forced" if approving_groups(review)[1] else "nobody approved"
        return ApprovalFact(key, APPLIES_NOT, nobody, values=values)
    if any(group.reviewed_by is None or not is_named(group.reviewed_by) for group in groups):
        return ApprovalFact(key, UNKNOWN, "unnamed", values=values)
    if len(people) < len(groups):
        return ApprovalFact(key, FAILS, "same person", values=values)
    return ApprovalFact(
        key, UNKNOWN if needed == 0 else FAILS, "number unknown" if needed == 0 else "too few", values=values
    )


def not_by_the_person_who_asked(session: Session, review: Review) -> ApprovalFact:
    """Ids compared, force included: an admin can approve an own request."""
    key = "not the own request"
    groups = [group for groups in approving_groups(review) for group in groups]
    values = {"people": different_people(groups)}
    approvers = [group.reviewed_by for group in groups]
    own = session.user_id
    if own.strip() and any(person is not None and person.id == own for person in approvers):
        return ApprovalFact(key, FAILS, "own", values=values)
    if hides_an_approval(review):
        return ApprovalFact(key, UNKNOWN, "hidden", values=values)
    if not groups:
        return ApprovalFact(key, APPLIES_NOT, "nobody approved", values=values)
    if not own.strip() or any(person is None or not person.id.strip() for person in approvers):
        return ApprovalFact(key, UNKNOWN, "no id", values=values)
    if any(person is not None and _shares_a_name(session, person) for person in approvers):
        return ApprovalFact(key, UNKNOWN, "same e-mail", values=values)
    by_force = not approving_groups(review)[0]
    return ApprovalFact(key, HOLDS, "others, by force" if by_force else "others", values=values)


def not_forced(review: Review) -> ApprovalFact:
    """Holds only where the approvals without force reach the number alone. To be read from the session's
    own answer: the review list always says false."""
    key, needed = "not forced", review.min_approvals or 0
    approved, forced = approving_groups(review)
    values = {"approvals": len(approved), "needed": needed, "people": different_people(forced)}
    if perhaps_forced(review):
        return ApprovalFact(key, UNKNOWN, "perhaps forced", values=values)
    if needed > 0 and len(approved) >= needed:
        return ApprovalFact(key, HOLDS, "forced beside" if forced else "without force", values=values)
    if forced:
        return ApprovalFact(key, FAILS, "forced" if needed > 0 else "forced, number unknown", values=values)
    if hides_an_approval(review):
        return ApprovalFact(key, UNKNOWN, "hidden", values=values)
    if review.status in ("PENDING", "REJECTED"):
        return ApprovalFact(key, APPLIES_NOT, "nobody approved", values=values)
    return ApprovalFact(key, UNKNOWN, "flag reset" if needed > 0 else "number unknown", values=values)


def ran_what_was_approved(
    session: Session, run: Run, typed_is_script: bool | None, silence: str
) -> ApprovalFact:
    """A script byte for byte; its environment and arguments hoop does not record."""
    key = "what ran is what was approved"
    if session.verb != "exec":
        return ApprovalFact(key, APPLIES_NOT, "no script")
    if run.ran is False:
        return ApprovalFact(key, APPLIES_NOT, "never ran")
    if run.ran is None:
        return ApprovalFact(key, UNKNOWN, silence)
    if typed_is_script is None:
        return ApprovalFact(key, UNKNOWN, "not compared")
    outcome, reason = (HOLDS, "same script") if typed_is_script else (FAILS, "another script")
    return ApprovalFact(key, outcome, reason, Basis.RECORD)


def no_masking_errors(session: Session, run: Run) -> ApprovalFact:
    key = "no masking errors"
    masking = session.metrics.masking if session.metrics else None
    if masking is not None and masking.errors:
        return ApprovalFact(key, FAILS, "errors", Basis.RECORD, {"errors": masking.errors})
    if run.ran is False:
        return ApprovalFact(key, APPLIES_NOT, "never ran")
    if masking is None or masking.errors is None:
        return ApprovalFact(key, UNKNOWN, "not counted")
    return ApprovalFact(key, HOLDS, "no errors", Basis.RECORD, {"errors": 0})


def _shares_a_name(session: Session, person: Reviewer) -> bool:
    """Another id, but one that differs in letter case alone, or the same e-mail: perhaps the same person."""
    if person.id.strip().casefold() == session.user_id.strip().casefold():
        return True
    email = session.user.strip().casefold()
    return bool(email) and person.email.strip().casefold() == email
