"""``/sessions/<id>/citation``: a stretch of any length, gone through and held against a link's hash."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.searching import TooManySearches, search_slot
from sessions_ui.pages.citations import TooLong, make_citation
from sessions_ui.pages.footprints import record_stretch
from sessions_ui.pages.log_choices import log_href
from sessions_ui.pages.log_hits import is_gone, person_key
from sessions_ui.pages.log_query import LogQuery, read_log_query
from sessions_ui.pages.log_shapes import CitationShape
from sessions_ui.pages.opening import Opened, open_session, person_of_request
from sessions_ui.pages.refusals import BadQuery, NotYours, answer_problems
from sessions_ui.pages.session import head_of, site_of
from sessions_ui.pages.session_ids import one_address
from sessions_ui.pages.wholeness import NOT_SHOWN
from sessions_ui.problems import is_fragment
from sessions_ui.verdicts.clock import recording_clock

#: Some millions of events. Nothing is held of them but the hash and what is quoted.
DEADLINE_SECONDS = 20.0
_LOOK_EVENTS = 1_000


@require_safe
@answer_problems()
@one_address("session-citation")
def session_citation(request: HttpRequest, session_id: str) -> HttpResponse:
    """``e`` is the stretch, ``h`` the beginning of its hash as a link had it: the fragment for htmx, a
    page for everybody else."""
    query = read_log_query(request)
    if query.stretch is None:
        raise BadQuery("e", "", "a stretch of the log, like 1-20000")
    address = LogQuery(stretch=query.stretch, prefix=query.prefix, copy=query.copy)
    opened = open_session(request, session_id)
    if opened.log is None:
        raise NotYours(NOT_SHOWN)
    if not isinstance(opened.log, EventLog):
        # The log's own page says how far it is, or why it could not be read.
        return redirect(log_href(opened.session.id, address))
    citation = _cited(request, opened, opened.log, query)
    record_stretch(request, opened, query)
    context: dict[str, object] = {"citation": citation, "now": timezone.now()}
    if is_fragment(request):
        response = render(request, "sessions_ui/_citation.html", context)
    else:
        context |= {"page": head_of(opened), "log_href": log_href(opened.session.id, address)}
        response = render(request, "sessions_ui/citation.html", context)
    return response


def _cited(request: HttpRequest, opened: Opened, log: EventLog, query: LogQuery) -> CitationShape:
    deadline = time.monotonic() + DEADLINE_SECONDS

    def is_over(events: int, size: int) -> bool:
        return events % _LOOK_EVENTS == 0 and (time.monotonic() > deadline or is_gone(request))

    clock = recording_clock(opened.session, log.facts())
    try:
        with search_slot(person_key(person_of_request(request))):
            made = make_citation(opened.session, log, clock, query, site=site_of(request), stop=is_over)
    except TooLong as long:
        done = f"{long.done:,} events in {DEADLINE_SECONDS:.0f} s"
        problem = f"Not checked: {query.stretch} is longer than what can be gone through here ({done})."
    except TooManySearches:
        problem = "Not checked: two searches of yours are still under way."
    else:
        if made is not None:
            return made
        problem = f"There is no event {query.stretch} in this recording."
    asked = LogQuery(stretch=query.stretch, prefix=query.prefix, copy=query.copy).query()
    address = f"/sessions/{opened.session.id}/citation{asked}"
    return CitationShape(str(query.stretch), expected=query.prefix, check_href=address, problem=problem)
