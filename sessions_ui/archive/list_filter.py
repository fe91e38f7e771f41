"""What a list of sessions is asked for: which of it hoop can answer, and whether a session fits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sessions_ui.session import Session

Mark = Literal["guardrail", "ai", "masked", "masking-errors", "truncated", "killed", "changed"]
#: What our copies tell, and hoop's rows do not (of the AI analysis, HTTP sessions aside).
COPIED: tuple[Mark, ...] = ("ai", "killed", "changed")
#: How an approval came out, in the list's words; ``none``: hoop names no review.
REVIEW_NEEDED, UNDECIDED, NO_REVIEW = "needed", "undecided", "none"
APPROVED, FORCED, OTHER_REVIEW = "approved", "forced", "other"
#: Those that one of hoop's statuses holds, and perhaps more. An empty status means something there.
STATUS_OF = {
    REVIEW_NEEDED: "PENDING",
    UNDECIDED: "PENDING",
    "rejected": "REJECTED",
    "revoked": "REVOKED",
    NO_REVIEW: "",
}
#: hoop's statuses of what was approved: not used yet, being used, used.
ALLOWED = ("APPROVED", "PROCESSING", "EXECUTED")
WAITING = ("PENDING", "PROCESSING")


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Empty or None: any. ``people`` are hoop's subject ids. ``start`` and ``end`` bound the start of the
    session, both included. ``review`` is a word of ours (``review_word``), ``review_status`` one of hoop's.
    ``exit``: ``failed``, ``none`` or a number; a tag: ``name`` or ``name=value``."""

    people: tuple[str, ...] = ()
    connection: str = ""
    type: str = ""
    review: str = ""
    review_status: str = ""
    start: datetime | None = None
    end: datetime | None = None
    batch: str = ""
    correlation: str = ""
    status: str = ""
    verb: str = ""
    exit: str = ""
    forced: bool = False
    tags: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def is_for_hoop(self) -> bool:
        """hoop's own filters narrow it, so that a page of hoop's is nearly a page of the answer."""
        beyond = self.status or self.verb or self.exit or self.forced or self.tags or self.marks
        asked = not self.review or self.review in STATUS_OF or self.review_status
        return bool(asked) and not beyond and len(self.people) < 2

    @property
    def is_exact_at_hoop(self) -> bool:
        """hoop's filters say the same as this, so that its count is ours."""
        likes = (*self.people, self.connection, self.type, self.review_status)
        # Of a fraction hoop takes the whole second; what that adds is seen at the end, not at the start.
        if self.start is not None and self.start.microsecond:
            return False
        if self.review in (REVIEW_NEEDED, UNDECIDED) or (self.review and self.review_status):
            return False
        return not any(set(text) & set("%_\\") for text in likes)

    def for_hoop(self) -> dict[str, str]:
        """hoop's parameters but the dates: what they select holds everything that fits, and perhaps more.

        ``%`` and ``_`` are wildcards there, so they stand for themselves among others; a backslash would
        take the meaning of what follows, so a wildcard stands for it."""
        query = {
            "user": self.people[0].replace("\\", "_") if len(self.people) == 1 else "",
            "connection": self.connection.replace("\\", "_"),
            "type": self.type.replace("\\", "_"),
            "batch_id": self.batch,
            "correlation_id": self.correlation,
        }
        given = {name: text for name, text in query.items() if text}
        status = self.review_status or STATUS_OF.get(self.review)
        if status is not None:
            given["review.status"] = status.replace("\\", "_")
        return given

    @property
    def copied_marks(self) -> tuple[Mark, ...]:
        """Those that cannot be told of every session."""
        return tuple(mark for mark in self.marks if mark in COPIED)

    def fits(self, session: Session, known: Iterable[Mark] = ()) -> bool:
        """``known``: marks that our copies add."""
        return (
            (not self.people or session.user_id in self.people)
            and self.connection in ("", session.connection)
            and self.type in ("", session.type)
            and self.batch in ("", session.batch_id)
            and self.correlation in ("", session.correlation_id)
            and self.status in ("", session.status)
            and self.verb in ("", session.verb)
            and self.review in ("", review_word(session))
            and self.review_status in ("", session.review.status if session.review else "")
            and self.fits_dates(session)
            and self._exit_fits(session)
            and (not self.forced or is_forced(session))
            and set(self.tags) <= set(tag_words(session))
            and set(self.marks) <= {*marks_of(session), *known}
        )

    def fits_dates(self, session: Session) -> bool:
        if self.start is None and self.end is None:
            return True
        at = session.start_date
        return at is not None and (self.start or at) <= at <= (self.end or at)

    def _exit_fits(self, session: Session) -> bool:
        if self.exit in ("", "failed"):
            return not self.exit or session.exit_code not in (0, None)
        return self.exit == ("none" if session.exit_code is None else str(session.exit_code))


def review_word(session: Session) -> str:
    """What the list calls its approval, by what every row tells: how many were needed it leaves out, so
    that one which was forced beside enough others is among the forced."""
    status = session.review.status if session.review else ""
    if status == "PENDING":
        return UNDECIDED if session.status == "done" else REVIEW_NEEDED
    if status in ALLOWED:
        return FORCED if is_forced(session) else APPROVED
    return {text: word for word, text in STATUS_OF.items()}.get(status, OTHER_REVIEW)


def is_forced(session: Session) -> bool:
    return session.review is not None and any(group.forced for group in session.review.groups)


def marks_of(session: Session) -> list[Mark]:
    """What is remarkable about it, as far as hoop's row tells (the AI analysis only where the session's
    own answer is known; a kill and a change are for our copies to tell)."""
    metrics = session.metrics
    found: list[Mark] = ["guardrail"] if session.guardrails else []
    if session.ai_analysis is not None or (metrics and metrics.requests):
        found.append("ai")
    if metrics and metrics.masking and metrics.masking.redactions:
        found.append("masked")
    if metrics and metrics.masking and metrics.masking.errors:
        found.append("masking-errors")
    if metrics and metrics.truncated:
        found.append("truncated")
    return found


def tag_words(session: Session) -> Iterable[str]:
    """``name`` and ``name=value`` of each tag."""
    for name, text in session.tags.items():
        yield name
        yield f"{name}={text}"
