"""list_sessions: a page of the list, from hoop where hoop can filter it, else from the rows we keep.

While hoop cannot be asked, the rows and our copies stand in, and the page says so; never when hoop
refuses. add_what_is_kept: what our copies know beyond a row of hoop's.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from sessions_ui.archive.kept import kept_of
from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.list_copies import Copy, copies_of, is_changed, known_of
from sessions_ui.archive.list_filling import Coverage, default_goal, fill_rows, find_coverage
from sessions_ui.archive.list_filter import ListFilter, Mark
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.list_rows import (
    all_kept_rows,
    count_rows,
    count_undecided,
    kept_rows,
    last_place,
    save_rows,
)
from sessions_ui.archive.list_walk import Page, Place, ask_page, started
from sessions_ui.archive.masking import EVERYTHING
from sessions_ui.archive.reading import EventLog
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.models import ListRowRecord, SessionRecord
from sessions_ui.session import Review, Session

#: How long a page waits for the rows to become fresh: an ordinary top-up is there at once.
WAIT_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of hoop's list. ``known``: with what only the session's own answer has, where that matters for
    its end; ``opened``: we have that answer; ``log``: the recording that we hold, where it says more of the
    end, and ``beside`` it what hoop sent later; ``changed``: the finished session is no longer at hoop what
    it was when that was read."""

    session: Session
    known: bool
    log: EventLog | None = None
    beside: EventLog | None = None
    opened: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, hoop's rule for the person not yet applied row by row.

    ``source``: ``hoop`` was asked; ``rows``: that hoop gave before, as far as ``coverage`` says;
    ``archive``: the rows and our copies, because of ``trouble``. ``total``: of all pages (None: not
    known), no less than ``is_capped`` or exactly. ``asked``: the rows that hoop gave for this page,
    before what it cannot tell apart was left out. ``last``: where the last page
    begins, or the instant up to which its sessions began; None: this is it, or that is not known.
    ``undecided``: of so many more it cannot be said whether they fit."""

    sessions: tuple[Session, ...]
    next: Place | None
    source: Literal["hoop", "rows", "archive"]
    asked: int = 0
    total: int | None = None
    is_capped: bool = False
    coverage: Coverage | None = None
    goal: datetime | None = None
    trouble: GatewayError | None = None
    crowded: datetime | None = None
    undecided: int = 0
    last: Place | datetime | None = None


def list_sessions(view: View, wanted: ListFilter, place: Place | None, *, limit: int) -> Listing:
    """At most one call to hoop (the rows are read ahead beside it). Raises a GatewayError when hoop
    refuses, or nothing may stand in for it."""
    if not (view.everything and wanted.is_for_hoop):
        return _from_rows(view, wanted, place, limit)
    try:
        page = share_flight(f"list {wanted} {place} {limit}", lambda: _ask(wanted, place, limit))
    except GatewayError as error:
        if not error.away:
            raise
        return _from_archive(view, wanted, place, limit, error)
    sessions = tuple(row.session for row in page.rows if wanted.fits(row.session))
    exact = wanted.is_exact_at_hoop
    return Listing(
        sessions,
        page.next,
        "hoop",
        asked=len(page.rows),
        total=page.total if exact else None,
        is_capped=page.is_capped,
        crowded=page.crowded,
        last=page.last if exact and page.last else _last_instant(view, wanted, page, limit),
    )


def _ask(wanted: ListFilter, place: Place | None, limit: int) -> Page:
    page = ask_page(wanted, place, limit=limit, count="capped")
    save_rows(page.rows)
    return page


def _last_instant(view: View, wanted: ListFilter, page: Page, limit: int) -> datetime | None:
    """Where hoop counts no further, and the rows reach back to its first session."""
    coverage = find_coverage() if page.next is not None else None
    if coverage is None or coverage.since is not None or coverage.trouble:
        return None
    oldest = last_place(view, wanted, limit - 1)
    return oldest.start if oldest else None


def _from_rows(view: View, wanted: ListFilter, place: Place | None, limit: int) -> Listing:
    goal = wanted.start or default_goal()
    fill_rows(goal, wait_seconds=WAIT_SECONDS)
    coverage = find_coverage()
    if coverage and coverage.trouble:
        sessions, total = _kept(view, wanted, place, limit), None
    else:
        sessions = tuple(row.session for row in kept_rows(view, wanted, place, limit=limit + 1))
        total = count_rows(view, wanted)
    more = total is not None and len(sessions) > limit
    oldest = last_place(view, wanted, limit) if more else None
    return Listing(
        sessions[:limit],
        _next(sessions, place, limit),
        "rows",
        asked=len(sessions),
        total=total,
        coverage=coverage,
        goal=goal,
        undecided=count_undecided(view, wanted, fitting=total),
        last=replace(oldest, seen=(total or 0) - limit) if oldest else None,
    )


def _from_archive(
    view: View, wanted: ListFilter, place: Place | None, limit: int, trouble: GatewayError
) -> Listing:
    sessions = _kept(view, wanted, place, limit)
    following, undecided = _next(sessions, place, limit), count_undecided(view, wanted)
    return Listing(
        sessions[:limit], following, "archive", len(sessions), trouble=trouble, undecided=undecided
    )


def _kept(view: View, wanted: ListFilter, place: Place | None, limit: int) -> tuple[Session, ...]:
    """What hoop gave before, rows and sessions of their own, in the order of the list; one more than
    ``limit``, where there is one."""
    rows = (row.session for row in all_kept_rows(view, wanted, place))
    both = heapq.merge(rows, _copies(view, wanted, place), key=_order, reverse=True)
    return tuple(islice(both, limit + 1))


def _copies(view: View, wanted: ListFilter, place: Place | None) -> Iterator[Session]:
    """Sessions that were opened here and of which we have no row."""
    rows = ListRowRecord.objects.filter(gateway=settings.HOOP_API_URL, session_id=OuterRef("session_id"))
    records = SessionRecord.objects.filter(
        ~Exists(rows), gateway=settings.HOOP_API_URL, start_date__isnull=False
    )
    if not view.everything:
        records = records.filter(missing_since=None)
    if place is not None:
        older = Q(start_date__lt=place.start) | Q(session_id__lt=UUID(place.session_id))
        records = records.filter(older, start_date__lte=place.start)
    for record in records.order_by("-start_date", "-session_id").iterator(chunk_size=100):
        session = kept_of(record).session
        if session.start_date is None or not view.holds(session):
            continue
        known = _known_marks(session, view) if wanted.copied_marks else ()
        if wanted.fits(session, known):
            yield session


def _known_marks(session: Session, view: View) -> set[Mark]:
    marks = known_of(session, copies_of([session.id]).get(session.id)).marks
    # A kill is told from the recording, which reviewers do not see.
    return marks if view.everything or session.user_id == view.user_id else marks - {"killed"}


def _order(session: Session) -> tuple[datetime, str]:
    return started(session), session.id


def _next(sessions: Sequence[Session], place: Place | None, limit: int) -> Place | None:
    if len(sessions) <= limit:
        return None
    last = sessions[limit - 1]
    return Place(started(last), last.id, seen=(place.seen if place else 0) + limit)


def add_what_is_kept(rows: Sequence[Session]) -> list[Listed]:
    """The rows with what our copies of their sessions know; hoop is not asked, two queries for all."""
    copies = copies_of(row.id for row in rows)
    return [_listed(row, copies.get(row.id)) for row in rows]


def _ends_unclearly(row: Session) -> bool:
    """hoop writes a code of its own for a block, a kill, a lost connection and a destroyed recording."""
    rejected = row.review is not None and row.review.status == "REJECTED"
    return row.status == "done" and (row.exit_code != 0 or rejected)


def _listed(row: Session, copy: Copy | None) -> Listed:
    unclear = _ends_unclearly(row)
    if copy is None:
        return Listed(row, known=not unclear)
    stored, changed = copy.session, is_changed(row, copy)
    # A session's analysis comes before its end, and does not change after it.
    session = replace(row, ai_analysis=stored.ai_analysis, review=_whole_review(row.review, stored.review))
    return Listed(
        session,
        known=not unclear or stored.status == "done",
        # Of an open one it tells how long nothing came.
        log=EventLog(copy.log, EVERYTHING)
        if copy.log and (unclear or changed or row.status != "done")
        else None,
        beside=EventLog(copy.beside, EVERYTHING) if copy.beside else None,
        opened=True,
        changed=changed,
    )


def _whole_review(row: Review | None, stored: Review | None) -> Review | None:
    """With the rule that hoop's rows leave out, where the stored one is in the same state."""
    if row is None or stored is None or (row.id, row.status) != (stored.id, stored.status):
        return row
    return replace(
        row,
        min_approvals=stored.min_approvals,
        rule_name=stored.rule_name,
        force_groups=stored.force_groups,
        time_window=stored.time_window,
    )
