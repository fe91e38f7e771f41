"""list_newest: hoop's list of sessions, newest first. Rows are shown, never stored: they lack
what the session's own answer has."""

from __future__ import annotations

from django.conf import settings

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.leases import share_flight
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayGarbled
from sessions_ui.gateway.wire import parse_session
from sessions_ui.session import Session


def list_newest(limit: int) -> list[Session]:
    """At most ``limit`` (hoop gives 100), in hoop's order. Raises a GatewayError."""
    return share_flight(f"newest {limit}", lambda: _ask(limit))


def _ask(limit: int) -> list[Session]:
    with asking(settings.HOOP_API_URL):
        rows = gateway_client().list_sessions({}, limit=limit).value["data"]
    if not all(isinstance(row, dict) for row in rows):
        raise GatewayGarbled("the list of sessions holds something else")
    return [parse_session(row) for row in rows]
