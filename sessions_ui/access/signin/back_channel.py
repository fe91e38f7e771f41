"""Signing out by the provider's word (OpenID Connect Back-Channel Logout 1.0): it posts a token that names a
person, or one of their sessions there, and what came of those here ends.

No cookie is read, so no form's token stands in front of it: what counts is the signature. It is not counted
how often somebody posts: all of a company may be signed out at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from sessions_ui.access.limits import spend
from sessions_ui.access.signin import sign_ins, written
from sessions_ui.access.signin.identities import MAX_TEXT, text_of
from sessions_ui.access.signin.openid import provider
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.trail.store import TrailUnavailable

log = structlog.get_logger(__name__)
EVENT = "http://schemas.openid.net/event/backchannel-logout"
#: How old a token may be, in seconds; where it says itself when it runs out, that counts as well.
MAX_AGE = 300
#: For how long a token's id is remembered, longer than it is good.
REMEMBERED_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Logout:
    """Whose sign-ins end: of a ``subject``, or of their ``session`` there alone; of each, at least one is
    there. Only those from before ``at``: a token that is used again ends nothing that began since."""

    subject: str
    session: str
    at: datetime


def answer(request: HttpRequest) -> HttpResponse:
    """200 once they are ended, also where there were none; 400 for a token that says nothing to us."""
    try:
        logout = _read(provider().logout_claims(request.POST.get("logout_token", "")))
    except Refused as refused:
        # Never the token, and of its claims at most a name.
        log.warning("back_channel_refused", reason=refused.reason, detail=refused.detail)
        status = 503 if refused.status == 503 else 400
        return JsonResponse({"error": "invalid_request", "error_description": refused.reason}, status=status)
    ended = sign_ins.end_at_provider(
        settings.HOOPVIEWER_OIDC_ISSUER, subject=logout.subject, session=logout.session, before=logout.at
    )
    for identity in ended:
        try:
            written.left(request, identity, by="provider")
        except TrailUnavailable:
            # They are out; that alone must not wait for the trail.
            log.error("signing out not written")
    return HttpResponse()


def _read(claims: Mapping[str, Any]) -> Logout:
    """What a verified token asks for, once. Raises Refused."""
    if "nonce" in claims:
        raise Refused("nonce", detail="that of an ID token")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise Refused("claim", detail="events")
    subject, session = text_of(claims.get("sub"), MAX_TEXT), text_of(claims.get("sid"), MAX_TEXT)
    if not subject and not session:
        raise Refused("no_subject")
    issued = claims["iat"]
    now = datetime.now(UTC).timestamp()
    if isinstance(issued, bool) or not issued > now - MAX_AGE - settings.HOOPVIEWER_CLOCK_SKEW_SECONDS:
        raise Refused("expired", detail="iat")
    number = text_of(claims.get("jti"), MAX_TEXT)
    if not number:
        raise Refused("claim", detail="jti")
    if not spend("back-channel", number, most=1, seconds=REMEMBERED_SECONDS):
        raise Refused("claim", detail="jti, used before")
    at = min(now, issued + settings.HOOPVIEWER_CLOCK_SKEW_SECONDS)
    return Logout(subject, session, datetime.fromtimestamp(at, UTC))
