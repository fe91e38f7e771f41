"""The review's story in time, and an answer that is never green while a fact does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sessions_ui.pages.answers import answers_of
from sessions_ui.pages.reviews import is_moving, review_mark, review_shape
from sessions_ui.pages.shapes import Answer, ReviewShape
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.approval_facts import judge_facts
from tests.recorded_facts import log_of, session_of


def with_review(case: str, **changes: Any) -> Session:
    session = session_of(case)
    assert session.review
    return replace(session, review=replace(session.review, **changes))


def told(session: Session, log: LogFacts | None, **more: Any) -> ReviewShape:
    return review_shape(session, log, judge_facts(session, log), **more)


def approval(session: Session, log: LogFacts | None) -> Answer:
    return answers_of(session, log, may_see_stream=True, facts=judge_facts(session, log))[1]


@pytest.mark.parametrize(
    ("status", "state", "moving"),
    [
        ("PENDING", "waiting", True),
        ("APPROVED", "approved", False),
        ("REJECTED", "rejected", False),
        ("REVOKED", "revoked", False),
        ("PROCESSING", "running", True),
        ("EXECUTED", "used", False),
        ("UNKNOWN", "unknown to hoop", False),
        ("SNOOZED", "SNOOZED", False),
        ("", "not named by hoop", False),
    ],
)
def test_it_names_every_state_and_follows_those_that_move(status: str, state: str, moving: bool) -> None:
    session = with_review("payroll-pending", status=status)
    shape = told(session, log_of("payroll-pending"))
    assert shape.state == state
    assert is_moving(session) is moving
    assert bool(shape.poll_href) is moving


def test_it_follows_a_run_that_hoop_has_not_closed_and_no_abandoned_request() -> None:
    assert is_moving(with_review("payroll-ran", status="PROCESSING"))
    assert not is_moving(session_of("jit-abandoned"))
    assert not is_moving(session_of("bash-ok"))


def test_its_mark_changes_with_each_decision_and_not_with_the_order_of_the_groups() -> None:
    session = session_of("payroll-ran")
    assert session.review
    groups = session.review.groups
    turned = with_review("payroll-ran", groups=groups[::-1])
    decided = with_review("payroll-ran", groups=(replace(groups[0], status="REJECTED"), groups[1]))
    assert review_mark(turned) == review_mark(session)
    assert review_mark(decided) != review_mark(session)
    assert review_mark(replace(session, status="ready")) != review_mark(session)


def test_it_tells_a_revoked_access_in_the_order_of_time() -> None:
    steps = told(session_of("jit-approved"), log_of("jit-approved")).steps
    assert [step.text for step in steps] == [
        "Owen asked for approval, under the rule “jit-shell”",
        "Approved",
        "Access for 45 min",
        "It ran: its first event",
        "It ended",
        "Rita revoked the approval",
    ]


def test_it_gives_the_interval_in_which_a_script_began() -> None:
    steps = told(session_of("payroll-ran"), log_of("payroll-ran")).steps
    ran = next(step for step in steps if step.text == "It ran")
    assert ran.at
    assert ran.until
    assert (ran.until - ran.at).total_seconds() == pytest.approx(0.372, abs=0.001)
    endless = replace(log_of("payroll-ran"), end_date=None)
    ran = next(step for step in told(session_of("payroll-ran"), endless).steps if step.text == "It ran")
    assert (ran.at, ran.detail) == (None, "When it began cannot be known.")


def test_it_tells_that_an_access_expired_once_it_has() -> None:
    session, log = session_of("jit-window"), log_of("jit-window")
    assert session.review
    assert session.review.expires_at
    end = session.review.expires_at

    def last(now: datetime) -> str:
        return told(session, log, now=now).steps[-1].text

    assert last(end - timedelta(seconds=1)) == "It ended"
    assert last(end + timedelta(seconds=1)) == "The access expired"


def test_it_tells_nothing_of_the_run_to_who_may_not_see_it() -> None:
    shape = told(session_of("payroll-ran"), None)
    assert not any(step.text.startswith("It ") for step in shape.steps)


@pytest.mark.parametrize(
    ("changes", "tone", "named"),
    [
        ({"user_id": "raj@example.com"}, "bad", "decided by somebody else"),
        ({}, "good", ""),
    ],
)
def test_it_is_not_green_while_a_fact_does_not_hold(changes: dict[str, Any], tone: str, named: str) -> None:
    answer = approval(session_of("payroll-ran", **changes), log_of("payroll-ran"))
    assert answer.tone == tone
    assert ("Does not hold: " in answer.detail) is bool(named)
    assert named in answer.detail
    assert "By hoop's status, the approval came before it ran." in answer.detail


def test_it_warns_where_one_person_gave_both_approvals() -> None:
    session = session_of("payroll-ran")
    assert session.review
    one = session.review.groups[0].reviewed_by
    groups = tuple(replace(group, reviewed_by=one) for group in session.review.groups)
    answer = approval(with_review("payroll-ran", groups=groups), log_of("payroll-ran"))
    assert answer.tone == "warn"
    assert answer.detail.endswith("Does not hold: by different people.")


def test_it_says_what_is_grave_whatever_the_answer() -> None:
    pending = with_review("payroll-ran", status="PENDING")
    answer = approval(pending, log_of("payroll-ran"))
    assert (answer.tone, answer.headline) == ("bad", "Never decided")
    assert "approved before it ran" in answer.detail
    # Nobody approved what never ran: that is no fault.
    assert approval(session_of("payroll-rejected"), log_of("payroll-rejected")).detail == (
        "“Salaries of named people: use the aggregated view.”"
    )


def test_it_shows_failing_facts_first_and_those_that_do_not_apply_apart() -> None:
    shape = told(session_of("payroll-forced"), log_of("payroll-forced"))
    assert [(fact.label, fact.tone) for fact in shape.facts][:2] == [
        ("Needed approvals reached", "warn"),
        ("Not forced", "warn"),
    ]
    assert {fact.outcome for fact in shape.idle_facts} == {"does not apply"}
    assert not {fact.label for fact in shape.facts} & {fact.label for fact in shape.idle_facts}
    waiting = told(session_of("payroll-pending"), log_of("payroll-pending"))
    assert [(fact.outcome, fact.tone) for fact in waiting.facts] == [("not yet", "none")]


@pytest.mark.parametrize("case", ["payroll-pending", "payroll-rejected"])
def test_no_fact_calls_approved_what_nobody_approved(case: str) -> None:
    shape = told(session_of(case), log_of(case))
    assert "Approved for" not in str([fact.detail for fact in shape.facts + shape.idle_facts])
    assert "The approval" not in str([fact.detail for fact in shape.facts + shape.idle_facts])


def test_force_is_never_praised_and_never_denied() -> None:
    shape = told(session_of("payroll-forced"), log_of("payroll-forced"))
    facts = {fact.label: fact for fact in shape.facts + shape.idle_facts}
    other = facts["Decided by somebody else"]
    assert (other.outcome, other.tone) == ("holds", "none")
    assert other.detail.startswith("Forced by Ada Admin, ")
    assert facts["By different people"].detail == "It was forced: nobody has approved it without force."


def test_an_answer_is_not_green_while_facts_of_it_are_kept_from_a_reviewer() -> None:
    session = session_of("payroll-ran")
    hidden = judge_facts(session, None, shown=False)
    answer = answers_of(session, None, may_see_stream=False, facts=hidden)[1]
    assert (answer.tone, answer.headline) == ("none", "Approved by Rita and Raj")
    assert answer.detail.endswith("What of it rests on the recording is not shown to you.")
    shape = review_shape(session, None, hidden)
    before = next(fact for fact in shape.facts if fact.label == "Approved before it ran")
    assert (before.outcome, before.tone) == ("not shown to you", "none")


def test_it_says_when_in_the_time_of_access_it_ended() -> None:
    shape = told(session_of("jit-window"), log_of("jit-window"))
    within = next(fact for fact in shape.facts if fact.label == "Within the time of access")
    assert within.detail.endswith(" after the approval, within the 45 min of access.")
