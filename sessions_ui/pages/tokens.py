"""``/tokens``: a person's tokens for the API.

A new one is shown in the answer that made it, and never again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.record import record
from sessions_ui.access.signin.refusals import SENTENCES
from sessions_ui.access.tokens import (
    MAX_TOKENS,
    TooManyTokens,
    make_token,
    revoke_token,
    tokens_of,
)
from sessions_ui.pages.opening import person_of_request
from sessions_ui.pages.words import shown
from sessions_ui.problems import is_fragment
from sessions_ui.trail.acts import Act

MAX_NAME = 80
#: Days that a token may live, and the one that is chosen first.
DAYS = (1, 7, 30, 90)
FIRST_DAYS = 30


@dataclass(frozen=True, slots=True)
class TokenLine:
    number: int
    name: str
    beginning: str
    sees_input: bool
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    #: Why it opens nothing any more; blank while it is live.
    dead: str


@dataclass(frozen=True, slots=True)
class TokensShape:
    """``made`` is a token just made, ``error`` what is wrong with the form as it was sent."""

    lines: tuple[TokenLine, ...]
    days: tuple[int, ...] = DAYS
    first_days: int = FIRST_DAYS
    may_give_input: bool = False
    name: str = ""
    made: str = field(default="", repr=False)
    made_name: str = ""
    error: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """GET: the person's tokens and a form for another. POST: makes one."""
    if request.method != "POST":
        return _answer(request)
    person = person_of_request(request)
    name = request.POST.get("name", "").strip()
    days = request.POST.get("days", "")
    if not name or len(name) > MAX_NAME or not name.isprintable():
        return _answer(request, status=400, name=name[:MAX_NAME], error="Name the token, in one line.")
    if days not in map(str, DAYS):
        return _answer(request, status=400, name=name, error=f"“{shown(days, 20)}” is not a number of days.")
    wants_input = request.POST.get("input", "")
    if wants_input not in ("", "1") or (wants_input and person.role not in SEES_ALL):
        return _answer(
            request, status=400, name=name, error="Typed input is for admins and auditors of hoop only."
        )
    record(
        request,
        Act.TOKEN_MADE,
        about={"name": name, "days": int(days), "input": bool(wants_input)},
    )
    try:
        token = make_token(
            person,
            name=name,
            lifetime=timedelta(days=int(days)),
            may_see_input=bool(wants_input),
        )
    except TooManyTokens:
        error = f"You have {MAX_TOKENS} tokens; revoke one of them first."
        return _answer(request, status=400, name=name, error=error)
    return _answer(request, status=201, made=token, made_name=name)


@require_POST
def token_revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Ends one of the person's tokens; what is not theirs, or ended before, changes nothing."""
    record(request, Act.TOKEN_ENDED, about={"token": number})
    revoke_token(person_of_request(request), number)
    return _answer(request) if is_fragment(request) else redirect("tokens")


def _answer(
    request: HttpRequest,
    *,
    status: int = 200,
    name: str = "",
    made: str = "",
    made_name: str = "",
    error: str = "",
) -> HttpResponse:
    person = person_of_request(request)
    shape = TokensShape(
        lines=_lines(person),
        may_give_input=person.role in SEES_ALL,
        name=name,
        made=made,
        made_name=shown(made_name, MAX_NAME),
        error=error,
    )
    template = "sessions_ui/_tokens.html" if is_fragment(request) else "sessions_ui/tokens.html"
    return render(request, template, {"tokens": shape, "now": timezone.now()}, status=status)


def _lines(person: Person) -> tuple[TokenLine, ...]:
    return tuple(
        TokenLine(
            number=token.pk,
            name=shown(token.name, MAX_NAME),
            beginning=token.beginning,
            sees_input=token.may_see_input,
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            dead=SENTENCES.get(dead, ""),
        )
        for token, dead in tokens_of(person)
    )
