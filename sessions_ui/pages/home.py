"""``/``: the box that opens a session, and the newest sessions."""

from __future__ import annotations

import re

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.people import Person
from sessions_ui.access.policy import rights
from sessions_ui.archive.listing import Listed, add_what_is_kept, list_newest
from sessions_ui.archive.sessions import newest_kept
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.answers import approval_answer
from sessions_ui.pages.endings import changed_ending, ending_answer
from sessions_ui.pages.facts import tags_of
from sessions_ui.pages.opening import person_of_request
from sessions_ui.pages.refusals import problem_of
from sessions_ui.pages.shapes import Banner, HomeShape, SessionLine
from sessions_ui.pages.words import deed_of, lasted, noun_of, person_of, place_of
from sessions_ui.session import Session
from sessions_ui.verdicts.approval import judge_approval
from sessions_ui.verdicts.changes import as_read
from sessions_ui.verdicts.ending import Ending, judge_ending

log = structlog.get_logger(__name__)
NEWEST = 50
_ID = re.compile(
    r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9a-fA-F])|(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])"
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """``?q=`` with a session's id, or any link that holds one, opens that session."""
    query = request.GET.get("q", "").strip()
    error = ""
    if query:
        found = find_ids(query)
        if len(found) == 1:
            return redirect("session", session_id=found[0])
        error = (
            "That holds the ids of several sessions; give one of them."
            if found
            else "That is neither a session's id nor a link to one. An id looks like "
            "4d9e8728-7e1e-4fcb-8112-f378ee20fa08."
        )
    shape = _newest(request, query[:200], error)
    status = 400 if error else shape.status
    response = render(request, "sessions_ui/home.html", {"home": shape, "now": timezone.now()}, status=status)
    if status in (503, 504):
        response["Retry-After"] = "5"
    return response


def find_ids(text: str) -> list[str]:
    """The different session ids in a text, in order, in hoop's own form.

    >>> find_ids("https://hoop.example.com/sessions/4D9E8728-7E1E-4FCB-8112-F378EE20FA08?x=1")
    ['4d9e8728-7e1e-4fcb-8112-f378ee20fa08']
    """
    bare = [match.group().replace("-", "").lower() for match in _ID.finditer(text)]
    return list(dict.fromkeys(f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in bare))


def _newest(request: HttpRequest, query: str, error: str) -> HomeShape:
    person = person_of_request(request)
    banners: tuple[Banner, ...] = ()
    status = 200
    message, advice = "No sessions yet", "Sessions appear here as soon as hoop has recorded some."
    try:
        sessions = list_newest(NEWEST)
    except GatewayError as trouble:
        log.warning("gateway_problem", problem=type(trouble).__name__, reason=str(trouble))
        problem = problem_of(trouble)
        # While hoop is away our own copies stand in; when it refuses they do not.
        sessions = newest_kept(NEWEST) if trouble.away else []
        instead = " Shown are the sessions that were opened here before." if sessions else ""
        words = f"{problem.happened} {problem.advice}{instead}"
        banners = (Banner("warn", problem.title + ".", words, trouble.since),)
        status = 200 if sessions else problem.status
        message, advice = "No sessions to show", problem.advice
    visible = [session for session in sessions if rights(person, session).details]
    if sessions and not visible:
        message, advice = "None of the newest sessions are yours to see", "Open one by its id or link above."
    lines = tuple(_line(person, listed) for listed in add_what_is_kept(visible))
    return HomeShape(query, error, lines, message, advice, banners, status)


def _line(person: Person, listed: Listed) -> SessionLine:
    """As the session's own page would say it to this person, and never more than is known."""
    failed = judge_ending(listed.session, None).ending == Ending.FAILED
    seen = not failed and rights(person, listed.session).stream
    facts = listed.log.facts() if listed.log and seen else None
    session = as_read(listed.session, facts)
    ending = changed_ending(listed.session, facts) or ending_answer(session, facts)
    unclear = not listed.known and judge_ending(session, facts).ending == Ending.ABNORMAL
    approval = approval_answer(session, judge_approval(session))
    return SessionLine(
        session_id=session.id,
        href=f"/sessions/{session.id}",
        who=person_of(session),
        connection=place_of(session),
        tags=tags_of(session.tags),
        what=f"· {noun_of(session)}" if unclear else deed_of(session),
        started_at=session.start_date,
        duration=lasted(session),
        ending_tone=ending.tone,
        ending=f"{ending.headline} or blocked" if unclear else ending.headline,
        review_tone=approval.tone,
        review=approval.headline,
        marks=tuple(_marks(session)),
    )


def _marks(session: Session) -> list[str]:
    marks = []
    if session.guardrails:
        marks.append("guardrail hit")
    if session.metrics and session.metrics.truncated:
        marks.append("cut at hoop's limit")
    if session.metrics and session.metrics.masking and session.metrics.masking.redactions:
        marks.append("masked")
    return marks
