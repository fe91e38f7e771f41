"""A site that is configured for a way of signing in, and a browser that walks through it."""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from hoopviewer.environment import LOCAL_WAY, PUBLIC_WAYS
from sessions_ui.access.signin.oidc import cookie_name
from sessions_ui.access.signin.refusals import SENTENCES
from sessions_ui.models import SignInRecord
from tests.waiting import LONG

PUBLIC_URL = "https://sessions.example.com"
WHOM = "Ask the security team, extension 4711."


def configure(settings: Any, way: str, **values: Any) -> None:
    """As the environment would, for the tests' ``settings`` fixture."""
    settings.HOOPVIEWER_SIGN_IN = way
    settings.IS_PUBLIC = True
    settings.HOOPVIEWER_PUBLIC_URL = PUBLIC_URL
    settings.OVER_TLS = True
    settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE = "__Host-hoopviewer_form", True
    settings.SECURE_HSTS_SECONDS = 365 * 86_400
    settings.ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname]
    names = [name for name in settings.MIDDLEWARE if not name.endswith(".LoopbackOnly")]
    settings.MIDDLEWARE = [PUBLIC_WAYS[way] if name == LOCAL_WAY else name for name in names]
    for name, value in values.items():
        setattr(settings, name, value)


def visit(address: str) -> str:
    """Where another site's page sends the browser."""
    parts = urlsplit(address)
    link = http.client.HTTPConnection(parts.netloc, timeout=LONG)
    with closing(link):
        link.request("GET", f"{parts.path}?{parts.query}")
        return link.getresponse().headers["Location"]


def way_back(browser: Client, path: str = "/sign-in") -> str:
    """Begin at ``path``, sign in at the provider; the address of ours that it sends the browser to."""
    answer = browser.get(path)
    assert answer.status_code == 302, answer.content
    address = visit(answer["Location"])
    assert address.startswith(f"{PUBLIC_URL}/sign-in/callback?")
    return address.removeprefix(PUBLIC_URL)


def sign_in(browser: Client, path: str = "/sign-in") -> HttpResponse:
    """The whole way; the answer to the provider's redirect."""
    answer: HttpResponse = browser.get(way_back(browser, path))
    return answer


def refused(answer: Any) -> str:
    """The reason of a refusal page, by its sentence."""
    assert answer.status_code in (403, 429, 503), answer
    assert cookie_name() not in answer.cookies
    assert not SignInRecord.objects.exists()
    page = answer.content.decode()
    assert "ask" in page.lower()
    return next(reason for reason, sentence in SENTENCES.items() if sentence in page.replace("&#x27;", "'"))
