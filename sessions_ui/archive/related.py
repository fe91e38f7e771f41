"""find_related: the sessions that belong to one, for its page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.list_rows import kept_rows, save_rows
from sessions_ui.archive.list_walk import ask_page, started
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.session import Session

AROUND = timedelta(minutes=30)
RELATED = 20


@dataclass(frozen=True, slots=True)
class Related:
    """Sessions that belong to one, newest first. ``is_whole``: hoop gave all that this person did from
    ``start`` to ``end``; else ``around`` is of the rows we have."""

    batch: tuple[Session, ...]
    correlation: tuple[Session, ...]
    around: tuple[Session, ...]
    start: datetime
    end: datetime
    is_whole: bool
    trouble: GatewayError | None = None


def find_related(session: Session, view: View, *, ask: bool = True) -> Related:
    """Of the same batch and correlation (of the rows we have), and of the same person on the same
    connection within half an hour: one call to hoop, for what this person did then."""
    begin = started(session)
    start, end = begin - AROUND, (session.end_date or begin) + AROUND
    around = ListFilter(people=(session.user_id,), start=start, end=end)
    trouble, is_whole = None, False
    if ask and session.user_id:
        try:
            page = share_flight(f"around {around}", lambda: ask_page(around))
            save_rows(page.rows)
            is_whole = page.next is None
        except GatewayError as error:
            if not error.away:
                raise
            trouble = error
    batch, correlation, near = (
        _others(session, view, wanted)
        for wanted in (
            ListFilter(batch=session.batch_id) if session.batch_id else None,
            ListFilter(correlation=session.correlation_id) if session.correlation_id else None,
            replace(around, connection=session.connection)
            if session.user_id and session.connection
            else None,
        )
    )
    return Related(batch, correlation, near, start, end, is_whole, trouble)


def _others(session: Session, view: View, wanted: ListFilter | None) -> tuple[Session, ...]:
    if wanted is None:
        return ()
    rows = kept_rows(view, wanted, None, limit=RELATED + 1)
    return tuple(row.session for row in rows if row.session.id != session.id)[:RELATED]
