"""What every sign-in shares: who is asking is known before any view runs, or no view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_ui.access.people import Person
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.tokens import NotAccepted
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.problems import problem


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
        except NotAccepted as refusal:
            return problem(
                request,
                status=401,
                title="This token is not accepted",
                happened=str(refusal),
                advice="Sign in, and make another on the page Tokens.",
            )
        except GatewayError:
            return problem(
                request,
                status=503,
                title="hoop cannot say who you are",
                happened="hoop knows which sessions you may see, and it does not answer as it should.",
                advice="Try again in a minute; if it stays, tell whoever runs hoop.",
            )
        if person is None:
            return self.refuse(request)
        request.person = person  # type: ignore[attr-defined]
        return None

    def find_person(self, request: HttpRequest) -> Person | None:
        """Who the request's cookie or headers speak for."""
        raise NotImplementedError

    def person_again(self, identity: Identity) -> Person | None:
        """Somebody who signed in this way before, with the rights that they have now."""
        raise NotImplementedError

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        """The page for somebody who is not signed in."""
        raise NotImplementedError
