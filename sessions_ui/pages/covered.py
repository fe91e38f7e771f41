"""Whether an approval of another session covers one without its own: an inference, made in one way for the
list, its export and the session's page, and from sessions that the person may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sessions_ui.access.people import Person
from sessions_ui.access.policy import rights
from sessions_ui.archive.accesses import Accesses
from sessions_ui.pages.approval_words import LABELS, name_of
from sessions_ui.pages.words import listed, plural
from sessions_ui.session import Review, Session
from sessions_ui.verdicts.approval import Outcome, approving_groups, different_people
from sessions_ui.verdicts.approval_facts import judge_decisions
from sessions_ui.verdicts.covering import find_covering

GIVEN = ("APPROVED", "REVOKED")


class Looked(StrEnum):
    COVERED = "covered"
    NONE_FOUND = "none found"
    NOT_LOOKED_FOR = "not looked for"


@dataclass(frozen=True, slots=True)
class Covered:
    """``by``: the session whose approval covers it."""

    looked: Looked
    by: Session | None = None


def covering_of(person: Person, session: Session, others: Iterable[Session]) -> Session | None:
    """Of those that this person may see."""
    return find_covering(session, (other for other in others if rights(person, other).details))


def covered_of(person: Person, session: Session, accesses: Accesses) -> Covered | None:
    """As far as the rows tell; None: it has a review of its own. What hoop said of an access before the
    session began may have changed by then: only what it said later counts."""
    if session.review is not None:
        return None
    begun = session.start_date
    told = [row for row in accesses.rows if begun is not None and row.fetched_at >= begun]
    by = covering_of(person, session, (row.session for row in told))
    if by is not None:
        return Covered(Looked.COVERED, by)
    open_ones = [
        row.session for row in accesses.rows if row not in told or not rights(person, row.session).details
    ]
    if accesses.reach(session) and not any(_may_cover(other, session) for other in open_ones):
        return Covered(Looked.NONE_FOUND)
    return Covered(Looked.NOT_LOOKED_FOR)


def _may_cover(other: Session, session: Session) -> bool:
    """By what hoop said of the other before."""
    same = (other.user_id, other.connection) == (session.user_id, session.connection)
    if not same or None in (other.start_date, session.start_date, other.review):
        return False
    assert other.start_date
    assert session.start_date
    assert other.review
    ends = other.review.expires_at if other.review.status in GIVEN else None
    return other.start_date <= session.start_date and (ends is None or session.start_date <= ends)


def covering_note(left: int, trouble: str = "") -> str:
    """Of so many sessions it is not known whether another's approval covers them."""
    if not left:
        return ""
    own, pages = ("its own", "its page looks") if left == 1 else ("their own", "their pages look")
    which = f"For {plural(left, 'session')} without an approval of {own}"
    why = f"{trouble}. " if trouble else ""
    return f"{why}{which}, one of another session was not looked for here; {pages} for it."


def deciders_of(review: Review) -> str:
    """Who approved it, force included; empty where a later decision took their place."""
    groups = [group for groups in approving_groups(review) for group in groups]
    return listed([name_of(person) for person in different_people(groups)])


def doubt_of(other: Session) -> str:
    """What does not hold of the covering approval itself, as a sentence."""
    failed = [fact for fact in judge_decisions(other) if fact.outcome == Outcome.DOES_NOT_HOLD]
    names = [LABELS[fact.key].lower() for fact in failed]
    return f"Of that approval does not hold: {listed(names)}." if names else ""
