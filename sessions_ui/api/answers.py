"""Answers of the API: errors in hoop's form, validators, what a ``Prefer`` header asks for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from sessions_ui.access.record import record
from sessions_ui.access.tokens import token_of_request
from sessions_ui.api.query import Unacceptable
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.reading import LogGone
from sessions_ui.eventlog.formats.moments import rfc3339
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.refusals import BadQuery, NotYours, record_refusal, seconds_to_wait, words_for
from sessions_ui.pages.seats import TooManyDownloads
from sessions_ui.pages.session_ids import NotASessionId
from sessions_ui.problems import is_program, problem
from sessions_ui.trail.acts import Act

log = structlog.get_logger(__name__)
METHODS = ("GET", "HEAD")
#: hoop's own words, where it has any.
NOT_YOURS = "user is not allowed to access this session"
NOT_FOUND = "not found"
#: A log that was replaced while it was looked for.
MOVING = "the event stream has just been replaced by a newer reading"
#: How long ``Prefer: wait`` may hold a thread of ours, and what is said of when to come back.
LONGEST_WAIT_SECONDS = 30
RETRY_SECONDS = 5
_WAIT = re.compile(r'(?:^|,)[ \t]*wait[ \t]*=[ \t]*"?([0-9]{1,9})"?[ \t]*(?=$|[,;])', re.IGNORECASE)

_TITLES = {
    403: "Not yours to download",
    404: "There is no such link any more",
    410: "This link was not used in time",
}

View = Callable[..., HttpResponseBase]


class Refusal(Exception):
    """An answer that is no 200: its status and its sentence; ``link`` adds the status to the body, as hoop
    does where files are concerned."""

    def __init__(self, status: int, message: str, *, link: bool = False) -> None:
        super().__init__(message)
        self.status, self.message, self.link = status, message, link


def hoops_form(view: View) -> View:
    """GET and HEAD only; whatever the view raises becomes ``{"message": …}`` with its true status, and for
    a browser at a link a page."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if request.method not in METHODS:
                raise Refusal(405, f"only {' and '.join(METHODS)} are answered here")
            if token := token_of_request(request):
                record(request, Act.TOKEN_USED, about={"token": token.pk, "beginning": token.beginning})
            response = view(request, *args, **kwargs)
        except (
            Refusal,
            Unacceptable,
            BadQuery,
            NotASessionId,
            NotYours,
            TooManyDownloads,
            GatewayError,
            LogGone,
        ) as error:
            response = _refused(error)
            if response.status_code == 403:
                record_refusal(request)
            if not is_program(request):
                response = _as_page(request, response)
        if applied := getattr(request, "preference_applied", ""):
            response["Preference-Applied"] = applied
        patch_vary_headers(response, ("Authorization", "Cookie", "Prefer"))
        return response

    # Nothing is changed here, and another method is refused as such, not for the form that it lacks.
    return csrf_exempt(wrapped)


def _refused(error: Exception) -> HttpResponse:
    match error:
        case Refusal():
            return message(error.status, error.message, link=error.link)
        case Unacceptable():
            return message(422, str(error))
        case BadQuery():
            return message(422, str(Unacceptable(error.name, error.value, f"it is not {error.wanted}")))
        case NotASessionId():
            return message(404, "not a session id")
        case TooManyDownloads():
            whose = " to you" if error.own else ""
            sentence = f"too many answers are on their way{whose}; try again in a moment"
            return message(429 if error.own else 503, sentence)
        case LogGone():
            return message(503, MOVING)
        case GatewayError():
            log.warning("gateway_problem", problem=type(error).__name__, reason=str(error))
            refusal = gateway_trouble(type(error).__name__)
            return message(refusal.status, refusal.message, retry_seconds=seconds_to_wait(error))
        case _:
            return message(403, with_whom_to_ask(NOT_YOURS))


def with_whom_to_ask(sentence: str) -> str:
    """hoop's words, and behind them ours."""
    return f"{sentence}. {settings.HOOPVIEWER_WHOM_TO_ASK}".strip()


def _as_page(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """The refusal of a link, for a person who opened it in a browser."""
    page = problem(
        request,
        status=refusal.status_code,
        title=_TITLES.get(refusal.status_code, "The file cannot be had now"),
        happened=f"hoopviewer says: {json.loads(refusal.content)['message']}.",
        advice="A link to a file opens it once, for who made it, within five minutes. The recording can be "
        "had from the session's page as well.",
    )
    if "Retry-After" in refusal:
        page["Retry-After"] = refusal["Retry-After"]
    return page


def gateway_trouble(failure: str, *, about: str = "") -> Refusal:
    """``failure`` names a GatewayError's class, or what a failed reading keeps of it."""
    words = words_for(failure)
    return Refusal(words.status, about + (NOT_FOUND if words.status == 404 else words.happened))


def message(
    status: int, text: str, *, link: bool = False, retry_seconds: int = RETRY_SECONDS
) -> HttpResponse:
    response = JsonResponse({"status": status, "message": text} if link else {"message": text}, status=status)
    if status in (429, 502, 503, 504):
        response["Retry-After"] = str(retry_seconds)
    if status == 405:
        response["Allow"] = ", ".join(METHODS)
    return response


def described(response: HttpResponseBase, kept: Kept) -> HttpResponseBase:
    """When hoop last said what the answer holds, whether hoop could be asked, and between which two looks it
    was found changed after its end; it may be kept by the person's own client, which asks for it
    again each time."""
    response["Cache-Control"] = "private, no-cache"
    response["X-Fetched-At"] = rfc3339(kept.fetched_at)
    if kept.trouble is not None:
        response["X-Stale"] = words_for(type(kept.trouble).__name__).title
    elif kept.missing_since is not None:
        response["X-Stale"] = "hoop no longer has this session"
    if kept.changed_between is not None:
        response["X-Changed-At-Hoop"] = "/".join(map(rfc3339, kept.changed_between))
    return response


def etag(*parts: object) -> str:
    """A strong validator of everything that decides an answer's bytes."""
    text = "\n".join(map(str, parts))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def asked_wait(request: HttpRequest) -> int | None:
    """The seconds of ``Prefer: wait=N`` (RFC 7240) that are granted; None where nothing was asked.

    What cannot be read is passed over, as that RFC wants it."""
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return min(int(found[1]), LONGEST_WAIT_SECONDS) if found else None
