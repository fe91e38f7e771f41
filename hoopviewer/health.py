"""``/healthz``: the process is alive. ``/readyz``: it can do its work. Open to all, no secrets."""

from __future__ import annotations

import threading
import time

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from hoopviewer.databases import waits_for_migration
from sessions_ui.access.signin import open_to_all
from sessions_ui.archive import gateway_facts
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayError, trouble

log = structlog.get_logger(__name__)
#: Anybody may ask, and a look costs hoop and the database something: one at a time, at most so often.
LOOK_EVERY_SECONDS = 1.0
_looking = threading.Lock()
_seen: tuple[float, list[str]] | None = None


@open_to_all
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as a worker answers; looks at nothing else."""
    return JsonResponse({"status": "ok"})


@open_to_all
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database is there, migrated, and hoop answers; else 503 with the reasons."""
    reasons = find_reasons()
    return JsonResponse(
        {"status": "not ready" if reasons else "ok", "reasons": reasons}, status=503 if reasons else 200
    )


def find_reasons() -> list[str]:
    """What keeps the site from its work. While one request looks, all others get what was seen last."""
    global _seen
    seen = _seen
    if seen is not None and time.monotonic() - seen[0] < LOOK_EVERY_SECONDS:
        return seen[1]
    if not _looking.acquire(blocking=False):
        return seen[1] if seen else ["The site has just been started."]
    try:
        reasons = [reason for reason in (database_trouble(), gateway_trouble()) if reason]
        _seen = (time.monotonic(), reasons)
        return reasons
    finally:
        _looking.release()


def database_trouble() -> str | None:
    """What is wrong with the database, in a sentence without its address."""
    try:
        waiting = waits_for_migration()
    except DatabaseError as error:
        log.warning("database not ready", error=type(error).__name__)
        return "The database does not answer."
    return "The database has migrations to run." if waiting else None


def gateway_trouble() -> str | None:
    """What is wrong with hoop or with our key for it, in a sentence without its address."""
    try:
        gateway_client().check_health()
        return gateway_facts.find_key_trouble()
    except DatabaseError:
        # Said already; whether hoop is left alone for a moment stands there.
        return None
    except GatewayError as error:
        log.warning("gateway not ready", reason=str(error), gateway=settings.HOOP_API_URL)
        # Anybody may read it: the address is in the log.
        return trouble(error)
