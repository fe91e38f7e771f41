"""``/sessions/<id>/related``: the sessions that belong to one, below its page or on a page of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.people import Person
from sessions_ui.access.policy import rights
from sessions_ui.access.record import record
from sessions_ui.archive.related import AROUND, Related, find_related
from sessions_ui.archive.sessions import find_kept
from sessions_ui.pages.lines import lines_of, view_of
from sessions_ui.pages.list_shapes import SessionLine
from sessions_ui.pages.opening import admit, person_of_request
from sessions_ui.pages.refusals import answer_problems
from sessions_ui.pages.session_ids import asked_id, one_address
from sessions_ui.pages.words import title_of
from sessions_ui.problems import is_fragment
from sessions_ui.session import Session
from sessions_ui.trail.acts import Act


@dataclass(frozen=True, slots=True)
class RelatedGroup:
    """Some of them, newest first; ``href`` is the list that asks hoop for all of these."""

    title: str
    lines: tuple[SessionLine, ...]
    href: str
    link: str
    note: str = ""


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
    session yet, for that."""
    person = person_of_request(request)
    kept = find_kept(asked_id(session_id))
    if kept is None or not rights(person, kept.session).details or kept.missing_since:
        kept, _ = admit(person, session_id)
        found = find_related(kept.session, view_of(person), ask=False)
    else:
        found = find_related(kept.session, view_of(person))
    session = kept.session
    record(request, Act.LIST_READ, session=session.id, about={"related": True})
    shape = RelatedShape(session.id, title_of(session), tuple(_groups(person, session, found)))
    template = "sessions_ui/_related.html" if is_fragment(request) else "sessions_ui/related.html"
    return render(request, template, {"related": shape, "now": timezone.now()})


def _groups(person: Person, session: Session, found: Related) -> Iterator[RelatedGroup]:
    known = "Of the sessions that hoopviewer knows; the list asks hoop for all."
    for title, others, name, value in (
        ("The same batch", found.batch, "batch", session.batch_id),
        ("The same correlation", found.correlation, "correlation", session.correlation_id),
    ):
        if value:
            lines, _ = lines_of(person, others)
            yield RelatedGroup(title, lines, f"/?{urlencode({name: value})}", "List all of it", known)
    if session.user_id and session.connection:
        span = {"from": f"{found.start:%Y-%m-%dT%H:%M:%S}Z", "to": f"{found.end:%Y-%m-%dT%H:%M:%S}Z"}
        query = {"person": session.user_id, "connection": session.connection} | span
        lines, _ = lines_of(person, found.around)
        minutes = AROUND.seconds // 60
        yield RelatedGroup(
            f"The same person on the same connection within {minutes} minutes",
            lines,
            f"/?{urlencode(query, safe=':')}",
            "List them",
            _around_note(found, known),
        )


def _around_note(found: Related, known: str) -> str:
    if found.trouble is not None:
        return "hoop cannot be reached: these are of the sessions that were listed or opened here before."
    if found.is_whole:
        return ""
    return known
