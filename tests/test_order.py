"""What came before what, said as far as hoop's times tell and no further."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sessions_ui.pages.facts import facts_of
from sessions_ui.pages.order import order_step
from sessions_ui.pages.reviews import review_shape
from sessions_ui.pages.shapes import Step
from sessions_ui.session import LogFacts, Session
from tests.recorded_facts import log_of, session_of

UNKNOWN = "Whether the approval came before its first event cannot be known"


def told(session: Session, log: LogFacts | None) -> Step | None:
    assert session.review
    return order_step(session, session.review, log)


def approved_later(session: Session, by: timedelta) -> Session:
    assert session.review
    assert session.review.expires_at
    return replace(session, review=replace(session.review, expires_at=session.review.expires_at + by))


def test_it_measures_what_a_terminal_tells() -> None:
    session, log = session_of("jit-approved"), log_of("jit-approved")
    step = told(session, log)
    assert step
    assert (step.text, step.detail) == (
        "Approved 0.02 s before its first event",
        "Revoked 47.3 s after it had ended.",
    )
    late = told(approved_later(session, timedelta(seconds=1)), log)
    assert late
    assert (late.tone, late.text) == ("warn", "Approved 0.98 s after its first event")
    unread = told(session, None)
    assert unread
    assert unread.text == "Revoked 47.3 s after it had ended"


def test_it_gives_an_interval_where_a_script_waited() -> None:
    session, log = session_of("payroll-ran"), log_of("payroll-ran")
    step = told(session, log)
    assert step
    assert step.text == UNKNOWN
    assert "between 0.18 s before and 0.19 s after the approval" in step.detail
    late = told(approved_later(session, timedelta(seconds=1)), log)
    assert late
    assert (late.tone, late.text) == ("warn", "Approved at least 0.81 s after its first event")
    endless = told(session, replace(log, end_date=None))
    assert endless
    assert endless.text == UNKNOWN
    assert told(session, None) is None
    assert told(session, replace(log, only_placeholder=True)) is None


def test_it_shows_milliseconds_where_moments_are_close() -> None:
    steps = review_shape(session_of("payroll-ran"), log_of("payroll-ran")).steps
    assert [step.exact for step in steps if step.at] == [True, True, True]
    jit = review_shape(session_of("jit-approved"), log_of("jit-approved")).steps
    assert [step.exact for step in jit if step.at] == [True, True, False]


def test_it_says_how_far_the_last_event_lies_behind_the_end() -> None:
    def last(case: str) -> str:
        facts = facts_of(session_of(case), log_of(case)).facts
        return next(fact.values[0].text for fact in facts if fact.label == "Last event")

    assert last("pg-native") == "12.1 s after the recording began, which is 3.9 s after hoop's end"
    assert last("jit-window") == "4.3 s after the recording began"
