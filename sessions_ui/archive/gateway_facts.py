"""What the gateway says of itself and of our credential, asked for once a minute.

What it says of itself is kept in the database for all processes; of our credential in this one, because
another may have another. While hoop is away its last word holds: its switches for an hour."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.kept import column
from sessions_ui.archive.leases import share_flight
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.gateway.wire import parse_person, parse_server
from sessions_ui.models import ServerRecord
from sessions_ui.session import ServerInfo

FRESH_SECONDS = 60
#: A switch that was heard longer ago is not known, and counts as off.
HEARD_COUNTS = timedelta(hours=1)
#: More of a version than any gateway's has.
MAX_VERSION = 64
#: A page has several things to copy, and asks once.
AGAIN_SECONDS = 5
_kept: dict[tuple[str, str], tuple[float, Any]] = {}
_lock = threading.Lock()


def get_own_role() -> str:
    """admin, auditor, standard or unregistered: what our credential may see."""
    role: str = _fresh("role", lambda: parse_person(gateway_client().get_own_person().value).role)
    return role


def sees_every_session() -> bool:
    """Whether hoop leaves nothing out for our credential. Raises a GatewayError when hoop does not say."""
    return get_own_role() in ("admin", "auditor")


def find_key_trouble() -> str | None:
    """Why our credential must not be used, in a sentence; None while it is an auditor's (or an admin's, and
    that was allowed). hoop answers any other key with status 200 and less than there is. Raises a
    GatewayError when hoop does not say."""
    role = get_own_role()
    if role == "auditor" or (role == "admin" and settings.HOOPVIEWER_ALLOW_ADMIN_KEY):
        return None
    if role == "admin":
        return (
            "The key for hoop is an admin's, which could change and delete there. Make one in hoop's auditor "
            "group, or allow this one by HOOPVIEWER_ALLOW_ADMIN_KEY=true."
        )
    return (
        "The key for hoop belongs to no group that sees every session: hoop would leave out sessions and "
        "recordings without saying so. Make one in hoop's auditor group."
    )


def get_server() -> ServerInfo:
    """As some process of the deployment heard it within a minute, or within ``HEARD_COUNTS`` where hoop is
    away. Raises a GatewayError when hoop does not say."""
    key = (settings.HOOP_API_URL, "server")
    with _lock:
        made, value = _kept.get(key, (0.0, None))
    if isinstance(value, ServerInfo) and time.monotonic() - made <= FRESH_SECONDS:
        return value
    record = _heard()
    age = abs(timezone.now() - record.heard_at).total_seconds() if record else FRESH_SECONDS
    if record is None or age >= FRESH_SECONDS:
        try:
            record, age = _ask_server(), 0.0
        except GatewayError as error:
            if record is None or not error.away:
                raise
            return _server_of(record)
    server = _server_of(record)
    with _lock:
        _kept[key] = (time.monotonic() - age, server)
    return server


def find_server() -> ServerInfo | None:
    """What was last heard, without asking: for a page that only wants to offer what is allowed."""
    record = _heard()
    return _server_of(record) if record else None


def _heard() -> ServerRecord | None:
    """What counts of what was heard; of a clock that is ahead nothing does."""
    now = timezone.now()
    between = (now - HEARD_COUNTS, now + HEARD_COUNTS)
    return ServerRecord.objects.filter(gateway=settings.HOOP_API_URL, heard_at__range=between).first()


def _ask_server() -> ServerRecord:
    with asking(settings.HOOP_API_URL):
        server = parse_server(gateway_client().get_server().value)
    record, _ = ServerRecord.objects.update_or_create(
        gateway=settings.HOOP_API_URL,
        defaults={
            "version": column(server.version, MAX_VERSION),
            "disable_download": server.disable_download,
            "disable_clipboard": server.disable_clipboard,
            "heard_at": timezone.now(),
        },
    )
    return record


def _server_of(record: ServerRecord) -> ServerInfo:
    return ServerInfo(record.version, record.disable_download, record.disable_clipboard)


def allows_copying() -> bool | None:
    """hoop's switch for the clipboard; None where hoop does not say, which is asked again in a moment."""
    key = (settings.HOOP_API_URL, "unknown")
    with _lock:
        failed, _ = _kept.get(key, (0.0, None))
    if failed and time.monotonic() - failed < AGAIN_SECONDS:
        return None
    try:
        return not share_flight("clipboard", get_server).disable_clipboard
    except GatewayError:
        with _lock:
            _kept[key] = (time.monotonic(), None)
        return None


def _fresh(name: str, ask: Any) -> Any:
    key = (settings.HOOP_API_URL, name)
    with _lock:
        made, value = _kept.get(key, (0.0, None))
    if value is None or time.monotonic() - made > FRESH_SECONDS:
        try:
            with asking(settings.HOOP_API_URL):
                value = ask()
        except GatewayError as error:
            # Switches and roles change rarely: the last word holds while hoop cannot be asked.
            if value is None or not error.away:
                raise
            return value
        with _lock:
            _kept[key] = (time.monotonic(), value)
    return value


def forget() -> None:
    """As if hoop had never been asked by this process."""
    with _lock:
        _kept.clear()
