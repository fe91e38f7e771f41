"""``/sessions/<id>/download``: the log as a file. ``/sessions/<id>/download/form``: what it is to hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.record import record
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.gateway_facts import get_server
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.download_form import DownloadShape, download_shape, waiting_shape
from sessions_ui.pages.download_query import DownloadQuery, extension_of, read_download_query
from sessions_ui.pages.files import file_response, in_trail
from sessions_ui.pages.log_files import log_file
from sessions_ui.pages.opening import Opened, open_stored
from sessions_ui.pages.refusals import BadQuery, NotYours, answer_problem, answer_problems, words_for
from sessions_ui.pages.shapes import ProblemShape
from sessions_ui.pages.waiting import granted
from sessions_ui.pages.wholeness import NOT_SHOWN
from sessions_ui.problems import is_fragment
from sessions_ui.trail.acts import Act
from sessions_ui.verdicts.clock import recording_clock

#: A person sees how far a recording is; a program would rather wait than ask again.
PERSON_SECONDS, PROGRAM_SECONDS = 1.5, 20.0
SWITCHED_OFF = "Downloads of recordings are switched off at hoop."


@require_safe
@answer_problems()
def session_download(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """``format=text`` (the exact bytes printed, the default), ``csv``, ``json``, ``ndjson``, ``asciicast``;
    see ``download_query`` for what else may be asked."""
    query = read_download_query(request)
    person = "text/html" in request.headers.get("Accept", "")
    with granted(PERSON_SECONDS if person else PROGRAM_SECONDS) as seconds:
        opened = _opened(request, session_id, wait_seconds=seconds)
    if problem := _switch_unknown():
        return answer_problem(request, problem)
    if not isinstance(opened.log, EventLog):
        return _answer(request, waiting_shape(opened, query, starts=True))
    _check(opened, opened.log, query)
    file = log_file(opened, opened.log, query.options, extension=extension_of(query))
    if person and not file.events:
        # Programs get the true answer, as at hoop: 200 and no byte.
        return redirect(f"/sessions/{opened.session.id}/download/form{query.query()}")
    about: dict[str, Any] = {"events": file.events, **dict(parse_qsl(query.query()[1:]))}
    if part := request.headers.get("Range"):
        about["range"] = part
    begins = in_trail(request, Act.DOWNLOADED, session=opened.session.id, about=about)
    return file_response(request, file, begins=begins)


def _bad_choice(request: HttpRequest, problem: ProblemShape) -> HttpResponse:
    """For htmx the figures' place alone, so that what was typed into the form stays."""
    template = "problem.html"
    if is_fragment(request):
        figures = request.GET.get("part") == "sum"
        template = "sessions_ui/_download_sum.html" if figures else "sessions_ui/_problem.html"
    context = {"problem": problem, "now": timezone.now()}
    return render(request, template, context, status=problem.status)


@require_safe
@answer_problems(_bad_choice)
def session_download_form(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """The form, its choice and what a file of it would hold; for htmx the panel, or the figures alone
    (``part=sum``). ``starts=1``: a download waits for the recording, and begins when it is here."""
    query = read_download_query(request)
    part, starts = request.GET.get("part", ""), request.GET.get("starts", "0")
    if part not in ("", "sum"):
        raise BadQuery("part", part, "sum")
    if starts not in ("0", "1"):
        raise BadQuery("starts", starts, "0 or 1")
    opened = _opened(request, session_id, wait_seconds=0 if is_fragment(request) else PERSON_SECONDS)
    if problem := _switch_unknown():
        return answer_problem(request, problem)
    if not isinstance(opened.log, EventLog):
        return _answer(request, waiting_shape(opened, query, starts=starts == "1"))
    _check(opened, opened.log, query)
    shape = download_shape(opened, opened.log, query)
    if not is_fragment(request):
        # The page says whose session it is; the figures alone say no more than the session's page did.
        record(request, Act.SESSION_OPENED, session=opened.session.id, about={"part": "download"})
    return _answer(request, replace(shape, starts=starts == "1"), sum_only=part == "sum")


def _opened(request: HttpRequest, session_id: str, *, wait_seconds: float) -> Opened:
    """Raises NotYours where this person may not have the recording, or nobody."""
    opened = open_stored(request, session_id, wait_seconds=wait_seconds)
    if opened.log is None:
        raise NotYours(NOT_SHOWN)
    return opened


def _switch_unknown() -> ProblemShape | None:
    """hoop's switch for downloads; not knowing it counts as off. Raises NotYours where it is off."""
    try:
        server = get_server()
    except GatewayError as error:
        words = words_for(type(error).__name__)
        return ProblemShape(
            503,
            "hoop does not say whether downloads are allowed",
            f"{words.happened}: {error}. Until it says, there are none.",
            words.advice,
            since=error.since,
        )
    if server.disable_download:
        raise NotYours(SWITCHED_OFF)
    return None


def _check(opened: Opened, log: EventLog, query: DownloadQuery) -> None:
    """Raises BadQuery for what this recording does not have."""
    options = query.options
    if query.stretch and max(options.first, options.last) > log.events:
        raise BadQuery("e", query.stretch, f"a range within the recording's {log.events:,} events")
    if options.form == "text" and options.times == "utc":
        clock = recording_clock(opened.session, log.facts())
        if clock.started_at is None or clock.estimated:
            wanted = "known for this session: hoop does not record when one that waited was connected"
            raise BadQuery("times", options.times, f"{wanted}. Offsets are exact: times=offset")


def _answer(request: HttpRequest, shape: DownloadShape, *, sum_only: bool = False) -> HttpResponse:
    context = {"download": shape, "now": timezone.now()}
    template, status = "sessions_ui/download.html", shape.status
    if is_fragment(request):
        template = "sessions_ui/_download_sum.html" if sum_only else "sessions_ui/_download.html"
        # To a poll "not yet" is an answer like any other.
        status = 200 if shape.state == "arriving" else status
    return render(request, template, context, status=status)
