"""What every template may use, besides what its view gives it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from sessions_ui.access.people import SEES_ALL
from sessions_ui.access.signin.views import offers_sign_out


def site(request: HttpRequest) -> dict[str, Any]:
    """``now``, for relative times; whom to ask who may not see something; for people who are signed in
    the gateway's host, whether they see every session, and whether they can sign out."""
    person = getattr(request, "person", None)
    host = urlsplit(settings.HOOP_API_URL).hostname if person else None
    return {
        "now": timezone.now(),
        "whom_to_ask": settings.HOOPVIEWER_WHOM_TO_ASK,
        "gateway_host": host or "",
        "sees_all": person is not None and person.role in SEES_ALL,
        "can_sign_out": person is not None and offers_sign_out(person),
    }
