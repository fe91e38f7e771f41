"""``/sessions/<id>/download``: the log as a file, streamed from the archive a segment at a time."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead
from sessions_ui.archive.gateway_facts import get_server
from sessions_ui.eventlog.formats.csv_rows import csv_rows
from sessions_ui.eventlog.formats.json_events import json_document
from sessions_ui.pages.answers import NOT_SHOWN
from sessions_ui.pages.logs import unread
from sessions_ui.pages.opening import open_session
from sessions_ui.pages.refusals import BadQuery, NotYours, answer_problem, answer_problems
from sessions_ui.pages.shapes import ProblemShape
from sessions_ui.session import Session
from sessions_ui.verdicts.clock import recording_clock

#: hoop may take minutes to the first byte; a download waits this long, then says "not yet".
WAIT_SECONDS = 20
EXTENSIONS = {"text": "txt", "json": "json", "csv": "csv"}


@require_safe
@answer_problems()
def session_download(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """``?format=text`` (the exact bytes printed, the default), ``json`` or ``csv``."""
    form = _form(request)
    opened = open_session(request, session_id, wait_seconds=WAIT_SECONDS, whole=True)
    if opened.log is None:
        raise NotYours(NOT_SHOWN)
    if get_server().disable_download:
        raise NotYours("Downloads of recordings are switched off at hoop.")
    if not isinstance(opened.log, EventLog):
        return _not_there(request, opened.session, opened.log)
    response = _file(opened.session, opened.log, form)
    name = file_name(opened.session, EXTENSIONS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Event-Count"] = str(opened.log.events)
    return response


def _form(request: HttpRequest) -> str:
    """Raises BadQuery."""
    asked = request.GET.getlist("format") or ["text"]
    for form in asked:
        if form not in EXTENSIONS:
            raise BadQuery("format", form, "text, json or csv")
    return asked[-1]


def _file(session: Session, log: EventLog, form: str) -> HttpResponseBase:
    started_at = recording_clock(session, log.facts())
    # An estimated clock would look exact in a file: offsets say what is known.
    known = None if started_at.estimated else started_at.started_at
    if form == "json":
        head = {
            "session": session.id,
            "connection": session.connection,
            "person": session.user or session.user_id,
        }
        return StreamingHttpResponse(
            json_document(log.read_all(), head=head, started_at=known), content_type="application/json"
        )
    if form == "csv":
        return StreamingHttpResponse(
            csv_rows(log.read_all(), started_at=known), content_type="text/csv; charset=utf-8"
        )
    response = StreamingHttpResponse(log.printed(), content_type="application/octet-stream")
    response["Content-Length"] = str(log.record.printed_bytes)
    return response


def file_name(session: Session, extension: str) -> str:
    """Person, connection, date and id, in characters that every system takes.

    Two sessions never share one: the id is whole."""
    day = session.start_date.strftime("%Y%m%d-%H%M%S") if session.start_date else "undated"
    parts = (session.user_name or session.user or session.user_id, session.connection, day, session.id)
    bare = [re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip("-.")[:60] for part in parts]
    return "_".join(part for part in bare if part) + f".{extension}"


def _not_there(request: HttpRequest, session: Session, log: Arriving | NotRead) -> HttpResponse:
    if isinstance(log, NotRead):
        return answer_problem(request, unread(log, retry_href=f"/sessions/{session.id}"))
    problem = ProblemShape(
        503,
        "The recording is still being read",
        "hoopviewer is reading this recording from hoop; a part of it would not be a download.",
        "Open the session to see how far it is, and download it then.",
        retry_href=f"/sessions/{session.id}",
    )
    return answer_problem(request, problem)
