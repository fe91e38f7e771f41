"""The client the settings ask for: the only reader of settings on this side of the house."""

from __future__ import annotations

import threading

from django.conf import settings

from sessions_ui.gateway.client import Deadlines, GatewayClient
from sessions_ui.gateway.http import http_session

_local = threading.local()


def gateway_client() -> GatewayClient:
    """This thread's client: an HTTP session is not shared between threads."""
    wanted = (settings.HOOP_API_URL, settings.HOOP_API_KEY)
    if getattr(_local, "made_for", None) != wanted:
        _local.client = GatewayClient(
            base_url=settings.HOOP_API_URL,
            key=settings.HOOP_API_KEY,
            http=http_session(ca_bundle=settings.HOOPVIEWER_CA_BUNDLE),
            deadlines=Deadlines(
                connect=settings.HOOPVIEWER_CONNECT_SECONDS,
                first_byte=settings.HOOPVIEWER_FIRST_BYTE_SECONDS,
                between_bytes=settings.HOOPVIEWER_BETWEEN_BYTES_SECONDS,
                metadata=settings.HOOPVIEWER_METADATA_SECONDS,
            ),
            max_log_bytes=settings.HOOPVIEWER_MAX_LOG_BYTES,
        )
        _local.made_for = wanted
    client: GatewayClient = _local.client
    return client
