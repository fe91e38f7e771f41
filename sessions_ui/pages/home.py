"""``/``: the box that opens a session, and the list of sessions with its filters."""

from __future__ import annotations

import re
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.record import record
from sessions_ui.archive.list_lookup import newest_values, rows_beginning_with
from sessions_ui.pages.lines import lines_of, view_of
from sessions_ui.pages.list_form import fields_of, more_fields_of, ticks_of, uses_more
from sessions_ui.pages.list_page import list_shape
from sessions_ui.pages.list_people import Meant, find_meant
from sessions_ui.pages.list_query import ListQuery, has_empty, read_list_query
from sessions_ui.pages.list_shapes import HomeShape, ListShape
from sessions_ui.pages.opening import person_of_request
from sessions_ui.pages.refusals import answer_problems
from sessions_ui.pages.shapes import ProblemShape
from sessions_ui.pages.words import plural
from sessions_ui.problems import htmx_address, is_fragment
from sessions_ui.trail.acts import Act

MAX_MATCHES = 50
_ID = re.compile(
    r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9a-fA-F])|(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])"
)
_BEGINNING = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]{0,27}", re.ASCII)


def _problem(request: HttpRequest, problem: ProblemShape) -> HttpResponse:
    """For htmx in the list's place, so that the form still has something to fill."""
    if not is_fragment(request):
        return render(
            request, "problem.html", {"problem": problem, "now": timezone.now()}, status=problem.status
        )
    shape = ListShape(message=problem.title, advice=f"{problem.happened} {problem.advice}")
    return render(request, "sessions_ui/_list.html", {"list": shape}, status=problem.status)


@require_safe
@answer_problems(_problem)
def home(request: HttpRequest) -> HttpResponse:
    """``?q=`` with a session's id, its beginning, or any link that holds one, opens that session; the other
    parameters are the list's (``list_query``)."""
    person, query = person_of_request(request), read_list_query(request.GET)
    box = request.GET.get("q", "").strip()
    if box:
        return _open(request, person, query, box)
    fragment = is_fragment(request)
    address = query.address
    if has_empty(request.GET) and not fragment:
        return redirect(address)
    meant = find_meant(query.person, view_of(person)) if query.person else Meant((), "")
    if meant.instead:
        return redirect(query.href(person=meant.instead))
    shape = list_shape(person, query, meant.ids, meant.words)
    return _answer(request, person, query, HomeShape(list=shape), address=address)


def find_ids(text: str) -> list[str]:
    """The different session ids in a text, in order, in hoop's own form.

    >>> find_ids("https://hoop.example.com/sessions/4D9E8728-7E1E-4FCB-8112-F378EE20FA08?x=1")
    ['4d9e8728-7e1e-4fcb-8112-f378ee20fa08']
    """
    bare = [match.group().replace("-", "").lower() for match in _ID.finditer(text)]
    return list(dict.fromkeys(f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in bare))


def _open(request: HttpRequest, person: Person, query: ListQuery, box: str) -> HttpResponse:
    found = find_ids(box)
    if len(found) == 1:
        return redirect("session", session_id=found[0])
    if not found and _BEGINNING.fullmatch(box):
        return _open_beginning(request, person, query, box)
    error = (
        "That holds the ids of several sessions; give one of them."
        if found
        else "That is neither a session's id nor a link to one. An id looks like "
        "4d9e8728-7e1e-4fcb-8112-f378ee20fa08; its first 8 characters do as well."
    )
    return _astray(request, person, query, box, error, status=400)


def _open_beginning(request: HttpRequest, person: Person, query: ListQuery, box: str) -> HttpResponse:
    """An id that this person may not see does not exist here."""
    found = rows_beginning_with(box.replace("-", "").lower(), view_of(person), limit=MAX_MATCHES)
    lines, _ = lines_of(person, found)
    if len(lines) == 1:
        return redirect("session", session_id=lines[0].session_id)
    if not lines:
        whose = "" if person.role in SEES_ALL else "that you may see and "
        error = (
            f"hoopviewer knows no session {whose}whose id begins like that. It knows those that it "
            "listed or opened; hoop itself finds a session by its whole id only."
        )
        return _astray(request, person, query, box, error, status=404)
    shape = ListShape(
        title="Which of these?",
        lines=lines,
        summary=f"{plural(len(lines), 'session')} whose id begins with {box}",
    )
    return _answer(request, person, query, HomeShape(query=box, list=shape))


def _astray(
    request: HttpRequest, person: Person, query: ListQuery, box: str, error: str, *, status: int
) -> HttpResponse:
    shape = replace(list_shape(person, query, (), ""), status=status)
    return _answer(request, person, query, HomeShape(query=box[:200], query_error=error, list=shape))


def _answer(
    request: HttpRequest, person: Person, query: ListQuery, shape: HomeShape, *, address: str = ""
) -> HttpResponse:
    now, fragment = timezone.now(), is_fragment(request)
    if not fragment:
        connections, types = newest_values(view_of(person))
        shape = replace(
            shape,
            fields=fields_of(query, tuple(connections)),
            more_fields=more_fields_of(query, tuple(types)),
            ticks=ticks_of(query),
            is_filtered=bool(query.given),
            more_open=uses_more(query),
        )
    if not fragment or (address and address != htmx_address(request)):
        # A poll asks for the address that the page has already.
        record(request, Act.LIST_READ, about={**query.given, **({"q": shape.query} if shape.query else {})})
    template = "sessions_ui/_list.html" if fragment else "sessions_ui/home.html"
    context = {"home": shape, "list": shape.list, "now": now}
    response = render(request, template, context, status=shape.list.status)
    if fragment and address and address != htmx_address(request):
        response["HX-Push-Url"] = address
    return response
