"""Was it approved? What hoop's record says, and no more: a wrong "fine" is the worst answer.

Traps: a forced approval leaves the asked groups PENDING; a revocation overwrites the approval's
person and date in its group; EXECUTED means that hoop closed the request, nothing about success.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sessions_ui.session import Review, Reviewer, ReviewGroup, Session

#: Its words for a review that was approved or, later, rejected or revoked.
DECIDED = ("APPROVED", "PROCESSING", "EXECUTED", "REJECTED", "REVOKED")
#: Between a request and the planned end of a provisioned access, which hoop sets with it.
_ASKING = timedelta(seconds=1)


class Approval(StrEnum):
    NONE_ON_RECORD = "none on record"
    WAITING = "waiting"
    NEVER_DECIDED = "never decided"
    APPROVED = "approved"
    FORCED = "forced"
    PERHAPS_FORCED = "perhaps forced"
    TOO_FEW = "too few"
    NUMBER_UNKNOWN = "number unknown"
    REJECTED = "rejected"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ApprovalVerdict:
    """``approvals`` counts the groups that approved without force, which is what hoop counts;
    ``approvers`` are the different people who did; ``forced_by`` those who forced it. ``needed`` None:
    hoop is silent. ``approved_at`` is the latest approval's instant, also where a later decision hid
    its person."""

    approval: Approval
    approvals: int
    approvers: tuple[Reviewer, ...]
    forced_by: tuple[Reviewer, ...]
    needed: int | None
    approved_at: datetime | None
    status: str


class Outcome(StrEnum):
    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    DOES_NOT_APPLY = "does not apply"
    CANNOT_BE_KNOWN = "cannot be known"


class Basis(StrEnum):
    CLOCK = "clock"
    STATUS = "hoop's status"
    RECORD = "hoop's record"  # what was sent, and what hoop counted


@dataclass(frozen=True, slots=True)
class ApprovalFact:
    """One question about an approval, answered. ``reason`` names why, for the words of a page; ``values``
    are what it rests on (counts, seconds, moments, Reviewers, texts of hoop's)."""

    key: str
    outcome: Outcome
    reason: str
    basis: Basis = Basis.STATUS
    values: Mapping[str, Any] = field(default_factory=dict)


def judge_approval(session: Session) -> ApprovalVerdict:
    review = session.review
    if review is None:
        return ApprovalVerdict(Approval.NONE_ON_RECORD, 0, (), (), None, None, "")
    approved, forced = approving_groups(review)
    return ApprovalVerdict(
        _approval(session, review, len(approved), bool(forced)),
        len(approved),
        different_people(approved),
        different_people(forced),
        review.min_approvals,
        approval_moment(review),
        review.status,
    )


def approval_moment(review: Review) -> datetime | None:
    """``revoke_at − access_duration``: within a millisecond the latest approval, one-time reviews
    included; None when nobody approved, or where that cannot be known.

    hoop sets ``revoke_at`` of a provisioned access when it is asked for. So a rejected one need never have
    been approved, an approval's own later date counts, and what lies before the request is none."""
    if review.expires_at is None or review.status == "PENDING":
        return None
    if review.status == "REJECTED" and review.type != "onetime":
        return None
    approving = [group.reviewed_at for group in review.groups if group.status == "APPROVED"]
    dates = [date for date in approving if date]
    all_dated = bool(dates) and len(dates) == len(approving)
    if not all_dated and not _tells_an_approval(review):
        return None
    if review.type != "onetime" and review.access_duration <= timedelta():
        # No length to count back from.
        return max(dates) if all_dated else None
    try:
        moment = review.expires_at - review.access_duration
    except OverflowError:
        return None
    asked = review.created_at
    if not all_dated and asked is not None and moment < asked + _ASKING:
        return None
    return max([moment, *dates])


def is_worked_out(review: Review) -> bool:
    """Whether the moment of approval is the end of the access less its length, and no group's own date."""
    dated = any(group.status == "APPROVED" and group.reviewed_at for group in review.groups)
    return not dated and review.access_duration > timedelta() and approval_moment(review) is not None


def _tells_an_approval(review: Review) -> bool:
    """Whether hoop's word for the review means that somebody approved it: of newer ones nobody knows."""
    return review.status in DECIDED or (review.status == "UNKNOWN" and review.type == "onetime")


def _approval(session: Session, review: Review, approvals: int, forced: bool) -> Approval:
    if review.status == "PENDING":
        return Approval.NEVER_DECIDED if session.status == "done" else Approval.WAITING
    if review.status in ("REJECTED", "REVOKED"):
        return Approval(review.status.lower())
    if review.status not in ("APPROVED", "PROCESSING", "EXECUTED"):
        return Approval.UNKNOWN
    needed = review.min_approvals or 0
    if approvals >= needed > 0:
        return Approval.PERHAPS_FORCED if perhaps_forced(review) else Approval.APPROVED
    if forced:
        return Approval.FORCED
    if needed <= 0:
        return Approval.NUMBER_UNKNOWN if approvals else Approval.UNKNOWN
    return Approval.TOO_FEW


def approving_groups(review: Review) -> tuple[list[ReviewGroup], list[ReviewGroup]]:
    """The groups that approved: without force, which is what hoop counts, and by force."""
    approved = [group for group in review.groups if group.status == "APPROVED"]
    return [group for group in approved if not group.forced], [group for group in approved if group.forced]


def perhaps_forced(review: Review) -> bool:
    """Whether the number is reached only with a group that may force, while an asked one has not decided:
    a later change at hoop removes the mark of a forced approval."""
    waiting = any(group.status == "PENDING" for group in review.groups)
    approved = approving_groups(review)[0]
    certain = [group for group in approved if group.group not in review.force_groups]
    return waiting and len(certain) < (review.min_approvals or 0) <= len(approved)


def hides_an_approval(review: Review) -> bool:
    """A later decision stands where an approval stood, or may have: who gave it cannot be known."""
    return review.status == "REVOKED" or (review.status == "REJECTED" and review.expires_at is not None)


def different_people(groups: Iterable[ReviewGroup]) -> tuple[Reviewer, ...]:
    """By id, else by e-mail: one person in two groups approves both at once. Nobody unnamed."""
    found: list[Reviewer] = []
    for group in groups:
        person = group.reviewed_by
        if person is None or not is_named(person):
            continue
        if not any(is_same_person(person, other) for other in found):
            found.append(person)
    return tuple(found)


def is_named(person: Reviewer) -> bool:
    return bool(person.id.strip() or person.email.strip())


def is_same_person(one: Reviewer, other: Reviewer) -> bool:
    if one.id.strip() and other.id.strip():
        return one.id == other.id
    return bool(one.email.strip()) and one.email.casefold() == other.email.casefold()


def access_ends(review: Review) -> datetime | None:
    """When a just-in-time access was to end; None for one-time approvals and where not known."""
    return review.expires_at if review.type == "jit" and review.access_duration > timedelta() else None
