"""How a filter, a view and a place ask the database for rows of hoop's list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex

from sessions_ui.archive.list_filter import (
    ALLOWED,
    APPROVED,
    FORCED,
    OTHER_REVIEW,
    REVIEW_NEEDED,
    STATUS_OF,
    UNDECIDED,
    WAITING,
    ListFilter,
    Mark,
)
from sessions_ui.archive.list_walk import Place
from sessions_ui.models import ListRowRecord, SessionRecord
from sessions_ui.session import Session

#: hoop's code for a kill, and for much else.
ABNORMAL = 254


@dataclass(frozen=True, slots=True)
class View:
    """Whose list it is, by hoop's own rule: ``everything``, or the sessions of ``user_id`` (never blank)
    and those that one of ``groups`` was asked to review, as far as hoop still has them."""

    everything: bool
    user_id: str = ""
    groups: tuple[str, ...] = ()

    def holds(self, session: Session) -> bool:
        if self.everything or (self.user_id.strip() and self.user_id == session.user_id):
            return True
        asked = {group.group for group in session.review.groups} if session.review else set()
        return bool(asked & {group for group in self.groups if group.strip()})


def matching(view: View, wanted: ListFilter, *, perhaps: bool = False) -> QuerySet[ListRowRecord]:
    """``perhaps``: with those of which a mark is not known."""
    equal: dict[str, Any] = {
        "connection": wanted.connection,
        "type": wanted.type,
        "batch_id": wanted.batch,
        "correlation_id": wanted.correlation,
        "status": wanted.status,
        "verb": wanted.verb,
        "user_id__in": wanted.people,
        "start_date__gte": wanted.start,
        "start_date__lte": wanted.end,
        "forced": wanted.forced,
        "review_status": wanted.review_status,
    }
    rows = seen_by(view).filter(**{name: value for name, value in equal.items() if value})
    if wanted.review:
        rows = rows.filter(_reviewed(wanted.review))
    if wanted.exit == "failed":
        rows = rows.exclude(exit_code=0).filter(exit_code__isnull=False)
    elif wanted.exit:
        rows = rows.filter(exit_code=None if wanted.exit == "none" else int(wanted.exit))
    for number, word in enumerate(wanted.tags):
        rows = rows.alias(**{f"tag_{number}": _holds("tags", word)}).filter(**{f"tag_{number}__gt": 0})
    for mark in wanted.marks:
        rows = rows.alias(**{f"mark_{mark}": _holds("marks", mark)}).filter(_marked(view, mark, perhaps))
    return rows


def _marked(view: View, mark: Mark, perhaps: bool) -> Q:
    """hoop's rows tell some marks; the others are known of what was opened, or read, here since its end."""
    holds, unknown = Q(**{f"mark_{mark}__gt": 0}), Q(pk__in=[])
    if mark == "ai":
        holds, unknown = holds | ~Q(ai_risk=""), Q(opened=False)
    elif mark == "changed":
        holds, unknown = Q(changed=True), Q(status="done", opened=False, read=False)
    elif mark == "killed":
        holds, unknown = Q(killed=True), Q(status="done", exit_code=ABNORMAL, read=False)
        if not view.everything:
            # It is told from the recording, which reviewers do not see.
            theirs = ~Q(user_id=view.user_id)
            holds, unknown = holds & ~theirs, unknown | (holds & theirs)
    return holds | unknown if perhaps else holds


def seen_by(view: View) -> QuerySet[ListRowRecord]:
    rows = records()
    if view.everything:
        return rows
    mine = Q(user_id=view.user_id) if view.user_id.strip() else Q(pk__in=[])
    for number, group in enumerate(group for group in view.groups if group.strip()):
        rows = rows.alias(**{f"asked_{number}": _holds("groups", group)})
        mine |= Q(**{f"asked_{number}__gt": 0})
    lost = SessionRecord.objects.filter(
        gateway=settings.HOOP_API_URL, session_id=OuterRef("session_id"), missing_since__isnull=False
    )
    return rows.filter(mine).exclude(Exists(lost))


def _reviewed(word: str) -> Q:
    """As ``review_word`` says it of a row."""
    if word in (APPROVED, FORCED):
        return Q(review_status__in=ALLOWED, forced=word == FORCED)
    if word == OTHER_REVIEW:
        return ~Q(review_status__in=(*ALLOWED, *STATUS_OF.values()))
    found = Q(review_status=STATUS_OF[word])
    if word in (REVIEW_NEEDED, UNDECIDED):
        found &= Q(status="done") if word == UNDECIDED else ~Q(status="done")
    return found


def is_review_status(text: str) -> bool:
    """Whether a row has it for hoop's status of its review."""
    return records().filter(review_status=text).exists()


def unsettled_rows() -> QuerySet[ListRowRecord]:
    """Those of which hoop may say something else by now: an access that was given can be revoked until
    its end."""
    running = Q(access_until__gte=F("fetched_at"))
    return records().filter(~Q(status="done") | Q(review_status__in=WAITING) | running)


def behind(rows: QuerySet[ListRowRecord], place: Place | None) -> QuerySet[ListRowRecord]:
    if place is None:
        return rows
    older = Q(start_date__lt=place.start) | Q(session_id__lt=UUID(place.session_id))
    return rows.filter(older, start_date__lte=place.start)


def records() -> QuerySet[ListRowRecord]:
    return ListRowRecord.objects.filter(gateway=settings.HOOP_API_URL)


def fingerprint(text: str) -> str:
    """Equal texts have equal ones, and no text can pretend to be two."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def fingerprints(texts: Iterable[str]) -> str:
    prints = dict.fromkeys(fingerprint(text) for text in texts)
    return f"|{'|'.join(prints)}|" if prints else ""


def _holds(column: str, text: str) -> StrIndex:
    return StrIndex(column, Value(f"|{fingerprint(text)}|"))
