"""The client the settings ask for: the only reader of settings on this side of the house."""

from __future__ import annotations

import threading

from django.conf import settings

from sessions_ui.gateway.client import Deadlines, GatewayClient
from sessions_ui.gateway.http import http_session

_local = threading.local()


def gateway_client() -> GatewayClient:
    """This thread's client: an HTTP session is not shared between threads."""
    deadlines = Deadlines(
        connect=settings.HOOPVIEWER_CONNECT_SECONDS,
        first_byte=settings.HOOPVIEWER_FIRST_BYTE_SECONDS,
        between_bytes=settings.HOOPVIEWER_BETWEEN_BYTES_SECONDS,
        metadata=settings.HOOPVIEWER_METADATA_SECONDS,
    )
    most, bundle = settings.HOOPVIEWER_MAX_LOG_BYTES, settings.HOOPVIEWER_CA_BUNDLE
    wanted = (settings.HOOP_API_URL, settings.HOOP_API_KEY, deadlines, most, bundle)
    if getattr(_local, "made_for", None) != wanted:
        _local.client = GatewayClient(
            base_url=settings.HOOP_API_URL,
            key=settings.HOOP_API_KEY,
            http=http_session(ca_bundle=bundle),
            deadlines=deadlines,
            max_log_bytes=most,
        )
        _local.made_for = wanted
    client: GatewayClient = _local.client
    return client
