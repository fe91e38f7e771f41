"""What a page of a session writes to the trail: which events it shows, which search it answers.

A page is one row. A fragment that brings new content is a row too, of the page it belongs to; a poll
brings none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from sessions_ui.access.record import record
from sessions_ui.eventlog.query import Query
from sessions_ui.pages.log_query import ALL_KINDS, LogQuery
from sessions_ui.pages.log_shapes import LogShape
from sessions_ui.pages.opening import Opened
from sessions_ui.session import Session
from sessions_ui.trail.acts import Act


def record_opened(request: HttpRequest, opened: Opened, log: LogShape, query: LogQuery) -> None:
    """The session's page, with the window of its log that it shows. Raises TrailUnavailable."""
    record(request, Act.SESSION_OPENED, session=opened.session.id, about=_window(log, query))


def record_window(request: HttpRequest, opened: Opened, log: LogShape, query: LogQuery) -> None:
    """A window of the log. Raises TrailUnavailable."""
    record(request, Act.LOG_READ, session=opened.session.id, about=_window(log, query))


def record_approval(request: HttpRequest, other: Session, session: Session) -> None:
    """The approval of ``other``, shown with the session that it covers. Raises TrailUnavailable."""
    record(request, Act.APPROVAL_READ, session=other.id, about={"approval for": session.id})


def record_stretch(request: HttpRequest, opened: Opened, query: LogQuery) -> None:
    """A stretch of the log that is quoted and held against its hash. Raises TrailUnavailable."""
    stretch = query.stretch
    events = [stretch.first.event, stretch.last.event] if stretch else []
    about = {"events": events, "cited": True, **_view(query)}
    record(request, Act.LOG_READ, session=opened.session.id, about=about)


def record_search(request: HttpRequest, opened: Opened, query: Query, first: int) -> None:
    """A page of hits, from hit number ``first`` on. Raises TrailUnavailable."""
    about = {"search": query.parameters(), "hit": first}
    record(request, Act.SEARCHED, session=opened.session.id, about=about)


def _window(log: LogShape, query: LogQuery) -> Mapping[str, object]:
    return {**({"events": list(log.events)} if log.events else {}), **_view(query)}


def _view(query: LogQuery) -> dict[str, Any]:
    """How it is shown, as far as it is not the usual way."""
    view: dict[str, Any] = {"kinds": query.kinds} if query.kinds != ALL_KINDS else {}
    if query.raw:
        view["view"] = "raw"
    if query.copy:
        view["copy"] = query.copy
    if query.search is not None:
        view["search"] = query.search.parameters()
    return view
