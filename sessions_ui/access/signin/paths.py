"""Where somebody wanted to go: a path of ours, or the start page."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme

MAX_PATH = 2048
#: Going there after a sign-in would end it, or begin it again.
NOWHERE = ("/sign-in", "/sign-out", "/signed-out", "/open/")


def own_path(text: str | None) -> str:
    """``text`` if it leads to a page of this site, else ``/``.

    >>> own_path("/sessions/x?e=1"), own_path("//evil.example"), own_path("https://evil.example/")
    ('/sessions/x?e=1', '/', '/')
    """
    if not text or len(text) > MAX_PATH or not text.startswith("/") or not text.isprintable():
        return "/"
    if text.startswith(NOWHERE) or not url_has_allowed_host_and_scheme(text, allowed_hosts=None):
        return "/"
    return text
