from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessions_ui.session import Session
from sessions_ui.verdicts.ending import Ending, judge_ending
from sessions_ui.verdicts.run import judge_run
from tests.recorded_facts import log_of, session_of


@pytest.mark.parametrize(
    ("case", "ending", "unread"),
    [
        ("payroll-pending", Ending.WAITING, Ending.WAITING),
        ("payroll-approved", Ending.READY, Ending.READY),
        ("payroll-revoked", Ending.READY, Ending.READY),
        ("payroll-rejected", Ending.REJECTED, Ending.REJECTED),
        ("jit-rejected", Ending.REJECTED, Ending.REJECTED),
        ("jit-abandoned", Ending.ABANDONED, Ending.ABANDONED),
        ("ai-blocked", Ending.BLOCKED_BY_AI, Ending.BLOCKED_BY_AI),
        ("guardrail-blocked", Ending.BLOCKED_BY_GUARDRAIL, Ending.BLOCKED_BY_GUARDRAIL),
        # Who does not see the log does not learn that somebody killed it.
        ("killed", Ending.KILLED, Ending.ABNORMAL),
        ("bash-ok", Ending.SUCCEEDED, Ending.SUCCEEDED),
        ("payroll-ran", Ending.SUCCEEDED, Ending.SUCCEEDED),
        ("jit-approved", Ending.SUCCEEDED, Ending.SUCCEEDED),
        ("bash-failed", Ending.FAILED, Ending.FAILED),
        ("tty-shell", Ending.FAILED, Ending.FAILED),
        ("nulls", Ending.CLOSED, Ending.CLOSED),
    ],
)
def test_it_tells_how_a_recorded_session_ended(case: str, ending: Ending, unread: Ending) -> None:
    session = session_of(case)

    assert judge_ending(session, log_of(case)).ending is ending
    assert judge_ending(session, None).ending is unread


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        ("destroyed/before", Ending.SUCCEEDED),
        ("destroyed/after", Ending.OVERWRITTEN),
    ],
)
def test_it_tells_an_exit_code_that_was_overwritten(answer: str, ending: Ending) -> None:
    session, log = session_of(f"{answer}.session.json"), log_of(f"{answer}.session.expand.json")

    assert judge_ending(session, log).ending is ending


@pytest.mark.parametrize("second", [4, 70])
def test_it_calls_an_open_session_running(second: int) -> None:
    verdict = judge_ending(
        session_of(f"bash-running/session.at-{second}s.json"),
        log_of(f"bash-running/session.expand.at-{second}s.json"),
    )

    assert (verdict.ending, verdict.exit_code, verdict.seconds) == (Ending.RUNNING, None, None)


def reviewed(session: Session, status: str) -> Session:
    assert session.review
    return replace(session, review=replace(session.review, status=status))


@pytest.mark.parametrize(
    ("session", "ending"),
    [
        # A session that ran and whose approval was taken away later did not end by that.
        (reviewed(session_of("payroll-ran"), "REVOKED"), Ending.SUCCEEDED),
        (reviewed(session_of("payroll-ran"), "REJECTED"), Ending.SUCCEEDED),
        (reviewed(session_of("payroll-approved"), "PROCESSING"), Ending.RUNNING),
        (replace(session_of("bash-failed"), exit_code=-2), Ending.FAILED),
        (replace(session_of("bash-ok"), exit_code=254), Ending.ABNORMAL),
        (replace(session_of("bash-ok"), status="hibernating"), Ending.RUNNING),
        # A guardrail that was hit while the session went on blocked nothing.
        (replace(session_of("guardrail-blocked"), exit_code=0), Ending.SUCCEEDED),
    ],
)
def test_it_is_green_for_a_real_zero_only(session: Session, ending: Ending) -> None:
    assert judge_ending(session, log_of("payroll-ran")).ending is ending


def test_it_measures_from_start_to_end_waiting_included() -> None:
    ran, plain = judge_ending(session_of("payroll-ran"), None), judge_ending(session_of("bash-ok"), None)
    backwards = session_of("bash-ok", end_date=session_of("nulls").start_date)

    assert (ran.seconds, ran.waited) == (pytest.approx(0.422286), True)
    assert (plain.seconds, plain.waited) == (pytest.approx(0.070663), False)
    assert judge_ending(backwards, None).seconds == 0


@pytest.mark.parametrize(
    ("case", "changes", "ran"),
    [
        ("bash-ok", {}, True),
        ("tty-shell", {}, True),
        ("guardrail-blocked", {}, False),
        ("ai-blocked", {"output_events": 1}, False),
        ("payroll-rejected", {}, False),
        ("jit-rejected", {}, False),
        ("jit-abandoned", {}, False),
        ("payroll-pending", {}, False),
        # A block explains one message of its own, and nothing that ended well.
        ("ai-blocked", {"output_events": 2}, None),
        ("guardrail-blocked", {"output_events": 2}, None),
        # hoop names more than it sent: what is missing may have been a run.
        ("jit-rejected", {"event_size": 4_000}, None),
        ("payroll-rejected", {"event_size": 4_000}, None),
        ("payroll-approved", {}, False),
    ],
)
def test_it_takes_a_lone_error_for_no_run(case: str, changes: dict[str, Any], ran: bool | None) -> None:
    assert judge_run(session_of(case), log_of(case, **changes)).ran is ran


def test_it_does_not_say_that_a_ready_connection_has_not_run() -> None:
    """hoop may leave an approved one so while it is in use, and stores its stream every 50 s only."""
    empty = log_of("payroll-approved", status="ready")
    ready = session_of("jit-window", status="ready", end_date=None, exit_code=None)
    assert judge_run(ready, empty).ran is None
    assert judge_run(session_of("payroll-approved"), empty).ran is False


def test_a_block_that_ended_well_is_none() -> None:
    assert judge_run(session_of("ai-blocked", exit_code=0), log_of("ai-blocked")).ran is None
