"""From where a request came: the peer, or what the proxies in front say, as far as they are ours."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's IP address; blank where the server has none (a unix socket).

    Each proxy adds its own peer at the end of ``X-Forwarded-For``, so with HOOPVIEWER_PROXY_HOPS proxies
    of ours the client is that many from the end. All before it the client can have written itself. With
    fewer entries, or one that is no address, somebody went round a proxy: then it is the peer.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops = settings.HOOPVIEWER_PROXY_HOPS
    entries = request.headers.get("X-Forwarded-For", "").split(",")
    if not 0 < hops <= len(entries):
        return peer
    return _address(entries[-hops]) or peer


def neighbourhood(address: str) -> str:
    """What is counted as one client: of IPv6 the /64, all of which one machine can use.

    >>> neighbourhood("2001:db8::1"), neighbourhood("203.0.113.9"), neighbourhood("")
    ('2001:db8::/64', '203.0.113.9', '')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(known.ipv4_mapped or ipaddress.ip_network((known.packed, 64), strict=False))


def _address(text: str) -> str:
    """The address without brackets and port, which some proxies add; blank when it is none.

    >>> _address(" 203.0.113.9:4711"), _address("[2001:db8::1]:80"), _address("unknown")
    ('203.0.113.9', '2001:db8::1', '')
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
