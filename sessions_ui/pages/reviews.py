"""The review as a short story in time, from hoop's record and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sessions_ui.pages.answers import MAX_REASON, approval_answer
from sessions_ui.pages.order import order_step
from sessions_ui.pages.shapes import ReviewShape, Step, Tone
from sessions_ui.pages.words import MAX_NAME, are_close, duration, named, person_of, plural, shown
from sessions_ui.session import LogFacts, Review, ReviewGroup, Session
from sessions_ui.verdicts.approval import access_ends, judge_approval

MAX_STEPS = 50
_STATES = {
    "PENDING": "waiting",
    "APPROVED": "approved",
    "REJECTED": "rejected",
    "REVOKED": "revoked",
    "PROCESSING": "running",
    "EXECUTED": "used",
    "UNKNOWN": "unknown to hoop",
}
_DEEDS: dict[str, tuple[Tone, str]] = {
    "APPROVED": ("good", "approved it"),
    "REJECTED": ("bad", "rejected it"),
    "REVOKED": ("warn", "revoked the approval"),
    "PENDING": ("busy", "has not decided"),
}


def review_shape(session: Session, log: LogFacts | None = None) -> ReviewShape:
    answer = approval_answer(session, judge_approval(session))
    review = session.review
    if review is None:
        return ReviewShape("none", "none on record", (), answer.detail)
    steps = [_asked(session, review)]
    decided = [group for group in review.groups if group.status != "PENDING"]
    decided.sort(key=lambda group: group.reviewed_at or datetime.max.replace(tzinfo=UTC))
    steps += [_decision(group) for group in decided[:MAX_STEPS]]
    if len(decided) > MAX_STEPS:
        steps.append(Step("none", f"and {len(decided) - MAX_STEPS:,} more decisions"))
    waiting = sorted(group.group for group in review.groups if group.status == "PENDING")
    if waiting:
        steps.append(_undecided(review, session, waiting))
    steps += [step for step in (order_step(session, review, log), _allowed(review)) if step]
    steps = [replace(step, exact=_is_near_another(step, steps)) for step in steps]
    state = _STATES.get(review.status) or shown(review.status, 40) or "not named by hoop"
    if review.status == "PENDING" and session.status == "done":
        state = "never decided"
    return ReviewShape(answer.tone, state, tuple(steps), _note(review))


def _is_near_another(step: Step, steps: list[Step]) -> bool:
    return any(are_close(step.at, other.at) for other in steps if other is not step)


def _asked(session: Session, review: Review) -> Step:
    rule = f", under the rule “{shown(review.rule_name, MAX_NAME)}”" if review.rule_name else ""
    groups = sorted(group.group for group in review.groups if not group.forced)
    asked = f"Asked: {named(groups)}. " if groups else ""
    number = (
        f"{plural(review.min_approvals, 'approval')} needed."
        if review.min_approvals
        else "hoop does not say how many approvals are needed."
    )
    return Step("none", f"{person_of(session)} asked for approval{rule}", asked + number, review.created_at)


def _decision(group: ReviewGroup) -> Step:
    tone, deed = _DEEDS.get(group.status, ("none", f"answered “{shown(group.status, 40)}”"))
    person = group.reviewed_by
    who = shown(person.name or person.email or person.id, MAX_NAME) if person else ""
    if group.forced:
        tone, deed = (
            ("warn", "forced the approval") if group.status == "APPROVED" else (tone, deed + ", by force")
        )
    role = ("as a member of " if group.forced else "for ") + shown(group.group, MAX_NAME)
    return Step(tone, f"{who or 'Somebody unnamed'} {deed}", role if group.group else "", group.reviewed_at)


def _undecided(review: Review, session: Session, groups: list[str]) -> Step:
    over = review.status != "PENDING" or session.status == "done"
    word = (
        "had not decided" if over else ("has not decided yet" if len(groups) == 1 else "have not decided yet")
    )
    return Step("none" if over else "busy", f"{named(groups)} {word}")


def _allowed(review: Review) -> Step | None:
    ends = access_ends(review)
    if review.status in ("PENDING", "REJECTED"):
        return None
    if ends is not None:
        what = f"Access for {duration(review.access_duration.total_seconds())}"
        if review.status == "REVOKED":
            return Step("none", what, "This was its planned end; the revocation came before it.", ends)
        return Step("none", what, "until", ends)
    if review.status == "EXECUTED":
        return Step("none", "Used once", "hoop has closed the request; that says nothing about success.")
    return None


def _note(review: Review) -> str:
    notes = []
    if review.time_window:
        start, end = (shown(text, 20) for text in review.time_window)
        notes.append(f"To be used between {start} and {end} UTC.")
    if review.status == "REJECTED" and review.rejection_reason:
        notes.append(f"Reason: “{shown(review.rejection_reason, MAX_REASON)}”")
    if review.status == "PENDING" and review.type == "jit" and review.access_duration > timedelta():
        notes.append(f"Asked for {duration(review.access_duration.total_seconds())} of access.")
    return " ".join(notes)
