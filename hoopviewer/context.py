"""What every template may use, besides what its view gives it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone


def site(request: HttpRequest) -> dict[str, Any]:
    """``now``, for relative times; the gateway's host, for people who are signed in."""
    signed_in = getattr(request, "person", None) is not None
    host = urlsplit(settings.HOOP_API_URL).hostname if signed_in else None
    return {"now": timezone.now(), "gateway_host": host or ""}
