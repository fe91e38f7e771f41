"""Personal tokens: what lets a program ask as a person, in the ``Authorization`` header and nowhere else.

A token gives its owner's rights, looked up at each use, and never more. It opens the addresses that
are marked with ``takes_token``, none of which makes tokens; pages do not look at it. It is shown
once and stored as a SHA-256; it ends by itself, is revoked by its owner, and stops when its owner
has not signed in for ``OWNER_SEEN_WITHIN``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.sign_ins import digest, find_newest
from sessions_ui.models import TokenRecord

PREFIX = "hvp_"
LIFETIME = timedelta(days=30)
OWNER_SEEN_WITHIN = timedelta(days=30)
#: Of a token, this much is kept to be recognised by; 256 random bits follow the prefix.
BEGINNING = 10
MAX_TOKENS = 50
#: The last use is written down at most this often.
USE_NOTED_EVERY = timedelta(minutes=1)

View = TypeVar("View", bound=Callable[..., object])


class TooManyTokens(Exception):
    """Somebody who has ``MAX_TOKENS`` live ones must revoke one first."""


def takes_token(view: View) -> View:
    """Marks a view that a personal token opens as well."""
    view.find_owner = find_token_owner  # type: ignore[attr-defined]  # read by Gate
    return view


def make_token(person: Person, *, name: str, lifetime: timedelta, may_see_input: bool) -> str:
    """The token itself, which nobody can be shown again. Raises TooManyTokens."""
    if _tokens_of(person).filter(expires_at__gt=timezone.now()).count() >= MAX_TOKENS:
        raise TooManyTokens
    token, now = PREFIX + secrets.token_urlsafe(32), timezone.now()
    TokenRecord.objects.create(
        issuer=person.issuer,
        subject=person.subject,
        token_hash=digest(token),
        beginning=token[:BEGINNING],
        name=name,
        may_see_input=may_see_input,
        created_at=now,
        expires_at=now + lifetime,
    )
    return token


def tokens_of(person: Person) -> list[tuple[TokenRecord, str]]:
    """All of a person's tokens that were not revoked, the newest first, each with why it is dead."""
    tokens = list(_tokens_of(person).order_by("-created_at"))
    newest = find_newest(person.issuer, person.subject) if tokens else None
    now = timezone.now()
    return [(token, _why_dead(token, newest, now)) for token in tokens]


def live_tokens() -> dict[tuple[str, str], list[TokenRecord]]:
    """Everybody's that open something, by issuer and subject of their owners, the newest first."""
    now = timezone.now()
    found: dict[tuple[str, str], list[TokenRecord]] = {}
    for token in TokenRecord.objects.filter(revoked_at=None, expires_at__gt=now).order_by("-created_at"):
        found.setdefault((token.issuer, token.subject), []).append(token)
    return {
        owner: tokens for owner, tokens in found.items() if not _why_dead(tokens[0], find_newest(*owner), now)
    }


def revoke_token(person: Person, number: int) -> bool:
    """False when they have no such token, or revoked it before."""
    return bool(_tokens_of(person).filter(pk=number).update(revoked_at=timezone.now()))


def revoke_all(issuer: str, subject: str) -> int:
    """Every token of somebody; how many there were."""
    theirs = TokenRecord.objects.filter(issuer=issuer, subject=subject, revoked_at=None)
    return theirs.update(revoked_at=timezone.now())


def _tokens_of(person: Person) -> QuerySet[TokenRecord]:
    if not person.subject:
        # Several people without one would share their tokens.
        raise RuntimeError("a sign-in let somebody in without saying who they are")
    return TokenRecord.objects.filter(issuer=person.issuer, subject=person.subject, revoked_at=None)


def find_token_owner(request: HttpRequest, **_: Any) -> Identity | None:
    """Whose token the request carries; None when it carries none of ours. Raises Refused.

    The token stands in ``request.token`` from then on."""
    text = bearer(request)
    if text is None:
        return None
    token = TokenRecord.objects.filter(token_hash=digest(text)).first()
    if token is None:
        raise Refused("token_unknown")
    owner = owner_of(token)
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        TokenRecord.objects.filter(pk=token.pk).update(last_used_at=now)
    request.token = token  # type: ignore[attr-defined]  # ours, read by the API
    return owner


def owner_of(token: TokenRecord) -> Identity:
    """A token's owner, as they last signed in. Raises Refused when it opens nothing any more."""
    newest = find_newest(token.issuer, token.subject)
    reason = _why_dead(token, newest, timezone.now())
    if reason or newest is None:
        raise Refused(reason or "token_idle", who=(token.issuer, token.subject))
    return newest[0]


def _why_dead(token: TokenRecord, newest: tuple[Identity, datetime] | None, now: datetime) -> str:
    """Why a token opens nothing, as a reason of ``refusals``; blank while it is live. ``newest``: its
    owner's newest sign-in."""
    if token.revoked_at is not None:
        return "token_revoked"
    if token.expires_at <= now:
        return "token_ended"
    if newest is None or now - newest[1] > OWNER_SEEN_WITHIN:
        return "token_idle"
    return ""


def grants_input(token: TokenRecord | None, person: Person) -> bool:
    """Whether what was typed is shown unmasked: by the token, and by what its owner is today."""
    return token is not None and token.may_see_input and person.role in SEES_ALL


def bearer(request: HttpRequest) -> str | None:
    """The token in the header. What does not begin as ours is left to the way of signing in."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text if scheme.lower() == "bearer" and text.startswith(PREFIX) else None


def token_of_request(request: HttpRequest) -> TokenRecord | None:
    """The token that opened it; None for a browser's session."""
    token: TokenRecord | None = getattr(request, "token", None)
    return token
