"""find_batch, find_correlation, find_around: the sessions that belong to one, for its page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.list_filling import Coverage, find_coverage
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.list_rows import kept_rows, save_rows
from sessions_ui.archive.list_walk import ask_page, started
from sessions_ui.gateway.client import MAX_PAGE
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.session import Session

AROUND = timedelta(minutes=30)
RELATED = 20
#: So many hoop is asked for.
ASKED = MAX_PAGE


@dataclass(frozen=True, slots=True)
class Mates:
    """Sessions that belong to one by one thing, newest first, of the rows we have. ``start``, ``end``: they
    began between these, where that bounds them. ``asked``: hoop gave its newest of them first, ``is_whole``
    all of them; ``total``: how many hoop counts. ``coverage``: how far its list was read."""

    sessions: tuple[Session, ...]
    start: datetime | None = None
    end: datetime | None = None
    asked: bool = False
    is_whole: bool = False
    total: int | None = None
    coverage: Coverage | None = None
    trouble: GatewayError | None = None


def find_batch(session: Session, view: View, *, ask: bool = False) -> Mates:
    """Of its batch; with ``ask`` after one call to hoop. Raises a GatewayError when hoop refuses."""
    return _mates(session, view, ListFilter(batch=session.batch_id), ask=ask)


def find_correlation(session: Session, view: View, *, ask: bool = False) -> Mates:
    """Of its correlation; as for a batch."""
    return _mates(session, view, ListFilter(correlation=session.correlation_id), ask=ask)


def find_around(session: Session, view: View, *, ask: bool = False) -> Mates:
    """Of the same person on the same connection within half an hour. hoop is asked for all that this person
    did then."""
    begin = started(session)
    around = ListFilter(
        people=(session.user_id,), start=begin - AROUND, end=(session.end_date or begin) + AROUND
    )
    found = _mates(session, view, replace(around, connection=session.connection), around, ask=ask)
    return replace(found, start=around.start, end=around.end, total=None)


def _mates(
    session: Session, view: View, shown: ListFilter, wanted: ListFilter | None = None, *, ask: bool
) -> Mates:
    """``wanted``: what hoop is asked for, where that is more than is shown."""
    wanted, page, trouble = wanted or shown, None, None
    if ask:
        try:
            page = share_flight(f"related {wanted}", lambda: ask_page(wanted, limit=ASKED, count="capped"))
            save_rows(page.rows)
        except GatewayError as error:
            if not error.away:
                raise
            trouble = error
    rows = kept_rows(view, shown, None, limit=RELATED + 1)
    others = tuple(row.session for row in rows if row.session.id != session.id)[:RELATED]
    if page is None:
        return Mates(others, coverage=find_coverage(), trouble=trouble)
    total = page.total if view.everything and not page.is_capped else None
    return Mates(others, asked=True, is_whole=page.next is None, total=total)
