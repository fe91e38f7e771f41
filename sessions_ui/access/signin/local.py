"""The way in on this machine alone: an address printed at start, good for one opening.

Who can read the terminal that started the server has this machine in their hands. Opening the
address swaps its token for another that only the browser's cookie holds, so the address in a
history or a log opens nothing later. Of both only a SHA-256 is stored.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from sessions_ui.access.people import OPERATOR, Person
from sessions_ui.access.signin import open_to_all, written
from sessions_ui.access.signin.gate import Gate, note_refusal
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.sign_ins import digest, note
from sessions_ui.models import LocalEntryRecord
from sessions_ui.problems import is_program, problem

COOKIE = "hoopviewer_entry"
#: A browser left open is asked for a new address the next day.
LIFETIME = timedelta(hours=12)

#: Whoever opened the address, as a sign-in: tokens are kept under it.
OPERATORS = Identity(
    way=OPERATOR.via, issuer=OPERATOR.issuer, subject=OPERATOR.subject, email="", name=OPERATOR.name
)

CLOSED = "Open hoopviewer by its one-time address"
WHY = (
    "This browser has not opened the address that hoopviewer printed when it started, or did so more "
    "than 12 hours ago. hoopviewer shows recordings of people's work, and set up for one machine "
    "it lets in only who can read that address there."
)
WHAT_TO_DO = (
    "Open the address from the terminal where hoopviewer runs. It works once; start hoopviewer again for "
    "a new one."
)


def issue() -> str:
    """A new token for an address; every earlier token and cookie ends."""
    token = secrets.token_urlsafe(32)
    LocalEntryRecord.objects.all().delete()
    LocalEntryRecord.objects.create(token_hash=digest(token), created_at=timezone.now())
    return token


def redeem(token: str) -> str | None:
    """The cookie's token for an address's, once; None for one that is unknown, used or too old."""
    cookie, now = secrets.token_urlsafe(32), timezone.now()
    # One conditional update: of two workers that are given the same token, one changes a row.
    changed = LocalEntryRecord.objects.filter(
        token_hash=digest(token), opened_at=None, created_at__gt=now - LIFETIME
    ).update(token_hash=digest(cookie), opened_at=now)
    return cookie if changed else None


def is_open(cookie: str) -> bool:
    """Whether the cookie was given for an opened address, not too long ago."""
    return LocalEntryRecord.objects.filter(
        token_hash=digest(cookie), opened_at__gt=timezone.now() - LIFETIME
    ).exists()


def leave(request: HttpRequest) -> None:
    """Close the door behind this browser."""
    mine = LocalEntryRecord.objects.filter(token_hash=digest(request.COOKIES.get(COOKIE, "")))
    if mine.delete()[0]:
        written.left(request, OPERATORS)


class LocalEntry(Gate):
    """Lets in who holds the cookie, as the operator of this machine."""

    def find_person(self, request: HttpRequest) -> Person | None:
        cookie = request.COOKIES.get(COOKIE, "")
        return OPERATOR if cookie and is_open(cookie) else None

    def person_again(self, identity: Identity) -> Person | None:
        return OPERATOR if identity == OPERATORS else None

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        if is_program(request):
            return problem(request, status=401, title=CLOSED, happened=WHY, advice=WHAT_TO_DO)
        return render(request, "entry.html", {"title": CLOSED, "paragraphs": (WHY, WHAT_TO_DO)}, status=401)


@open_to_all
@require_GET
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Swaps the address's token for a cookie and goes to the start page."""
    if settings.IS_PUBLIC:
        # There is no such address, and a refusal of each would fill the trail.
        raise Http404
    cookie = redeem(token)
    if cookie is None:
        note_refusal(request, Refused("used"))
        return problem(
            request,
            status=403,
            title="This address was used already",
            happened="A one-time address opens hoopviewer once, within 12 hours, and only as long as the "
            "hoopviewer that printed it runs.",
            advice="If it was not you who opened it, stop hoopviewer. Start it again for a new address.",
        )
    written.came(request, OPERATORS, OPERATOR)
    note(OPERATORS)
    rotate_token(request)
    response = redirect("/")
    response.set_cookie(
        COOKIE, cookie, max_age=LIFETIME, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response
