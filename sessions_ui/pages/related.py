"""``/sessions/<id>/related``: the sessions that belong to one, below its page or on a page of their own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.policy import rights
from sessions_ui.access.record import record
from sessions_ui.archive.list_filling import Coverage
from sessions_ui.archive.related import (
    AROUND,
    ASKED,
    RELATED,
    Mates,
    find_around,
    find_batch,
    find_correlation,
)
from sessions_ui.archive.sessions import find_kept
from sessions_ui.pages.lines import lines_of, view_of
from sessions_ui.pages.list_shapes import SessionLine
from sessions_ui.pages.opening import admit, person_of_request
from sessions_ui.pages.refusals import BadQuery, answer_problems, problem_of
from sessions_ui.pages.session_ids import asked_id, one_address
from sessions_ui.pages.words import instant, title_of
from sessions_ui.problems import is_fragment
from sessions_ui.session import Session
from sessions_ui.trail.acts import Act

#: What a session may share with others, each a panel that can be asked for by itself.
BATCH, CORRELATION, AROUND_IT = "batch", "correlation", "around"
_FINDERS = {BATCH: find_batch, CORRELATION: find_correlation, AROUND_IT: find_around}
_TITLES = {
    BATCH: "The same batch",
    CORRELATION: "The same correlation",
    AROUND_IT: f"The same person on the same connection within {AROUND.seconds // 60} minutes",
}


@dataclass(frozen=True, slots=True)
class RelatedGroup:
    """Some of them, newest first, and what was looked at. ``href`` is the list of all of these;
    ``ask_href`` asks hoop for them, where it was not asked."""

    key: str
    title: str
    lines: tuple[SessionLine, ...]
    href: str
    note: str
    ask_href: str = ""


@dataclass(frozen=True, slots=True)
class RelatedShape:
    session_id: str
    title: str
    groups: tuple[RelatedGroup, ...]


@require_safe
@answer_problems()
@one_address("session-related")
def session_related(request: HttpRequest, session_id: str) -> HttpResponse:
    """At most one call to hoop: for what this person did around it, or where we have no copy of the
    session yet, for that. A fragment with ``?of=`` one of them asks for that alone."""
    person, of = person_of_request(request), request.GET.get("of", "")
    if of and of not in _FINDERS:
        raise BadQuery("of", of, f"one of {', '.join(_FINDERS)}")
    kept, ask = find_kept(asked_id(session_id)), True
    if kept is None or not rights(person, kept.session).details or kept.missing_since:
        kept, _ = admit(person, session_id)
        ask = False
    session = kept.session
    record(request, Act.LIST_READ, session=session.id, about={"related": of or True})
    if of and is_fragment(request):
        group = _group(person, session, of, ask=ask) if _value(session, of) else None
        return render(request, "sessions_ui/_related_group.html", {"group": group, "now": timezone.now()})
    keys = [key for key in _FINDERS if _value(session, key)]
    # The last one asks hoop, and what it gives is known to the others.
    groups = [_group(person, session, key, ask=ask and key == AROUND_IT) for key in reversed(keys)]
    shape = RelatedShape(session.id, title_of(session), tuple(reversed(groups)))
    template = "sessions_ui/_related.html" if is_fragment(request) else "sessions_ui/related.html"
    return render(request, template, {"related": shape, "now": timezone.now()})


def _value(session: Session, key: str) -> str:
    """What it shares with others; empty: nothing."""
    if key == BATCH:
        return session.batch_id
    if key == CORRELATION:
        return session.correlation_id
    return session.connection if session.user_id else ""


def _group(person: Person, session: Session, key: str, *, ask: bool) -> RelatedGroup:
    found = _FINDERS[key](session, view_of(person), ask=ask)
    lines, _ = lines_of(person, found.sessions)
    query = {key: _value(session, key)}
    if key == AROUND_IT:
        query = {"person": session.user_id, "connection": session.connection}
    if found.start and found.end:
        query |= {"from": f"{found.start:%Y-%m-%dT%H:%M:%S}Z", "to": f"{found.end:%Y-%m-%dT%H:%M:%S}Z"}
    asks = not found.asked and found.trouble is None
    return RelatedGroup(
        key,
        _TITLES[key],
        lines,
        f"/?{urlencode(query, safe=':')}",
        _note(person, found, len(lines)),
        f"{reverse('session-related', args=[session.id])}?of={key}" if asks else "",
    )


def _note(person: Person, found: Mates, count: int) -> str:
    """What was looked at for it."""
    span = ""
    if found.start and found.end:
        span = f" that began from {instant(found.start)} to {instant(found.end)}"
    if found.trouble is not None:
        known = "these are of the sessions that were listed or opened here before."
        return f"{problem_of(found.trouble).title}: {known}"
    if not found.asked:
        return f"Looked at: the sessions{span} that hoopviewer knows{_read_words(found.coverage)}."
    newest = f", the newest {count:,} of them shown" if count == RELATED else ""
    if not found.is_whole:
        return f"Looked at: the newest {ASKED:,} sessions{span} that hoop gave{newest}."
    if person.role not in SEES_ALL:
        return f"Looked at: all sessions{span} that hoop has; those that you may see are listed{newest}."
    counted = f", {found.total:,} with this one" if found.total is not None else ""
    return f"Looked at: all sessions{span} that hoop has{counted}{newest}."


def _read_words(coverage: Coverage | None) -> str:
    if coverage is None:
        return ", because they were listed or opened here"
    since = "hoop's first" if coverage.since is None else instant(coverage.since)
    return f": its list was read from {since} to {instant(coverage.until)}"
