from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_ui.session import Review, Reviewer, Session
from sessions_ui.verdicts.approval import Approval, access_ends, approval_moment, judge_approval
from tests.recorded_facts import session_of
from tests.recordings import CASES


def with_review(case: str, **changes: Any) -> Session:
    session = session_of(case)
    assert session.review
    return replace(session, review=replace(session.review, **changes))


def review_of(case: str) -> Review:
    review = session_of(case).review
    assert review
    return review


@pytest.mark.parametrize(
    ("case", "approval", "approvals", "people", "needed"),
    [
        ("bash-ok", Approval.NONE_ON_RECORD, 0, [], None),
        ("payroll-pending", Approval.WAITING, 0, [], 2),
        ("jit-abandoned", Approval.NEVER_DECIDED, 0, [], 1),
        ("payroll-approved", Approval.APPROVED, 2, ["raj@example.com", "rita@example.com"], 2),
        ("payroll-ran", Approval.APPROVED, 2, ["raj@example.com", "rita@example.com"], 2),
        ("jit-window", Approval.APPROVED, 1, ["rita@example.com"], 1),
        ("payroll-forced", Approval.FORCED, 0, [], 2),
        ("payroll-rejected", Approval.REJECTED, 0, [], 2),
        ("jit-rejected", Approval.REJECTED, 0, [], 1),
        ("jit-approved", Approval.REVOKED, 0, [], 1),
        # hoop refused to revoke it: the recording's name is what was tried.
        ("payroll-revoked", Approval.APPROVED, 2, ["raj@example.com", "rita@example.com"], 2),
    ],
)
def test_it_judges_recorded_reviews(
    case: str, approval: Approval, approvals: int, people: list[str], needed: int | None
) -> None:
    verdict = judge_approval(session_of(case))

    assert (verdict.approval, verdict.approvals, verdict.needed) == (approval, approvals, needed)
    assert sorted(person.email for person in verdict.approvers) == people


def test_it_names_who_forced_an_approval() -> None:
    verdict = judge_approval(session_of("payroll-forced"))

    assert [person.email for person in verdict.forced_by] == ["admin@example.com"]
    assert verdict.approvers == ()


@pytest.mark.parametrize(
    ("case", "changes", "approval"),
    [
        ("payroll-ran", {"min_approvals": 3}, Approval.TOO_FEW),
        ("payroll-ran", {"min_approvals": None}, Approval.NUMBER_UNKNOWN),
        ("payroll-ran", {"min_approvals": 0}, Approval.NUMBER_UNKNOWN),
        ("payroll-ran", {"groups": (), "min_approvals": None}, Approval.UNKNOWN),
        ("payroll-ran", {"groups": ()}, Approval.TOO_FEW),
        ("payroll-ran", {"status": "PROCESSING"}, Approval.APPROVED),
        ("payroll-ran", {"status": "UNKNOWN"}, Approval.UNKNOWN),
        ("payroll-ran", {"status": "SNOOZED"}, Approval.UNKNOWN),
        ("payroll-ran", {"status": ""}, Approval.UNKNOWN),
        ("payroll-ran", {"status": "REVOKED"}, Approval.REVOKED),
        ("payroll-forced", {"min_approvals": None}, Approval.FORCED),
    ],
)
def test_it_never_says_approved_without_the_number(
    case: str, changes: dict[str, Any], approval: Approval
) -> None:
    assert judge_approval(with_review(case, **changes)).approval is approval


def test_it_counts_groups_and_names_different_people() -> None:
    groups = review_of("payroll-ran").groups
    rita = Reviewer("", "Rita", "rita@example.com")
    twice = tuple(replace(group, reviewed_by=rita) for group in groups)
    nobody = tuple(replace(group, reviewed_by=None) for group in groups)

    assert judge_approval(with_review("payroll-ran", groups=twice)).approvers == (rita,)
    assert judge_approval(with_review("payroll-ran", groups=twice)).approvals == 2
    assert judge_approval(with_review("payroll-ran", groups=nobody)).approvers == ()


