"""How did it end? Green is for a real exit code 0 and nothing else.

hoop's ``exit_code`` 254 is "abnormal, blocked or disconnected"; who killed a session, hoop does not
say; ``done`` says nothing about success.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.run import ABNORMAL, judge_run


class Ending(StrEnum):
    WAITING = "waiting"  # open, and its review is undecided
    READY = "ready"  # approved, not yet run
    RUNNING = "running"
    REJECTED = "rejected"  # never ran
    ABANDONED = "abandoned"  # closed before anybody decided
    BLOCKED_BY_AI = "blocked by ai"
    BLOCKED_BY_GUARDRAIL = "blocked by guardrail"
    KILLED = "killed"
    OVERWRITTEN = "overwritten"  # its recording was erased at hoop, and the exit code with it
    ABNORMAL = "abnormal"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"  # done, without an exit code


@dataclass(frozen=True, slots=True)
class EndingVerdict:
    """``seconds`` from start to end, waiting for approval included; None while open or not known."""

    ending: Ending
    exit_code: int | None
    seconds: float | None
    waited: bool


def judge_ending(session: Session, log: LogFacts | None) -> EndingVerdict:
    """``log`` None: not read (yet), or not to be shown to this person."""
    return EndingVerdict(
        _ending(session, log), session.exit_code, session.open_seconds, session.review is not None
    )


def _ending(session: Session, log: LogFacts | None) -> Ending:
    review = session.review.status if session.review else ""
    if session.status != "done":
        return _open_ending(session, review, log)
    if review == "REJECTED" and judge_run(session, log).ran is False:
        return Ending.REJECTED
    if session.ai_analysis and session.ai_analysis.action == "block_execution":
        return Ending.BLOCKED_BY_AI
    if session.guardrails and session.exit_code == ABNORMAL:
        return Ending.BLOCKED_BY_GUARDRAIL
    if review == "PENDING":
        return Ending.ABANDONED
    if log and log.was_killed:
        return Ending.KILLED
    if log and log.only_placeholder and is_erased(session, log):
        return Ending.OVERWRITTEN
    if session.exit_code == ABNORMAL:
        return Ending.ABNORMAL
    if session.exit_code is None:
        return Ending.CLOSED
    return Ending.SUCCEEDED if session.exit_code == 0 else Ending.FAILED


def _open_ending(session: Session, review: str, log: LogFacts | None) -> Ending:
    # hoop may leave a connection "ready" while it is in use.
    if judge_run(session, log).ran:
        return Ending.RUNNING
    if review == "PENDING":
        return Ending.WAITING
    if session.status == "ready" and review != "PROCESSING":
        return Ending.READY
    return Ending.RUNNING


def is_erased(session: Session, log: LogFacts) -> bool:
    """Only hoop's placeholder is left, and ``event_size`` is still that of a longer stream."""
    return log.only_placeholder and session.event_size > log.wire_bytes
