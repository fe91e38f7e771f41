"""What every request passes: an id and a log line, the loopback guard, the page headers."""

from __future__ import annotations

import ipaddress
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from structlog.contextvars import bound_contextvars
from whitenoise.middleware import WhiteNoiseFileResponse

from sessions_ui.problems import problem

GetResponse = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger(__name__)


class RequestLog:
    """Gives each request an id of our own, says it in ``X-Request-ID``, and logs one line.

    An id that came from outside is not taken over: it would let a caller choose what our log
    says. The line names the route, never the address: it may hold a one-time token.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]  # ours, read by pages
        started = time.perf_counter()
        with bound_contextvars(request_id=request.request_id):  # type: ignore[attr-defined]
            response = self.get_response(request)
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            log.info(
                "request",
                method=request.method if request.method in METHODS else "other",
                route=request.resolver_match.view_name if request.resolver_match else None,
                status=response.status_code,
                milliseconds=milliseconds,
            )
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class PublicAddress:
    """Puts the configured address in the place of what a request says of scheme and host.

    So no header can lead a link, a redirect or a cookie elsewhere, and a balancer's health probe, which
    names the machine's number for a host, is answered. Nothing to do where the site is local.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.IS_PUBLIC:
            raise MiddlewareNotUsed
        self.get_response = get_response
        parts = urlsplit(settings.HOOPVIEWER_PUBLIC_URL)
        self.address = {"wsgi.url_scheme": parts.scheme, "HTTP_HOST": parts.netloc}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.META.update(self.address)
        return self.get_response(request)


class LoopbackOnly:
    """Refuses what did not come straight from this machine, and says why.

    With the local way in, being on this machine is the sign-in. A proxy in front would make everybody
    look as if they were on it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        reason = refusal(request)
        if reason is None:
            return self.get_response(request)
        return problem(
            request,
            status=403,
            title="Only from this machine",
            happened=reason,
            advice="Open the address that hoopviewer printed when it started, on the machine it runs on. "
            "To reach it from elsewhere, forward the port with ssh.",
        )


def refusal(request: HttpRequest) -> str | None:
    """Why the request is not answered; None when it came straight from this machine."""
    for name in request.headers:
        if name == "Forwarded" or name.startswith("X-Forwarded-"):
            return (
                f"The request carries the header {name}, so it passed a proxy. Who is behind a proxy "
                "this way in cannot know: it answers requests made on its own machine only."
            )
    if not is_loopback(request.META.get("REMOTE_ADDR", "")):
        return "The request came from another machine. hoopviewer answers its own machine only."
    try:
        request.get_host()
    except DisallowedHost:
        return "The request asks for another host. hoopviewer answers to 127.0.0.1, localhost and [::1] only."
    return None


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own; blank and unreadable ones are not.

    >>> is_loopback("127.0.0.1"), is_loopback("10.0.0.1"), is_loopback("")
    (True, False, False)
    """
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


#: Said with a 429, 503 or 504 that knows no better.
RETRY_SECONDS = "5"


class PageHeaders:
    """``Content-Security-Policy`` from ``SECURE_CSP`` (Django 6's name and form), and that no other site may
    load the answer as a part of its own; for all but static files no caching, and what an answer depends
    on: whose it is, and whether htmx asked for a part. What cannot be answered now says when to ask again.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.status_code in (429, 503, 504):
            response.headers.setdefault("Retry-After", RETRY_SECONDS)
        if not isinstance(response, WhiteNoiseFileResponse):
            patch_vary_headers(response, ("Cookie", "HX-Request"))
            # What says itself how it may be kept (the API: asked for again each time) is left so.
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, no_store=True, private=True)
        return response
