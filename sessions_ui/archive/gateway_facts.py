"""What the gateway says of itself and of our credential, kept for a minute in this process."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.conf import settings

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.leases import share_flight
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.gateway.wire import parse_person, parse_server
from sessions_ui.session import ServerInfo

FRESH_SECONDS = 60
#: A page has several things to copy, and asks once.
AGAIN_SECONDS = 5
_kept: dict[tuple[str, str], tuple[float, Any]] = {}
_lock = threading.Lock()


def get_own_role() -> str:
    """admin, auditor, standard or unregistered: what our credential may see."""
    role: str = _fresh("role", lambda: parse_person(gateway_client().get_own_person().value).role)
    return role


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
    server: ServerInfo = _fresh("server", lambda: parse_server(gateway_client().get_server().value))
    return server


def find_server() -> ServerInfo | None:
    """What was last heard, without asking: for a page that only wants to offer what is allowed."""
    with _lock:
        _, value = _kept.get((settings.HOOP_API_URL, "server"), (0.0, None))
    return value if isinstance(value, ServerInfo) else None


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
    """Drop what is kept in this process."""
    with _lock:
        _kept.clear()
