"""``/sessions/<id>`` and ``/sessions/<id>/log``: a session's page, and its log alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from sessions_ui.archive.cooldown import find_trouble
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.pages.answers import sentence_of
from sessions_ui.pages.changes import changes_at_hoop
from sessions_ui.pages.fact_groups import groups_of
from sessions_ui.pages.facts import facts_of
from sessions_ui.pages.footprints import record_opened, record_window
from sessions_ui.pages.log_choices import log_href
from sessions_ui.pages.log_hits import Hits, find_hits
from sessions_ui.pages.log_query import LogQuery, read_log_query
from sessions_ui.pages.log_shapes import LogHead, LogShape
from sessions_ui.pages.logs import log_shape, problem_log
from sessions_ui.pages.missing import missing_at_hoop
from sessions_ui.pages.moments import WANTED, NotThere, find_place
from sessions_ui.pages.opening import Opened, open_session, person_of_request
from sessions_ui.pages.refusals import answer_problems
from sessions_ui.pages.reviews import review_shape
from sessions_ui.pages.scripts import script_shape
from sessions_ui.pages.seen import seen_shape
from sessions_ui.pages.session_ids import one_address
from sessions_ui.pages.session_shape import SessionShape
from sessions_ui.pages.shapes import Banner, ProblemShape, ReviewShape
from sessions_ui.pages.three_answers import KEPT, three_answers
from sessions_ui.pages.words import title_of
from sessions_ui.pages.zones import COOKIE
from sessions_ui.problems import is_fragment
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.approval import ApprovalFact
from sessions_ui.verdicts.changes import as_read
from sessions_ui.verdicts.clock import recording_clock


@require_safe
@answer_problems()
@one_address("session")
def session_detail(request: HttpRequest, session_id: str) -> HttpResponse:
    """The whole page; ``?e=<number>`` opens the log at an event, ``?from=<number>`` at a page."""
    query = read_log_query(request)
    opened = open_session(request, session_id)
    page = page_in_trail(request, opened, query)
    response = render(request, "sessions_ui/session.html", page_context(request, page))
    _remember_zone(response, query)
    return response


def page_in_trail(request: HttpRequest, opened: Opened, query: LogQuery) -> SessionShape:
    """The whole page; that it is shown is written into the trail. Raises TrailUnavailable."""
    page = session_shape(opened, query, hits=find_hits(request, opened, query), site=site_of(request))
    record_opened(request, opened, page.log, query)
    return page


def page_context(request: HttpRequest, page: SessionShape) -> dict[str, object]:
    """What ``session.html`` is given."""
    seen = seen_shape(person_of_request(request), page.session_id)
    return {"page": page, "seen": seen, "now": timezone.now()}


def _log_problem(request: HttpRequest, problem: ProblemShape) -> HttpResponse:
    """For htmx the panel itself, so that what it replaces is still there to be replaced again."""
    context: dict[str, object] = {"problem": problem, "now": timezone.now()}
    if not is_fragment(request):
        return render(request, "problem.html", context, status=problem.status)
    context["log"] = problem_log(problem)
    return render(request, "sessions_ui/_log.html", context, status=problem.status)


@require_safe
@answer_problems(_log_problem)
@one_address("session-log")
def session_log(request: HttpRequest, session_id: str) -> HttpResponse:
    """The log: a fragment for htmx, a page of its own for everybody else."""
    query = read_log_query(request)
    fragment = is_fragment(request)
    opened = open_session(request, session_id, wait_seconds=0 if fragment else None, first_rows=True)
    typed = request.GET.get("at", "").strip()
    astray: dict[str, Any] = {}
    try:
        found = _found(opened, query, typed)
        if found is not None:
            return redirect(log_href(opened.session.id, found))
    except NotThere as error:
        astray = {"goto_text": typed, "goto_error": str(error), "status": 404}
    except (ValueError, OverflowError):
        astray = {"goto_text": typed, "goto_error": WANTED, "status": 400}
    hits = find_hits(request, opened, query)
    log = log_shape(opened, query, hits=hits, site=site_of(request), alone=True)
    if astray:
        log = replace(log, **astray)
    context: dict[str, object] = {"log": log, "now": timezone.now()}
    if "poll" not in request.GET:
        record_window(request, opened, log, query)
    if not fragment:
        context["page"] = head_of(opened)
        response = render(request, "sessions_ui/log.html", context, status=log.status)
    elif "poll" in request.GET and log.state != "arriving":
        # The answers above the log rest on it: the whole page is made anew.
        response = HttpResponseClientRefresh()
    else:
        # Rows alone, where scrolling loads on.
        part = "_rows" if query.grown and log.state == "ready" else "_log"
        response = render(request, f"sessions_ui/{part}.html", context, status=log.status)
    _remember_zone(response, query)
    return response


def _found(opened: Opened, query: LogQuery, text: str) -> LogQuery | None:
    """The address of what somebody typed into "Go to". Raises as
    ``find_place`` does."""
    log = opened.log
    if not text or not isinstance(log, EventLog) or not log.events:
        return None
    clock = recording_clock(opened.session, log.facts())
    return query.at(stretch=find_place(text, log, clock, zone=query.zone))


def _remember_zone(response: HttpResponse, query: LogQuery) -> None:
    if query.zone_asked:
        response.set_cookie(COOKIE, query.zone, max_age=365 * 86400, httponly=True, samesite="Strict")


def head_of(opened: Opened) -> LogHead:
    """What the log's own page says of its session: nothing that has to be worked out."""
    facts = opened.facts()
    answers = three_answers(opened, ())
    sentence = sentence_of(answers, opened.session, facts)
    if opened.kept.missing_since is not None:
        sentence = f"{sentence} {KEPT}"
    return LogHead(opened.session.id, title_of(as_read(opened.session, facts), facts), sentence)


def session_shape(
    opened: Opened,
    query: LogQuery,
    *,
    log: LogShape | None = None,
    hits: Hits | None = None,
    site: str = "",
) -> SessionShape:
    session, facts = opened.session, opened.facts()
    told = as_read(session, facts)
    judged = opened.approval_facts()
    answers = three_answers(opened, judged)
    return SessionShape(
        session_id=session.id,
        title=title_of(told, facts),
        sentence=sentence_of(answers, session, facts),
        started_at=session.start_date,
        said_at=opened.kept.fetched_at,
        answers=answers,
        facts=facts_of(told, facts, said_at=opened.kept.fetched_at),
        groups=groups_of(told),
        review=_review(opened, told, judged),
        script=script_shape(session),
        log=log or log_shape(opened, query, hits=hits, site=site),
        banners=tuple(_banners(opened, facts)),
    )


def _review(opened: Opened, told: Session, judged: tuple[ApprovalFact, ...]) -> ReviewShape:
    shape = review_shape(told, opened.facts(), judged, now=timezone.now())
    # What hoop no longer has will not be decided there.
    return shape if opened.kept.missing_since is None else replace(shape, poll_href="")


def _banners(opened: Opened, facts: LogFacts | None) -> list[Banner]:
    kept = opened.kept
    banners = []
    trouble = kept.trouble or find_trouble(settings.HOOP_API_URL)
    if trouble is not None:
        banners.append(
            Banner(
                "warn",
                "hoop cannot be reached: this is our copy",
                f"Reason: {trouble}. Shown is what hoop said on",
                kept.fetched_at,
            )
        )
    banners += missing_at_hoop(opened)
    banners += changes_at_hoop(opened, facts)
    return banners


def site_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
