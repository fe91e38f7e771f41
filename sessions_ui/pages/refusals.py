"""A GatewayError in a person's words: what happened, since when, what to do, and its status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from sessions_ui.access.record import record
from sessions_ui.archive.reading import LogGone
from sessions_ui.gateway.errors import GatewayCoolingDown, GatewayError, GatewaySlow
from sessions_ui.pages.seats import TooManyDownloads
from sessions_ui.pages.session_ids import NotASessionId, asked_id
from sessions_ui.pages.shapes import ProblemShape
from sessions_ui.pages.words import shown
from sessions_ui.problems import is_fragment
from sessions_ui.trail.acts import Act

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    status: int
    title: str
    happened: str
    advice: str


#: Keyed by the error's class name, which is also what a failed reading of a log keeps.
WORDS = {
    "GatewayUnreachable": Words(
        503,
        "hoop cannot be reached",
        "hoopviewer got no usable answer from the hoop gateway",
        "It is asked again in a moment. If this stays, tell whoever runs hoop.",
    ),
    "GatewaySlow": Words(
        504,
        "hoop is too slow",
        "The hoop gateway did not answer in time",
        "Try again in a moment. If this stays, tell whoever runs hoop.",
    ),
    "GatewayRefused": Words(
        502,
        "hoop refuses hoopviewer's key",
        "The hoop gateway does not accept the key that hoopviewer holds; it may have been revoked",
        "Whoever runs hoopviewer must give it a key of hoop's auditor group (HOOP_API_KEY).",
    ),
    "GatewayForbidden": Words(
        403,
        "hoop does not show this to hoopviewer",
        "The key that hoopviewer holds may not see this",
        "Whoever runs hoopviewer must give it a key of hoop's auditor group (HOOP_API_KEY).",
    ),
    "GatewayNotFound": Words(
        404,
        "hoop has no such session",
        "The hoop gateway knows no session with this id",
        "Check the id: a session of another organisation or gateway is not found here either.",
    ),
    "GatewayGarbled": Words(
        502,
        "hoop's answer makes no sense",
        "What came back is not what a hoop gateway sends, so nothing of it was kept",
        "Check that HOOP_API_URL leads to hoop itself, not to a sign-in page or a proxy's error.",
    ),
    "GatewayTooBig": Words(
        502,
        "hoop's answer is too big",
        "The answer passed the limit that hoopviewer is set to, so nothing of it was kept",
        "Whoever runs hoopviewer can raise HOOPVIEWER_MAX_LOG_BYTES.",
    ),
    "GatewayCoolingDown": Words(
        503,
        "hoop failed a moment ago",
        "The hoop gateway failed a moment ago and is not asked again at once",
        "Try again in a moment. If this stays, tell whoever runs hoop.",
    ),
    "Interrupted": Words(
        503,
        "The reading was interrupted",
        "The process that read this recording ended in the middle; nothing half-read is shown",
        "It begins again when the page is opened.",
    ),
    "NotStored": Words(
        503,
        "The recording could not be stored",
        "hoopviewer's own database could not store the recording; nothing half-stored is shown",
        "Whoever runs hoopviewer should look at the space left on its disk, and at its log.",
    ),
}
DEFECT = Words(
    500,
    "hoopviewer failed",
    "A defect in hoopviewer stopped the reading of this recording; nothing half-read is shown",
    "Tell whoever runs hoopviewer; its log says more.",
)


def words_for(failure: str) -> Words:
    return WORDS.get(failure, DEFECT)


def problem_of(error: GatewayError, *, retry_href: str = "") -> ProblemShape:
    words = words_for(type(error).__name__)
    return ProblemShape(
        status=words.status,
        title=words.title,
        happened=_happened(words, error),
        advice=words.advice,
        since=error.since,
        retry_href=retry_href if words.status != 404 else "",
    )


def _happened(words: Words, error: GatewayError) -> str:
    """Said once, where the title or the reason says it alone."""
    reason = str(error)
    if reason.casefold() == words.title.casefold():
        return f"{words.happened}."
    sentence = f"{reason if reason.startswith('hoop') else reason[:1].upper() + reason[1:]}."
    if isinstance(error, GatewaySlow):
        return sentence
    if isinstance(error, GatewayCoolingDown):
        return f"{sentence} The next try is in {seconds_to_wait(error)} s."
    return f"{words.happened}: {reason}."


class NotYours(Exception):
    """The person may not see this session; ``str`` says why, in words for them."""


class BadQuery(Exception):
    """A value of the address that cannot be taken: its name, itself, and what was wanted."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(name)
        self.name, self.value, self.wanted = name, value, wanted


