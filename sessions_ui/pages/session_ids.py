"""A session's id in an address: what hoop takes for one, and the one spelling that we write it in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

View = Callable[[HttpRequest, str], HttpResponseBase]


class NotASessionId(Exception):
    """The address names no session: what stands there is not an id."""


def asked_id(text: str) -> UUID:
    """hoop takes braces, upper case and missing hyphens; anything else is no id.

    >>> str(asked_id("{4D9E8728-7e1e-4fcb-8112-f378ee20fa08}"))
    '4d9e8728-7e1e-4fcb-8112-f378ee20fa08'
    """
    bare = text.strip()
    if bare.startswith("{") and bare.endswith("}"):
        bare = bare[1:-1]
    if len(bare) not in (32, 36) or not bare.isascii():
        raise NotASessionId
    try:
        found = UUID(bare)
    except ValueError as error:
        raise NotASessionId from error
    if bare.lower() not in (str(found), found.hex):
        raise NotASessionId
    return found


def one_address(name: str) -> Callable[[View], View]:
    """Sends whoever asks with an id in another spelling to the view of this ``name`` with the id in ours;
    the rest of the address stays. Raises NotASessionId."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, session_id: str) -> HttpResponseBase:
            written = str(asked_id(session_id))
            if session_id == written:
                return view(request, session_id)
            query = request.META.get("QUERY_STRING", "")
            return redirect(reverse(name, args=[written]) + (f"?{query}" if query else ""))

        return wrapped

    return decorate
