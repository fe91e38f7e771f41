"""What a request does, written to the access trail in its person's name, before its answer is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_ui.access.addresses import client_address
from sessions_ui.access.people import Person
from sessions_ui.access.sent import tell_when_sent
from sessions_ui.problems import problem
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import SENT_WHOLE, Act
from sessions_ui.trail.store import TrailUnavailable, Written, write

#: The page that a fragment belongs to; ``base.html`` has htmx send it with each of its requests.
PAGE_HEADER = "Hoopviewer-Page"
_REQUEST_ID = re.compile(r"[0-9a-f]{32}")


def record(
    request: HttpRequest,
    act: Act,
    *,
    session: str = "",
    about: Mapping[str, object] | None = None,
    who: Actor | None = None,
) -> Written:
    """Write the row: who, when, from where, what, which session. ``who`` stands in for the signed-in
    person where there is none yet. Raises TrailUnavailable, which is answered with a 503: what cannot
    be written down is not shown."""
    number = str(getattr(request, "request_id", ""))
    row = write(
        act,
        who=who or actor_of(request),
        session=session,
        request=number,
        page=page_of(request) or number,
        about=about,
    )
    if act in SENT_WHOLE:
        tell_when_sent(request, row)
    return row


def actor_of(request: HttpRequest, person: Person | None = None) -> Actor:
    """The signed-in person as they are now, and their address; the address alone when nobody is.
    ``person`` is one who is only just being let in."""
    person = person or getattr(request, "person", None)
    address = client_address(request)
    if not isinstance(person, Person):
        return Actor(address=address)
    return Actor(
        name=person.name,
        email=person.email,
        hoop_id=person.id,
        subject=f"{person.issuer} {person.subject}".strip(),
        role=person.role,
        via=person.via,
        address=address,
    )


def page_of(request: HttpRequest) -> str:
    """The id of the page that a fragment says it is for; blank for a page of its own."""
    asked = str(request.headers.get(PAGE_HEADER, ""))
    return asked if _REQUEST_ID.fullmatch(asked) else ""


class ShowNothingUnwritten:
    """Answers 503 where a row could not be written, whatever the view was about to show."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return unwritten(request) if isinstance(exception, TrailUnavailable) else None


def unwritten(request: HttpRequest) -> HttpResponseBase:
    """503: nothing is shown that was not written down."""
    return problem(
        request,
        status=503,
        title="This could not be written down",
        happened="hoopviewer writes down who saw what, and shows nothing that it could not write down. "
        "Its access trail cannot be written to at the moment.",
        advice="Try again in a minute. If it stays, whoever runs hoopviewer should look at its log and "
        "at the space left on its disk.",
    )
