"""What every sign-in shares: who is asking is known before any view runs, or no view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_ui.access.addresses import client_address, neighbourhood
from sessions_ui.access.limits import spend
from sessions_ui.access.people import Person
from sessions_ui.access.record import unwritten
from sessions_ui.access.signin import written
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.paths import own_path
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.problems import htmx_address, is_fragment, is_program, problem
from sessions_ui.trail.store import TrailUnavailable

log = structlog.get_logger(__name__)
#: Attempts and refusals of one address within a minute. A company's people may share one.
MOST_A_MINUTE = 120


class Gate:
    """A middleware that sets ``request.person``, or answers with ``refuse``.

    Views marked ``open_to_all`` are answered either way; an address that leads nowhere is a 404
    for everybody. A view with a ``find_owner`` (``access.tokens``) takes something else for a sign-in
    as well; its owner's rights are looked up anew.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.person = None  # type: ignore[attr-defined]  # ours, read by pages
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Runs once the view is known."""
        if getattr(view, "open_to_all", False):
            return None
        try:
            owner = view.find_owner(request, **kwargs) if hasattr(view, "find_owner") else None
            person = self.person_again(owner) if owner else self.find_person(request)
        except GatewayError:
            return hoop_is_silent(request, again=page_asked(request))
        except Refused as refused:
            return turn_away(request, refused, again=self.other_way(request))
        except TrailUnavailable:
            return unwritten(request)
        if person is None:
            return self.refuse(request)
        request.person = person  # type: ignore[attr-defined]
        return None

    def find_person(self, request: HttpRequest) -> Person | None:
        """Who the request's cookie or headers speak for. Raises Refused when they speak for nobody who
        may come in."""
        raise NotImplementedError

    def other_way(self, request: HttpRequest) -> str:
        """Where somebody who was refused can come in as somebody else; blank for nowhere."""
        return ""

    def person_again(self, identity: Identity) -> Person | None:
        """Somebody who signed in this way before, with the rights that they have now."""
        raise NotImplementedError

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        """The page for somebody who is not signed in."""
        raise NotImplementedError


def is_page(request: HttpRequest) -> bool:
    """Whether a person's browser asked for a whole page, which it can be sent to again."""
    asks = request.method in ("GET", "HEAD") and not is_program(request)
    return asks and not request.headers.get("HX-Request")


def page_asked(request: HttpRequest) -> str:
    """The page itself, or that in whose middle a part was asked for; blank where that is not known."""
    if is_page(request):
        return request.get_full_path()
    return own_path(htmx_address(request)) if is_fragment(request) else ""


def hoop_is_silent(request: HttpRequest, *, again: str = "") -> HttpResponseBase:
    """503: without hoop's word on a person, which is a minute old at most, nobody is let in. ``again`` is
    where to try again."""
    return problem(
        request,
        status=503,
        title="hoop cannot say who you are",
        happened="Which sessions you may see is hoop's to say, and it does not answer as it should. "
        "hoopviewer goes by hoop's word of the last minute and by none that is older, so that nobody keeps "
        "rights that hoop has taken from them.",
        advice="Try again in a minute; if it stays, tell whoever runs hoop. What hoopviewer has stored is "
        "not lost: while hoop is away, whoever can log in to hoopviewer's machine can still read it there, "
        "by the address of the local operator.",
        retry_href=again,
    )


#: A proxy that should have vouched for somebody did not, or not as agreed.
UNVOUCHED = ("network", "secret", "header", "no_token")


def turn_away(request: HttpRequest, refused: Refused, *, again: str = "") -> HttpResponseBase:
    """The refusal as a page for the person; written down as ``note_refusal`` does."""
    refused = note_refusal(request, refused)
    advice = settings.HOOPVIEWER_WHOM_TO_ASK
    if is_program(request) and refused.reason in UNVOUCHED:
        advice = (
            f"A program sends a personal token, made on /tokens, as Authorization: Bearer hvp_…. {advice}"
        )
    response = problem(
        request,
        status=refused.status,
        title="You were not let in",
        happened=refused.sentence,
        advice=advice,
        retry_href=again,
    )
    if request.headers.get("HX-Request"):
        # In the middle of a page there is no room for it: the browser asks for the whole page again.
        response["HX-Refresh"] = "true"
    return response


def note_refusal(request: HttpRequest, refused: Refused) -> Refused:
    """A row of the trail, and a line for the log, which alone has the detail. Where an address is refused
    again and again nothing more is written within the minute, and what it gets is ``too_often``."""
    if refused.reason != "too_often" and not _spend(request, "refused"):
        return Refused("too_often")
    log.warning(
        "sign-in refused",
        way=settings.HOOPVIEWER_SIGN_IN,
        reason=refused.reason,
        detail=refused.detail,
        address=client_address(request),
    )
    written.turned_away(request, refused)
    return refused


def require_calm(request: HttpRequest) -> None:
    """Raises Refused when this address tried to sign in too often within a minute."""
    if not _spend(request, "sign-in"):
        raise Refused("too_often")


def _spend(request: HttpRequest, kind: str) -> bool:
    return spend(kind, neighbourhood(client_address(request)), most=MOST_A_MINUTE, seconds=60)