View = Callable[..., HttpResponseBase]
ShowProblem = Callable[[HttpRequest, ProblemShape], HttpResponse]


def answer_problems(show: ShowProblem | None = None) -> Callable[[View], View]:
    """Turns what a view raises into a page with the true status, or into what ``show`` makes of it;
    the log line has the request id (bound by the middleware) and no content."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except GatewayError as error:
                log.warning("gateway_problem", problem=type(error).__name__, reason=str(error))
                problem = problem_of(error, retry_href=_again(request))
                return answer_problem(request, problem, show, wait=seconds_to_wait(error))
            except (NotASessionId, NotYours, BadQuery, TooManyDownloads, LogGone) as refusal:
                if isinstance(refusal, NotYours):
                    record_refusal(request)
                return answer_problem(request, _refusal(refusal), show)

        return wrapped

    return decorate


def record_refusal(request: HttpRequest) -> None:
    """Somebody asked for what is not theirs to see. Raises TrailUnavailable."""
    match = request.resolver_match
    asked = str(match.kwargs.get("session_id", "")) if match else ""
    try:
        session = str(asked_id(asked)) if asked else ""
    except NotASessionId:
        session = ""
    record(request, Act.REFUSED, session=session, about={"page": match.view_name if match else ""})


def answer_problem(
    request: HttpRequest, problem: ProblemShape, show: ShowProblem | None = None, *, wait: int = 0
) -> HttpResponse:
    """The problem with its true status, the request's number, and, where that is known better than what
    every 503 says, after how many seconds to try again (``wait``)."""
    problem = replace(problem, request_id=getattr(request, "request_id", ""))
    response = (show or _page)(request, problem)
    if wait and problem.status in (503, 504):
        response["Retry-After"] = str(wait)
    return response


def _page(request: HttpRequest, problem: ProblemShape) -> HttpResponse:
    template = "sessions_ui/_problem.html" if is_fragment(request) else "problem.html"
    return render(request, template, {"problem": problem, "now": timezone.now()}, status=problem.status)


def _refusal(refusal: NotASessionId | NotYours | BadQuery | TooManyDownloads | LogGone) -> ProblemShape:
    if isinstance(refusal, LogGone):
        return _MOVING
    if isinstance(refusal, TooManyDownloads):
        return _TOO_MANY_OF_YOURS if refusal.own else _TOO_MANY
    if isinstance(refusal, BadQuery):
        return ProblemShape(
            400,
            "This address cannot be understood",
            f"“{refusal.name}={shown(refusal.value, 40)}” is not {refusal.wanted}.",
            "Take that part out of the address.",
        )
    if isinstance(refusal, NotYours):
        return ProblemShape(403, "Not yours to see", str(refusal), settings.HOOPVIEWER_WHOM_TO_ASK)
    return ProblemShape(
        404,
        "This is not a session id",
        "The address names no session: an id looks like 4d9e8728-7e1e-4fcb-8112-f378ee20fa08.",
        "Copy the id, or the whole link, from hoop again.",
    )


def _again(request: HttpRequest) -> str:
    """The same address, without what only a poll adds to it."""
    query = request.GET.copy()
    query.pop("poll", None)
    return request.path + (f"?{query.urlencode()}" if query else "")


def seconds_to_wait(error: GatewayError) -> int:
    """After how long hoop is worth asking again."""
    if isinstance(error, GatewayCoolingDown):
        return max(1, round((error.until - timezone.now()).total_seconds()) + 1)
    return max(5, round(error.retry_after))


_MOVING = ProblemShape(
    503,
    "This recording has just been read anew",
    "While it was looked for, a newer reading of it took its place.",
    "Reload the page.",
)
_TOO_MANY = ProblemShape(
    503,
    "Too many downloads at once",
    "As many files as hoopviewer sends at once are on their way; pages are served before more files.",
    "Try again in a moment.",
)
_TOO_MANY_OF_YOURS = ProblemShape(
    429,
    "Too many downloads of yours at once",
    "As many files as one person may have at once are on their way to you; others want some as well.",
    "Try again when one of them is through.",
)
