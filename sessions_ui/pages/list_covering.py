"""``/covering``: whether approvals of other sessions cover those of a list's page, where its rows could not
tell. A fragment that the list asks for once it is there, so that no list waits for a second call to hoop.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.record import record
from sessions_ui.archive.accesses import ask_accesses
from sessions_ui.archive.list_lookup import rows_of
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.covered import Looked, covering_note
from sessions_ui.pages.lines import lines_of, view_of
from sessions_ui.pages.list_query import MOST_ROWS
from sessions_ui.pages.opening import person_of_request
from sessions_ui.pages.refusals import BadQuery, answer_problems, problem_of
from sessions_ui.problems import is_fragment
from sessions_ui.trail.acts import Act

log = structlog.get_logger(__name__)


@require_safe
@answer_problems()
def list_covering(request: HttpRequest) -> HttpResponse:
    """``?id=`` of each session, a page of them at most; at most one call to hoop. An id that this person's
    list does not hold is passed over."""
    person, ids = person_of_request(request), _ids(request)
    if not is_fragment(request):
        return redirect("home")
    sessions = rows_of(ids, view_of(person))
    accesses, trouble = None, ""
    try:
        accesses = ask_accesses(sessions)
    except GatewayError as error:
        log.warning("gateway_problem", problem=type(error).__name__, reason=str(error))
        trouble = problem_of(error).title
    lines, _ = lines_of(person, sessions, accesses)
    left = sum(bool(line.covering and line.covering.looked == Looked.NOT_LOOKED_FOR) for line in lines)
    record(request, Act.LIST_READ, about={"covering approvals": len(lines)})
    context = {"lines": lines, "note": covering_note(left, trouble), "now": timezone.now()}
    return render(request, "sessions_ui/_list_covering.html", context)


def _ids(request: HttpRequest) -> list[UUID]:
    texts = request.GET.getlist("id")
    if not 0 < len(texts) <= MOST_ROWS:
        raise BadQuery("id", f"{len(texts)} ids", f"at least one and at most {MOST_ROWS}")
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            raise BadQuery("id", text, "a session's id") from None
    return ids
