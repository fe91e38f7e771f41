"""The rows of hoop's list that we keep: saved as received, read by columns, never told as more than a
row. Who asks gives a ``View``, so that nobody's count holds what they may not see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from sessions_ui.archive.kept import column
from sessions_ui.archive.list_copies import Known, copies_of, known_of
from sessions_ui.archive.list_filter import WAITING, ListFilter, is_forced, marks_of, tag_words
from sessions_ui.archive.list_matching import View, behind, fingerprints, matching, records
from sessions_ui.archive.list_walk import Page, Place, Row, started
from sessions_ui.archive.packing import pack, unpack
from sessions_ui.gateway.json_text import parse_json
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import ListRowRecord
from sessions_ui.session import Session

_UPDATED = (
    *("row", "key_id", "fetched_at", "start_date", "status", "verb", "type", "exit_code", "user_id", "user"),
    *("user_name", "connection", "batch_id", "correlation_id", "review_status", "forced", "tags", "groups"),
    *("marks", "access_until", "ai_risk", "opened", "read", "killed", "changed"),
)
_ROWS_A_QUERY = 500
#: When an access ends that is still waited for.
UNKNOWN_END = datetime(9999, 12, 31, tzinfo=UTC)


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
    known = records().filter(session_id__in=[UUID(session_id) for session_id in by_id])
    held = {str(session_id): bytes(row) for session_id, row in known.values_list("session_id", "row")}
    news = {session_id: pair for session_id, pair in by_id.items() if held.get(session_id) != pair[1]}
    now = timezone.now()
    known.filter(session_id__in=[UUID(each) for each in by_id if each not in news]).update(fetched_at=now)
    if news:
        copies = copies_of(news)
        ListRowRecord.objects.bulk_create(
            [
                _record(row.session, packed, now, known_of(row.session, copies.get(session_id)))
                for session_id, (row, packed) in news.items()
            ],
            update_conflicts=True,
            unique_fields=["gateway", "session_id"],
            update_fields=list(_UPDATED),
        )
    return len(news)


def drop_missing(wanted: ListFilter, place: Place, page: Page) -> int:
    """What should have been on hoop's page behind ``place`` and was not: hoop no longer has it."""
    there = behind(matching(View(everything=True), wanted), place)
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
    return records().filter(session_id__in=[UUID(each) for each in session_ids]).delete()[0]


def kept_rows(view: View, wanted: ListFilter, place: Place | None, *, limit: int) -> list[KeptRow]:
    """The next of them behind ``place``, newest first."""
    found = behind(matching(view, wanted), place).order_by("-start_date", "-session_id")
    return [
        KeptRow(read_row(row), fetched_at)
        for row, fetched_at in found.values_list("row", "fetched_at")[:limit]
    ]


def last_place(view: View, wanted: ListFilter, left: int) -> Place | None:
    """The place behind which so many of them are left."""
    found = matching(view, wanted).order_by("start_date", "session_id")
    row = found.values_list("start_date", "session_id")[left : left + 1].first()
    return Place(row[0], str(row[1])) if row else None


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
    return matching(view, wanted).count()


def count_undecided(view: View, wanted: ListFilter, *, fitting: int | None = None) -> int:
    """The rows that fit as far as can be said, and of which one of the marks is not known; ``fitting`` where
    those that fit were counted already."""
    if not wanted.copied_marks:
        return 0
    fitting = count_rows(view, wanted) if fitting is None else fitting
    return matching(view, wanted, perhaps=True).count() - fitting


def read_row(packed: bytes | memoryview) -> Row:
    fields = parse_json(unpack(packed))
    return Row(parse_session(fields), fields)


def _access_until(session: Session) -> datetime | None:
    review = session.review
    if review is None or review.type != "jit":
        return None
    if review.status in WAITING and session.status != "done":
        return UNKNOWN_END
    return review.expires_at if review.status in ("APPROVED", "REVOKED") else None


def _bytes(row: Row) -> bytes:
    return json.dumps(row.fields, ensure_ascii=True, separators=(",", ":")).encode()


def _record(session: Session, packed: bytes, now: datetime, known: Known) -> ListRowRecord:
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
        tags=fingerprints(tag_words(session)),
        groups=fingerprints(groups),
        marks=fingerprints(marks_of(session)),
        access_until=_access_until(session),
        **asdict(known),
    )
