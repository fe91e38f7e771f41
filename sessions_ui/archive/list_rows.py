"""The rows of hoop's list that we keep: saved as received, looked up by columns, never told as more than a
row. Who asks gives a ``View``, so that nobody's count holds what they may not see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.utils import timezone

from sessions_ui.archive.list_filter import (
    NO_REVIEW,
    REVIEW_NEEDED,
    WAITING,
    ListFilter,
    is_forced,
    marks_of,
    tag_words,
)
from sessions_ui.archive.list_walk import Page, Place, Row, started
from sessions_ui.archive.packing import pack, unpack
from sessions_ui.archive.sessions import column, kept_of, risk_column
from sessions_ui.gateway.json_text import parse_json
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import ListRowRecord, SessionRecord
from sessions_ui.session import Session

_UPDATED = (
    *("row", "key_id", "fetched_at", "start_date", "status", "verb", "type", "exit_code", "user_id", "user"),
    *("user_name", "connection", "batch_id", "correlation_id", "review_status", "forced", "tags", "groups"),
    "marks",
)
_ROWS_A_QUERY = 500
_NEWEST = 2_000


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


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row as hoop gave it at ``fetched_at``."""

    row: Row
    fetched_at: datetime

    @property
    def session(self) -> Session:
        return self.row.session


def save_rows(rows: Iterable[Row]) -> int:
    """Keep what is new or was changed; how many that were."""
    by_id = {row.session.id: (row, pack(_bytes(row))) for row in rows}
    if not by_id:
        return 0
    records = _records().filter(session_id__in=[UUID(session_id) for session_id in by_id])
    held = {str(session_id): bytes(row) for session_id, row in records.values_list("session_id", "row")}
    news = {session_id: pair for session_id, pair in by_id.items() if held.get(session_id) != pair[1]}
    now = timezone.now()
    records.filter(session_id__in=[UUID(each) for each in by_id if each not in news]).update(fetched_at=now)
    if news:
        risks = _known_risks([session_id for session_id in news if session_id not in held])
        ListRowRecord.objects.bulk_create(
            [
                _record(row.session, packed, now, risks.get(session_id, ""))
                for session_id, (row, packed) in news.items()
            ],
            update_conflicts=True,
            unique_fields=["gateway", "session_id"],
            update_fields=list(_UPDATED),
        )
    return len(news)


def drop_missing(wanted: ListFilter, place: Place, page: Page) -> int:
    """What should have been on hoop's page behind ``place`` and was not: hoop no longer has it."""
    there = _behind(_matching(View(everything=True), wanted), place)
    if page.next is not None:
        if not page.rows:
            return 0
        last = page.rows[-1].session
        same = Q(start_date=started(last), session_id__gt=UUID(last.id))
        there = there.filter(same | Q(start_date__gt=started(last)))
    given = {row.session.id for row in page.rows}
    return drop_rows(
        str(each) for each in there.values_list("session_id", flat=True) if str(each) not in given
    )


def drop_rows(session_ids: Iterable[str]) -> int:
    """Of sessions that hoop's list no longer has."""
    return _records().filter(session_id__in=[UUID(each) for each in session_ids]).delete()[0]


def kept_rows(view: View, wanted: ListFilter, place: Place | None, *, limit: int) -> list[KeptRow]:
    """The next of them behind ``place``, newest first."""
    found = _behind(_matching(view, wanted), place).order_by("-start_date", "-session_id")
    return [_kept(*values) for values in found.values_list("row", "fetched_at")[:limit]]


def all_kept_rows(view: View, wanted: ListFilter, place: Place | None = None) -> Iterator[KeptRow]:
    """All of them behind ``place``, newest first, some hundred in memory."""
    while rows := kept_rows(view, wanted, place, limit=_ROWS_A_QUERY):
        yield from rows
        last = rows[-1].session
        place = Place(started(last), last.id)


def all_rows(view: View, wanted: ListFilter) -> Iterator[Row]:
    """The same, each as hoop gave it."""
    return (row.row for row in all_kept_rows(view, wanted))


def count_rows(view: View, wanted: ListFilter) -> int:
    return _matching(view, wanted).count()


def count_undecided(view: View, wanted: ListFilter) -> int:
    """The rows that fit but for the AI analysis, of which that cannot be said: hoop's list leaves it out,
    and the session's own answer was not asked for since it ended (the analysis comes before that)."""
    if "ai" not in wanted.marks:
        return 0
    others = replace(wanted, marks=tuple(mark for mark in wanted.marks if mark != "ai"))
    known = SessionRecord.objects.filter(
        gateway=settings.HOOP_API_URL, session_id=OuterRef("session_id"), status="done"
    )
    rows = _matching(view, others).alias(mark_ai=_holds("marks", "ai")).filter(mark_ai=0, ai_risk="")
    return rows.exclude(Exists(known)).count()


