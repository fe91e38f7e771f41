"""What somebody types, looked up among the rows of their view: the beginning of an id, a person, and the
names to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from sessions_ui.archive.kept import kept_of
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View, matching, seen_by
from sessions_ui.archive.list_rows import read_row
from sessions_ui.models import SessionRecord
from sessions_ui.session import Session

_NEWEST = 2_000


def rows_beginning_with(digits: str, view: View, *, limit: int) -> list[Session]:
    """The sessions of this view, of the rows and of our own copies, whose id begins with these hexadecimal
    digits (without hyphens), newest first."""
    low, high = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    rows = seen_by(view).filter(session_id__range=(low, high)).order_by("-start_date")
    found = {
        str(session_id): read_row(row).session
        for session_id, row in rows.values_list("session_id", "row")[:limit]
    }
    copies = SessionRecord.objects.filter(gateway=settings.HOOP_API_URL, session_id__range=(low, high))
    for record in copies.order_by("fetched_at").iterator(chunk_size=100):
        kept = kept_of(record)
        if view.holds(kept.session) and (view.everything or kept.missing_since is None):
            found[kept.session.id] = kept.session
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def rows_of(session_ids: Iterable[UUID], view: View) -> list[Session]:
    """Those of them that this view's rows hold."""
    found = seen_by(view).filter(session_id__in=list(session_ids))
    return [read_row(row).session for row in found.values_list("row", flat=True)]


def find_people(text: str, view: View, *, limit: int = 9) -> list[tuple[str, str, str]]:
    """Whom the rows of this view know by it: id, e-mail, name. Whole ids, e-mails and names come before
    parts of them."""
    known = matching(view, ListFilter()).order_by().exclude(user_id="")
    columns = ("user_id", "user", "user_name")
    if same := known.filter(user_id=text).values_list(*columns).first():
        return [same]
    # People are few, and one walk over the rows finds them all: three searches in each row took PostgreSQL
    # five times as long.
    people = [each for each in known.values_list(*columns).distinct() if each[0]]
    wanted = text.casefold()
    for fits in (str.__eq__, str.__contains__):
        found = {each[0]: each for each in people if any(fits(name.casefold(), wanted) for name in each[1:])}
        if found:
            return list(found.values())[:limit]
    return []


def newest_values(view: View) -> tuple[list[str], list[str]]:
    """The connections and the types of the newest rows of this view, to choose from."""
    rows = matching(view, ListFilter()).order_by("-start_date", "-session_id")
    pairs = set(rows.values_list("connection", "type")[:_NEWEST])
    return sorted({pair[0] for pair in pairs} - {""}), sorted({pair[1] for pair in pairs} - {""})
