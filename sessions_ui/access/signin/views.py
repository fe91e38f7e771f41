"""The entrance's pages, of whichever way in the site is configured for."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from sessions_ui.access.people import Person
from sessions_ui.access.signin import back_channel as provider_says
from sessions_ui.access.signin import local, oidc, open_to_all, proxy


@open_to_all
@require_GET
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the provider, and back to ``next``."""
    require_way("oidc")
    return oidc.go(request)


@open_to_all
@require_GET
def sign_in_callback(request: HttpRequest) -> HttpResponseBase:
    """Where the provider sends the browser back to."""
    require_way("oidc")
    return oidc.come_back(request)


@open_to_all
@csrf_exempt
@require_POST
def back_channel(request: HttpRequest) -> HttpResponse:
    """Where the provider posts that somebody signed out there."""
    require_way("oidc")
    return provider_says.answer(request)


@open_to_all
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends what we keep of the sign-in, and goes on to sign out where it was made.

    A page and not a redirect: the policy of our pages (``form-action``) would stop a form's answer from
    leading to another host.
    """
    onward, cookies = "", ()  # type: tuple[str, tuple[str, ...]]
    match settings.HOOPVIEWER_SIGN_IN:
        case "oidc":
            onward, cookies = oidc.leave(request), (oidc.cookie_name(),)
        case "proxy":
            rules = proxy.proxy_rules()
            onward, cookies = rules.sign_out_url, rules.cookies
        case "headers":
            onward = settings.HOOPVIEWER_PROXY_SIGN_OUT_URL
        case _:
            local.leave(request)
            cookies = (local.COOKIE,)
    response = _signed_out(request, onward)
    for name in cookies:
        response.delete_cookie(name, samesite="Lax")
        if name.startswith("__"):
            # A browser heeds not even a deletion of such a name without this.
            response.cookies[name]["secure"] = True
    return response


@open_to_all
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the browser after signing out there."""
    return _signed_out(request, "")


def offers_sign_out(person: Person) -> bool:
    """Whether a button makes sense: what a proxy remembers only the proxy can forget."""
    match person.via:
        case "proxy":
            return bool(proxy.proxy_rules().sign_out_url)
        case "headers":
            return bool(settings.HOOPVIEWER_PROXY_SIGN_OUT_URL)
        case _:
            return True


def require_way(way: str) -> None:
    """Raises Http404 where the site is configured for another way."""
    if way != settings.HOOPVIEWER_SIGN_IN:
        raise Http404


def _signed_out(request: HttpRequest, onward: str) -> HttpResponse:
    can_return = settings.HOOPVIEWER_SIGN_IN in ("oidc", "proxy", "headers")
    return render(request, "signed_out.html", {"onward": onward, "can_return": can_return})