def rows_beginning_with(digits: str, view: View, *, limit: int) -> list[Session]:
    """The sessions of this view, of the rows and of our own copies, whose id begins with these hexadecimal
    digits (without hyphens), newest first."""
    low, high = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    rows = _seen_by(view).filter(session_id__range=(low, high)).order_by("-start_date")
    found = {
        str(session_id): _kept(row, at).session
        for session_id, row, at in rows.values_list("session_id", "row", "fetched_at")[:limit]
    }
    copies = SessionRecord.objects.filter(gateway=settings.HOOP_API_URL, session_id__range=(low, high))
    for record in copies.order_by("fetched_at").iterator(chunk_size=100):
        kept = kept_of(record)
        if view.holds(kept.session) and (view.everything or kept.missing_since is None):
            found[kept.session.id] = kept.session
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def find_people(text: str, view: View, *, limit: int = 9) -> list[tuple[str, str, str]]:
    """Whom the rows of this view know by it: id, e-mail, name. Whole ids, e-mails and names come before
    parts of them."""
    known = _matching(view, ListFilter()).order_by()
    for condition in (
        Q(user_id=text),
        Q(user__iexact=text) | Q(user_name__iexact=text),
        Q(user__icontains=text) | Q(user_name__icontains=text),
    ):
        rows = known.filter(condition).exclude(user_id="").values_list("user_id", "user", "user_name")
        if found := list(rows.distinct()[: 4 * limit]):
            return list({row[0]: row for row in found}.values())[:limit]
    return []


def newest_values(view: View) -> tuple[list[str], list[str]]:
    """The connections and the types of the newest rows of this view, to choose from."""
    rows = _matching(view, ListFilter()).order_by("-start_date", "-session_id")
    pairs = set(rows.values_list("connection", "type")[:_NEWEST])
    return sorted({pair[0] for pair in pairs} - {""}), sorted({pair[1] for pair in pairs} - {""})


def fingerprint(text: str) -> str:
    """Equal texts have equal ones, and no text can pretend to be two."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def _matching(view: View, wanted: ListFilter) -> QuerySet[ListRowRecord]:
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
    }
    rows = _seen_by(view).filter(**{name: value for name, value in equal.items() if value})
    rows = rows.filter(**_review(wanted.review))
    if wanted.review == REVIEW_NEEDED:
        rows = rows.exclude(status="done")
    if wanted.exit == "failed":
        rows = rows.exclude(exit_code=0).filter(exit_code__isnull=False)
    elif wanted.exit:
        rows = rows.filter(exit_code=None if wanted.exit == "none" else int(wanted.exit))
    for number, word in enumerate(wanted.tags):
        rows = rows.alias(**{f"tag_{number}": _holds("tags", word)}).filter(**{f"tag_{number}__gt": 0})
    for mark in wanted.marks:
        rows = rows.alias(**{f"mark_{mark}": _holds("marks", mark)})
        has = Q(**{f"mark_{mark}__gt": 0})
        rows = rows.filter(has | ~Q(ai_risk="") if mark == "ai" else has)
    return rows


def _seen_by(view: View) -> QuerySet[ListRowRecord]:
    rows = _records()
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


def _review(review: str) -> dict[str, str]:
    if not review:
        return {}
    return {"review_status": {REVIEW_NEEDED: "PENDING", NO_REVIEW: ""}.get(review, review)}


def unsettled_rows() -> QuerySet[ListRowRecord]:
    """Those of which hoop may say something else by now."""
    return _records().filter(~Q(status="done") | Q(review_status__in=WAITING))


def _behind(rows: QuerySet[ListRowRecord], place: Place | None) -> QuerySet[ListRowRecord]:
    if place is None:
        return rows
    older = Q(start_date__lt=place.start) | Q(session_id__lt=UUID(place.session_id))
    return rows.filter(older, start_date__lte=place.start)


def _records() -> QuerySet[ListRowRecord]:
    return ListRowRecord.objects.filter(gateway=settings.HOOP_API_URL)


def _holds(column: str, text: str) -> StrIndex:
    return StrIndex(column, Value(f"|{fingerprint(text)}|"))


def _fingerprints(texts: Iterable[str]) -> str:
    prints = dict.fromkeys(fingerprint(text) for text in texts)
    return f"|{'|'.join(prints)}|" if prints else ""


def _kept(row: bytes | memoryview, fetched_at: datetime) -> KeptRow:
    fields = parse_json(unpack(row))
    return KeptRow(Row(parse_session(fields), fields), fetched_at)


def _bytes(row: Row) -> bytes:
    return json.dumps(row.fields, ensure_ascii=True, separators=(",", ":")).encode()


def _known_risks(session_ids: list[str]) -> dict[str, str]:
    """Of sessions whose own answer we had before their row."""
    records = SessionRecord.objects.filter(
        gateway=settings.HOOP_API_URL, session_id__in=[UUID(session_id) for session_id in session_ids]
    )
    return {str(each.session_id): risk_column(kept_of(each).session) for each in records}


def _record(session: Session, packed: bytes, now: datetime, risk: str) -> ListRowRecord:
    groups = [group.group for group in session.review.groups] if session.review else []
    return ListRowRecord(
        gateway=settings.HOOP_API_URL,
        session_id=UUID(session.id),
        row=packed,
        fetched_at=now,
        start_date=started(session),
        status=column(session.status, 32),
        verb=column(session.verb, 32),
        type=column(session.type, 64),
        exit_code=session.exit_code,
        user_id=column(session.user_id, 255),
        user=column(session.user, 255),
        user_name=column(session.user_name, 255),
        connection=column(session.connection, 255),
        batch_id=column(session.batch_id, 255),
        correlation_id=column(session.correlation_id, 255),
        review_status=column(session.review.status if session.review else "", 32),
        forced=is_forced(session),
        tags=_fingerprints(tag_words(session)),
        groups=_fingerprints(groups),
        marks=_fingerprints(marks_of(session)),
        ai_risk=risk,
    )
