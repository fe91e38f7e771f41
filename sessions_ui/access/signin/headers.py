"""Sign-in by plain headers of a proxy in front: from its networks only, and with a secret it shares with us.

Anybody can write a header. So both are needed, each names exactly one person, and gunicorn has dropped
the twins whose names are written with underscores (``hoopviewer.server``).
"""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_ui.access.people import Person
from sessions_ui.access.signin import written
from sessions_ui.access.signin.gate import Gate, turn_away
from sessions_ui.access.signin.identities import MAX_EMAIL, MAX_TEXT, Identity, text_of
from sessions_ui.access.signin.persons import person_of
from sessions_ui.access.signin.refusals import Refused

#: Stands where a token has its issuer: there is one such proxy.
ISSUER = "headers"


class TrustedHeaders(Gate):
    """Lets in whom the proxy's headers name, as hoop knows them now."""

    def find_person(self, request: HttpRequest) -> Person | None:
        require_proxy(request)
        identity = identity_of(request)
        person = person_of(identity)
        written.comes(request, identity, person)
        return person

    def person_again(self, identity: Identity) -> Person | None:
        known = identity.way == "headers" and identity.issuer == ISSUER
        return person_of(identity) if known else None

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        return turn_away(request, Refused("nobody"))


def require_proxy(request: HttpRequest) -> None:
    """Raises Refused unless the request came from a named network with the shared secret."""
    if not _is_within(str(request.META.get("REMOTE_ADDR", "")), settings.HOOPVIEWER_HEADERS_NETWORKS):
        raise Refused("network")
    secret = settings.HOOPVIEWER_HEADERS_SECRET
    given = request.headers.get(settings.HOOPVIEWER_HEADERS_SECRET_HEADER, "")
    if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
        raise Refused("secret")


def identity_of(request: HttpRequest) -> Identity:
    """The one person whom the headers name."""
    subject = _one(request, settings.HOOPVIEWER_HEADERS_SUBJECT, MAX_TEXT)
    email = _one(request, settings.HOOPVIEWER_HEADERS_EMAIL, MAX_EMAIL)
    if not subject or "@" not in email.strip("@"):
        raise Refused("header")
    # A name is for the eye only: one that cannot be read is left out.
    name = text_of(_decoded(request, settings.HOOPVIEWER_HEADERS_NAME), MAX_TEXT)
    return Identity(way="headers", issuer=ISSUER, subject=subject, email=email, name=name)


def _one(request: HttpRequest, header: str, most: int) -> str:
    """A header's single value; blank for none, for several, and for what is not plain text."""
    text = text_of(_decoded(request, header), most)
    return "" if "," in text else text


def _decoded(request: HttpRequest, header: str) -> str:
    text = request.headers.get(header, "") if header else ""
    try:
        # WSGI reads bytes as Latin-1; proxies send UTF-8.
        return text.encode("latin-1").decode()
    except UnicodeError:
        return ""


def _is_within(address: str, networks: list[str]) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    # An IPv6 socket names an IPv4 peer in its own way.
    peer = getattr(peer, "ipv4_mapped", None) or peer
    return any(peer in ipaddress.ip_network(network, strict=False) for network in networks)
