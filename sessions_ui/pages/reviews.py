"""The review as a short story in time, and its facts: from hoop's record and nothing else."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sessions_ui.pages.answers import MAX_REASON, approval_answer
from sessions_ui.pages.approval_words import fact_shape, name_of, needed_words, worked_out_words
from sessions_ui.pages.shapes import ReviewShape, Step, Tone
from sessions_ui.pages.words import MAX_NAME, duration, named, person_of, shown
from sessions_ui.session import LogFacts, Review, ReviewGroup, Session
from sessions_ui.verdicts.approval import (
    ApprovalFact,
    Outcome,
    access_ends,
    approval_moment,
    hides_an_approval,
    is_worked_out,
    judge_approval,
)
from sessions_ui.verdicts.run import Run, judge_run

MAX_STEPS = 50
#: Between the session's row at hoop and its review's.
ONE_REQUEST = timedelta(minutes=1)
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
}
_END = datetime.max.replace(tzinfo=UTC)
#: A step and its place in time.
Told = tuple[datetime, Step]


def review_shape(
    session: Session,
    log: LogFacts | None = None,
    facts: tuple[ApprovalFact, ...] = (),
    *,
    now: datetime | None = None,
) -> ReviewShape:
    answer = approval_answer(session, judge_approval(session), facts)
    address = f"/sessions/{session.id}"
    review = session.review
    if review is None:
        covering = f"{address}/covering-approval"
        return ReviewShape("none", "none of its own", (), covering_href=covering)
    run = judge_run(session, log)
    steps = _story(session, review, run, now)
    state = _STATES.get(review.status) or shown(review.status, 40) or "not named by hoop"
    if review.status == "PENDING" and session.status == "done":
        state = "never decided"
    waiting = review.status == "PENDING" and session.status != "done"
    idle = [fact for fact in facts if fact.outcome == Outcome.DOES_NOT_APPLY]
    return ReviewShape(
        answer.tone,
        state,
        tuple(steps),
        _note(session, review, run),
        facts=tuple(
            fact_shape(fact, mild=run.ran is False, waiting=waiting) for fact in facts if fact not in idle
        ),
        idle_facts=tuple(fact_shape(fact, mild=True) for fact in idle),
        poll_href=f"{address}/review?seen={review_mark(session)}" if is_moving(session) else "",
    )


def is_moving(session: Session) -> bool:
    """Its review may change at any moment: hoop closes one that ran a little after its session. That of an
    abandoned request may not."""
    status = session.review.status if session.review else ""
    return status == "PROCESSING" or (status == "PENDING" and session.status != "done")


def review_mark(session: Session) -> str:
    """Changes whenever the review does."""
    review = session.review
    groups = review.groups if review else ()
    decided = sorted((group.group, group.status, str(group.reviewed_at)) for group in groups)
    told = repr((session.status, review and review.status, review and review.expires_at, decided))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _story(session: Session, review: Review, run: Run, now: datetime | None) -> list[Step]:
    """In the order of time; what has no moment stands where it belongs."""
    decided = [group for group in review.groups if group.status != "PENDING"]
    decided.sort(key=lambda group: group.reviewed_at or _END)
    asked = _asked_at(session, review)
    told: list[Told] = [(asked or datetime.min.replace(tzinfo=UTC), _asked(session, review, asked))]
    told += [(group.reviewed_at or _END, _decision(group)) for group in decided[:MAX_STEPS]]
    last = max((group.reviewed_at for group in decided if group.reviewed_at), default=None)
    if len(decided) > MAX_STEPS:
        told.append((last or _END, Step("none", f"and {len(decided) - MAX_STEPS:,} more decisions")))
    approved = approval_moment(review)
    if approved is not None and hides_an_approval(review):
        word = "revocation" if review.status == "REVOKED" else "rejection"
        hidden = f"Who approved cannot be known: the {word} took that place in hoop's record."
        if is_worked_out(review):
            length = worked_out_words(review.access_duration.total_seconds())
            hidden = f"{hidden} The moment is {length}."
        told.append((approved, Step("none", "Approved", hidden, approved)))
    waiting = sorted(group.group for group in review.groups if group.status == "PENDING")
    if waiting:
        told.append((approved or last or _END, _undecided(review, session, waiting)))
    told += _allowed(review, approved, now) if approved is not None else []
    told += _ran(session, run)
    # Of one moment, in the order above: the sort keeps it.
    return [step for _, step in sorted(told, key=lambda one: one[0])]


def _asked_at(session: Session, review: Review) -> datetime | None:
    """hoop writes the session down, and its review a moment later: one request, one moment."""
    began, created = session.start_date, review.created_at
    if began is None or created is None:
        return created or began
    return began if timedelta() <= created - began < ONE_REQUEST else created


def _asked(session: Session, review: Review, at: datetime | None) -> Step:
    rule = f", under the rule “{shown(review.rule_name, MAX_NAME)}”" if review.rule_name else ""
    groups = sorted(group.group for group in review.groups if not group.forced)
    asked = f"Asked: {named(groups)}. " if groups else ""
    number = (
        f"{needed_words(review.min_approvals)}."
        if review.min_approvals
        else "hoop does not say how many approvals are needed."
    )
    return Step("none", f"{person_of(session)} asked for approval{rule}", asked + number, at)


def _decision(group: ReviewGroup) -> Step:
    tone, deed = _DEEDS.get(group.status, ("none", f"answered “{shown(group.status, 40)}”"))
    person = group.reviewed_by
    who = name_of(person) if person and (person.name or person.email or person.id) else "Somebody unnamed"
    if group.forced:
        tone, deed = (
            ("warn", "forced the approval") if group.status == "APPROVED" else (tone, deed + ", by force")
        )
    role = ("as a member of " if group.forced else "for ") + shown(group.group, MAX_NAME)
    return Step(tone, f"{who} {deed}", role if group.group else "", group.reviewed_at)


def _undecided(review: Review, session: Session, groups: list[str]) -> Step:
    over = review.status != "PENDING" or session.status == "done"
    word = (
        "had not decided" if over else ("has not decided yet" if len(groups) == 1 else "have not decided yet")
    )
    return Step("none" if over else "busy", f"{named(groups)} {word}")


def _allowed(review: Review, approved: datetime, now: datetime | None) -> list[Told]:
    """What the approval allowed, and its end where that has come."""
    ends = access_ends(review)
    hours = ""
    if review.time_window:
        start, end = (shown(text, 20) for text in review.time_window)
        hours = f", daily, {start}–{end} UTC"
    if ends is None:
        once = (
            "Allowed to run once" if review.type == "onetime" else "Access for a time that hoop does not name"
        )
        return [(approved, Step("none", f"{once}{hours}"))]
    access = f"Access for {duration(review.access_duration.total_seconds())}{hours}"
    told: list[Told] = [(approved, Step("none", access, "until", ends))]
    if review.status == "REVOKED":
        told[0] = (approved, Step("none", access, "It was to last until", ends))
    elif review.status == "APPROVED" and now is not None and now > ends:
        told.append((ends, Step("none", "The access expired", "", ends)))
    return told


def _ran(session: Session, run: Run) -> list[Told]:
    if run.ran is False:
        return [(_END, Step("none", "It never ran"))] if session.status == "done" else []
    if run.ran is None:
        return []
    told: list[Told] = []
    if run.earliest is not None and run.earliest == run.latest:
        told.append((run.earliest, Step("none", "It ran: its first event", "", run.earliest)))
    elif run.latest is not None:
        silent = "hoop does not record when a session that waited began: its first event came between"
        told.append((run.latest, Step("none", "It ran", silent, run.earliest, until=run.latest)))
    else:
        told.append((_END, Step("none", "It ran", "When it began cannot be known.")))
    if run.ended is not None:
        told.append((run.ended, Step("none", "It ended", "", run.ended)))
    return told


def _note(session: Session, review: Review, run: Run) -> str:
    notes = []
    if review.status == "REJECTED" and review.rejection_reason:
        notes.append(f"Reason: “{shown(review.rejection_reason, MAX_REASON)}”")
    if review.status == "PENDING" and review.type == "jit" and review.access_duration > timedelta():
        notes.append(f"Asked for {duration(review.access_duration.total_seconds())} of access.")
    if review.status == "EXECUTED":
        notes.append("“Used” is hoop's word that it closed the request; it says nothing about success.")
    if session.verb == "exec" and run.ran is not False and review.status in ("EXECUTED", "PROCESSING"):
        notes.append("Who pressed run, hoop does not record.")
    return " ".join(notes)
