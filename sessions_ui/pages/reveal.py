"""``/sessions/<id>/reveal``: a stretch of a log shown unmasked, this once and for a reason.

GET asks for the reason; POST answers with the log's page around the stretch. Nothing of the reveal stays:
no address shows more afterwards than before, to nobody.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from sessions_ui.access.limits import spend
from sessions_ui.access.record import record
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.masking import Reveal
from sessions_ui.eventlog.places import Stretch
from sessions_ui.pages.log_choices import log_href, reveal_href
from sessions_ui.pages.log_hits import person_key
from sessions_ui.pages.log_query import LogQuery, read_log_query
from sessions_ui.pages.log_shapes import RevealShape
from sessions_ui.pages.logs import log_shape, windows_of
from sessions_ui.pages.opening import Opened, open_session, person_of_request
from sessions_ui.pages.refusals import BadQuery, NotYours, answer_problems
from sessions_ui.pages.session import head_of, site_of
from sessions_ui.pages.session_ids import one_address
from sessions_ui.trail.acts import Act

#: A page shows no more; whoever needs all of it has the API, with a token that says so.
MAX_EVENTS = 200
MIN_REASON, MAX_REASON = 3, 300
#: Per person, in ten minutes.
REVEALS, WITHIN_SECONDS = 20, 600


@require_http_methods(["GET", "HEAD", "POST"])
@answer_problems()
@one_address("session-reveal")
def session_reveal(request: HttpRequest, session_id: str) -> HttpResponse:
    """``e`` is the stretch; ``reason``, posted, a line in somebody's words."""
    asked = read_log_query(request)
    if asked.stretch is None:
        raise BadQuery("e", "", "a stretch of the log, like 57 or 120-157")
    query = LogQuery(stretch=asked.stretch, copy=asked.copy)
    opened = open_session(request, session_id)
    if not opened.rights.reveal or opened.log is None:
        raise NotYours("Hidden input is for admins and auditors of hoop.")
    if not isinstance(opened.log, EventLog) or asked.stretch.first.event > opened.log.events:
        # The log's own page says how far it is, why it could not be read, or that there is no such event.
        return redirect(log_href(opened.session.id, query))
    if request.method != "POST":
        return _form(request, opened, query)
    reason = request.POST.get("reason", "").strip()
    error, status = _refused(request, asked.stretch, reason)
    if error:
        return _form(request, opened, query, reason=reason[:MAX_REASON], error=error, status=status)
    return _shown(request, opened, opened.log, query, _reveal(opened, opened.log, query), reason)


def _refused(request: HttpRequest, stretch: Stretch, reason: str) -> tuple[str, int]:
    """Why nothing is shown, in words, and the answer's status."""
    if stretch.last.event - stretch.first.event >= MAX_EVENTS:
        return f"Choose a stretch of at most {MAX_EVENTS} events.", 400
    if not reason.isprintable() or not MIN_REASON <= len(reason) <= MAX_REASON:
        return f"Give a reason, in one line of {MIN_REASON} to {MAX_REASON} characters.", 400
    key = person_key(person_of_request(request))
    if not spend("reveal", key, most=REVEALS, seconds=WITHIN_SECONDS):
        return f"You have looked at {REVEALS} stretches within ten minutes. Wait a little.", 429
    return "", 200


def _reveal(opened: Opened, log: EventLog, query: LogQuery) -> Reveal:
    """The events of the rows that are asked for: keys that are one row, of which some are hidden, would all
    stay hidden."""
    if query.stretch is None:
        raise ValueError("nothing is asked for")
    windows, _ = windows_of(opened.session, log, query)
    rows = [row for row in windows.around(query.stretch).rows if row.within(query.stretch)]
    first = min([query.stretch.first.event, *(row.event.number for row in rows)])
    last = max([query.stretch.last.event, *(row.last_event for row in rows)])
    return Reveal(first, min(last, log.events))


def _shown(
    request: HttpRequest, opened: Opened, log: EventLog, query: LogQuery, reveal: Reveal, reason: str
) -> HttpResponse:
    events = [reveal.first, reveal.last]
    about = {"events": events, "reason": reason, **({"copy": query.copy} if query.copy else {})}
    record(request, Act.REVEALED, session=opened.session.id, about=about)
    revealed = replace(opened, log=log.revealed(reveal))
    shown = f"Shown unmasked, this once: {_events_words(*events)}."
    words = f"{shown} The access trail has it, with your reason: {reason}"
    shape = replace(log_shape(revealed, query, site=site_of(request), alone=True), revealed=words)
    context = {"log": shape, "page": head_of(opened), "now": timezone.now()}
    return render(request, "sessions_ui/log.html", context, status=shape.status)


def _events_words(first: int, last: int) -> str:
    """
    >>> _events_words(57, 57), _events_words(1, 47)
    ('event 57', 'events 1 to 47')
    """
    return f"event {first:,}" if first == last else f"events {first:,} to {last:,}"


def _form(
    request: HttpRequest,
    opened: Opened,
    query: LogQuery,
    *,
    reason: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    session_id = opened.session.id
    shape = RevealShape(
        action=reveal_href(session_id, query),
        place=_events_words(query.stretch.first.event, query.stretch.last.event) if query.stretch else "",
        back_href=log_href(session_id, query),
        max_reason=MAX_REASON,
        reason=reason,
        error=error,
    )
    context = {"reveal": shape, "page": head_of(opened), "now": timezone.now()}
    response = render(request, "sessions_ui/reveal.html", context, status=status)
    if status == 429:
        response["Retry-After"] = "60"
    return response
