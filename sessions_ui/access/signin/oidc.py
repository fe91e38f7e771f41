"""Sign-in at an OpenID provider: there, back, and out again. Our own session is a cookie (``sign_ins``)."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils.http import urlencode

from sessions_ui.access.people import Person
from sessions_ui.access.signin import attempts, sign_ins, written
from sessions_ui.access.signin.gate import Gate, hoop_is_silent, is_page, require_calm, turn_away
from sessions_ui.access.signin.identities import MAX_TEXT, ClaimRules, Identity, identity_from, text_of
from sessions_ui.access.signin.openid import provider
from sessions_ui.access.signin.openid_errors import error_code
from sessions_ui.access.signin.paths import own_path
from sessions_ui.access.signin.persons import person_of
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.problems import problem

SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
#: Parts of pages that ask again by themselves, by their ids: a page left open keeps nobody signed in.
FOLLOWING = frozenset({"event-log", "session-list", "review", "covering", "download", "citation"})
#: What a provider says when it was the person, or their company, who broke off.
DENIALS = ("access_denied", "login_required", "consent_required", "interaction_required")


def cookie_name() -> str:
    """A browser takes a cookie of such a name only from this very host, over TLS; without TLS (a trial on
    loopback) it would not return it."""
    return "__Host-hoopviewer" if settings.OVER_TLS else "hoopviewer"


def sign_in_address(following: str) -> str:
    return "/sign-in" if following == "/" else f"/sign-in?{urlencode({'next': following})}"


def attempt_cookie_name() -> str:
    return f"{cookie_name()}_signing_in"


class OpenIDSignIn(Gate):
    """Lets in who holds the cookie of a sign-in, as hoop knows them now."""

    def find_person(self, request: HttpRequest) -> Person | None:
        by_itself = request.headers.get("HX-Trigger", "") in FOLLOWING
        found = sign_ins.find(request.COOKIES.get(cookie_name(), ""), by_itself=by_itself)
        return self.person_again(found.identity) if found else None

    def person_again(self, identity: Identity) -> Person | None:
        # A sign-in of another way, or at a provider that was replaced, says nothing any more.
        known = identity.way == "oidc" and identity.issuer == settings.HOOPVIEWER_OIDC_ISSUER
        return person_of(identity) if known else None

    def other_way(self, request: HttpRequest) -> str:
        return sign_in_address(request.get_full_path() if is_page(request) else "/")

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        if is_page(request):
            return redirect(sign_in_address(request.get_full_path()))
        response = problem(
            request,
            status=401,
            title="Sign in first",
            happened="Nobody is signed in, or the sign-in is over.",
            advice="Reload the page; you come back to it after signing in.",
            retry_href="/sign-in",
        )
        if request.headers.get("HX-Request"):
            response["HX-Refresh"] = "true"
        return response


def go(request: HttpRequest) -> HttpResponseBase:
    """Sends the browser to the provider, with a cookie by which it is known when it comes back."""
    following = own_path(request.GET.get("next"))
    secret = request.COOKIES.get(attempt_cookie_name(), "")
    if not SECRET.fullmatch(secret):
        secret = attempts.new_secret()
    try:
        require_calm(request)
        response = redirect(provider().address_for(attempts.begin(secret, following)))
    except Refused as refused:
        return turn_away(request, refused, again=sign_in_address(following))
    set_cookie(response, attempt_cookie_name(), secret, max_age=int(attempts.LIFETIME.total_seconds()))
    return response


def come_back(request: HttpRequest) -> HttpResponseBase:
    """Takes the provider's answer, and lets in whom it and hoop vouch for. Every failure is a page."""
    again = sign_in_address("/")
    try:
        require_calm(request)
        secret, state = request.COOKIES.get(attempt_cookie_name(), ""), request.GET.get("state", "")
        attempt = attempts.finish(secret, state[:512])
        again = sign_in_address(attempt.following)
        claims, id_token = _answered(request, attempt)
        issuer, rules = settings.HOOPVIEWER_OIDC_ISSUER, claim_rules()
        identity = identity_from(claims, way="oidc", issuer=issuer, rules=rules)
        written.came(request, identity, person_of(identity))
    except GatewayError:
        return hoop_is_silent(request, again=again)
    except Refused as refused:
        return turn_away(request, refused, again=again)
    return _let_in(request, identity, id_token, claims, attempt.following)


def _answered(request: HttpRequest, attempt: attempts.Attempt) -> tuple[dict[str, Any], str]:
    given = request.GET
    provider().require_issuer(given.get("iss"))
    if "error" in given:
        code = error_code(given["error"])
        raise Refused("denied" if code in DENIALS else "provider_error", detail=code)
    code = given.get("code", "")
    if not code or len(code) > 4096:
        raise Refused("provider_error", detail="no code")
    return provider().claims_for(code, attempt)


def _let_in(
    request: HttpRequest, identity: Identity, id_token: str, claims: dict[str, Any], following: str
) -> HttpResponse:
    sign_ins.end(request.COOKIES.get(cookie_name(), ""))
    session = text_of(claims.get("sid"), MAX_TEXT)
    token = sign_ins.begin(identity, id_token=id_token, session=session, ends_at=_ends_at(claims))
    response = redirect(following)
    set_cookie(response, cookie_name(), token, max_age=int(settings.HOOPVIEWER_SIGN_IN_HOURS * 3600))
    # The token of forms is the person's as well: a page of before posts nothing in another's name.
    rotate_token(request)
    return response


def _ends_at(claims: dict[str, Any]) -> datetime | None:
    """When the provider's own proof is too old, where its age is limited."""
    hours = settings.HOOPVIEWER_OIDC_MAX_AGE_HOURS
    if not hours:
        return None
    return datetime.fromtimestamp(min(claims["auth_time"], time.time()) + hours * 3600, UTC)


def claim_rules() -> ClaimRules:
    """How the provider's claims are read."""
    return ClaimRules(
        email=settings.HOOPVIEWER_EMAIL_CLAIM,
        groups=settings.HOOPVIEWER_GROUPS_CLAIM,
        trusts_email=settings.HOOPVIEWER_OIDC_ISSUER in settings.HOOPVIEWER_TRUSTED_EMAIL_ISSUERS,
        known_groups=frozenset(settings.HOOPVIEWER_GROUP_MAP),
    )


def leave(request: HttpRequest) -> str:
    """End this browser's sign-in; where to go on to sign out at the provider, blank for nowhere."""
    token = request.COOKIES.get(cookie_name(), "")
    found = sign_ins.find(token)
    sign_ins.end(token)
    if found is None:
        return ""
    written.left(request, found.identity)
    return provider().sign_out_address(found.id_token, f"{settings.HOOPVIEWER_PUBLIC_URL}/signed-out")


def set_cookie(response: HttpResponseBase, name: str, value: str, *, max_age: int) -> None:
    """A cookie for this host and our server only."""
    response.set_cookie(name, value, max_age=max_age, httponly=True, samesite="Lax", secure=settings.OVER_TLS)
