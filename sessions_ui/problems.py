"""Refusals before, and failures after, the pages: the same problem page, JSON for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

from sessions_ui.pages.shapes import ProblemShape


def is_program(request: HttpRequest) -> bool:
    """Whether a program asks: at the API, or for a link's file without a browser's wish for a page."""
    if request.path.startswith("/dl/"):
        return "text/html" not in request.headers.get("Accept", "")
    return request.path.startswith("/api/")


def is_fragment(request: HttpRequest) -> bool:
    """htmx asks for a part, unless it restores a page from the history."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request


def htmx_address(request: HttpRequest) -> str:
    """Of the page that asks for a fragment; empty where that is not known."""
    htmx: Any = getattr(request, "htmx", None)
    try:
        return (htmx.current_url_abs_path if htmx else None) or ""
    except ValueError:
        # The header holds what is no address.
        return ""


def problem(
    request: HttpRequest, *, status: int, title: str, happened: str, advice: str, retry_href: str = ""
) -> HttpResponse:
    """Says what happened and what to do; programs get hoop's own form, ``{"message": …}``."""
    if is_program(request):
        response = JsonResponse({"message": f"{title}. {happened} {advice}"}, status=status)
        if status == 401:
            response["WWW-Authenticate"] = 'Bearer realm="hoopviewer"'
        return response
    shape = ProblemShape(
        status=status,
        title=title,
        happened=happened,
        advice=advice,
        retry_href=retry_href,
        request_id=getattr(request, "request_id", ""),
    )
    template = "sessions_ui/_problem.html" if is_fragment(request) else "problem.html"
    return render(request, template, {"problem": shape}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, in hoop's form where programs ask."""
    if is_program(request):
        return JsonResponse({"message": "not found"}, status=404)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, raised by Django itself."""
    return problem(
        request,
        status=400,
        title="This request cannot be understood",
        happened="The browser sent something that hoopviewer does not accept.",
        advice="Go back to the start page and try again.",
    )


def forgery_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token: sent from elsewhere, or older than the browser's cookie."""
    return problem(
        request,
        status=403,
        title="This form was not accepted",
        happened="The form did not come from a page of this site, or the page was open for too long.",
        advice="Go back, reload the page and send the form again.",
    )