def test_it_does_not_call_approved_what_may_have_been_forced() -> None:
    """A later change at hoop removes the mark from the group that it added."""
    review = review_of("payroll-forced")
    groups = tuple(replace(group, forced=False) for group in review.groups)
    verdict = judge_approval(with_review("payroll-forced", groups=groups, min_approvals=1))
    assert verdict.approval is Approval.PERHAPS_FORCED
    others = judge_approval(with_review("payroll-forced", groups=groups, min_approvals=1, force_groups=()))
    assert others.approval is Approval.APPROVED


def test_it_is_approved_when_the_number_was_reached_beside_a_forced_one() -> None:
    ran, forced = review_of("payroll-ran"), review_of("payroll-forced")
    by_force = tuple(group for group in forced.groups if group.forced)

    verdict = judge_approval(with_review("payroll-ran", groups=ran.groups + by_force))

    assert (verdict.approval, len(verdict.forced_by), verdict.approvals) == (Approval.APPROVED, 1, 2)


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith(("payroll", "jit"))])
def test_it_reads_the_instant_of_approval_off_the_planned_end(case: str) -> None:
    review = review_of(case)
    moment = approval_moment(review)

    approved = [
        group.reviewed_at for group in review.groups if group.status == "APPROVED" and group.reviewed_at
    ]
    if approved:
        assert moment
        assert abs(moment - max(approved)) <= timedelta(milliseconds=1)
    elif review.status != "REVOKED":
        assert moment is None


def test_it_takes_no_planned_end_for_an_approval() -> None:
    """hoop sets ``revoke_at`` of a provisioned access when it is asked for."""
    review = review_of("jit-window")
    assert review.created_at
    planned = review.created_at + review.access_duration
    early = replace(review, expires_at=planned - timedelta(milliseconds=1))
    assert approval_moment(replace(early, status="PENDING")) is None
    assert approval_moment(replace(early, status="REJECTED")) is None
    # The approval's own date is later.
    assert approval_moment(early) == review.groups[0].reviewed_at
    revoked = tuple(replace(group, status="REVOKED") for group in review.groups)
    assert approval_moment(replace(early, status="REVOKED", groups=revoked)) is None
    at_once = replace(early, expires_at=planned + timedelta(milliseconds=20))
    assert approval_moment(replace(at_once, status="REVOKED", groups=revoked)) is None
    undated = tuple(replace(group, reviewed_at=None) for group in review.groups)
    assert approval_moment(replace(at_once, groups=undated)) is None
    # A state that nobody knows may be one before the approval.
    assert approval_moment(replace(review, status="ESCALATED", groups=())) is None
    # Without a length there is nothing to count back from.
    unnamed = replace(review, access_duration=timedelta())
    assert approval_moment(unnamed) == review.groups[0].reviewed_at
    assert approval_moment(replace(unnamed, groups=())) is None


def test_it_knows_the_approval_that_a_revocation_hid() -> None:
    review = review_of("jit-approved")
    moment = approval_moment(review)
    (group,) = review.groups

    assert moment
    assert group.reviewed_at
    assert group.status == "REVOKED"
    assert moment < group.reviewed_at
    assert access_ends(review) == moment + timedelta(minutes=45)
    assert access_ends(review_of("payroll-ran")) is None


@pytest.mark.parametrize(
    ("expires", "duration"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), timedelta(days=365 * 292)),
        (datetime(9999, 12, 31, tzinfo=UTC), timedelta(days=-365)),
    ],
)
def test_it_knows_no_instant_outside_the_calendar(expires: datetime, duration: timedelta) -> None:
    review = {"expires_at": expires, "access_duration": duration, "groups": ()}
    verdict = judge_approval(with_review("jit-window", **review))

    assert verdict.approved_at is None
