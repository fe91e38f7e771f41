from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from sessions_ui.access.addresses import client_address

PEER = "10.1.1.1"


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, "203.0.113.9", PEER),
        (0, None, PEER),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "6.6.6.6,203.0.113.9 ,\t10.0.0.2", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:80", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        # Somebody went round a proxy, or wrote what is no address.
        (2, "203.0.113.9", PEER),
        (1, None, PEER),
        (1, "", PEER),
        (1, "unknown", PEER),
        (1, "203.0.113.9, ", PEER),
        (1, "<script>", PEER),
        (-1, "203.0.113.9", PEER),
    ],
)
def test_it_believes_its_own_proxies_only(
    hops: int, forwarded: str | None, expected: str, settings: Any
) -> None:
    settings.HOOPVIEWER_PROXY_HOPS = hops
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER)) == expected
