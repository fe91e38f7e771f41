"""What can be wrong with the configuration of the sign-in, said at start with a hint."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from sessions_ui.access.signin.presets import is_way_out
from sessions_ui.access.signin.proxy import proxy_rules

WAYS = ("local", "oidc", "proxy", "headers")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: A shorter secret could be tried out.
MIN_SECRET = 32


@register(deploy=True)
def check_way(**_: Any) -> list[CheckMessage]:
    """How people sign in is said, or the site does not start. Not asked of a bare clone's tests."""
    if settings.HOOPVIEWER_SIGN_IN:
        return []
    hint = "One of oidc, proxy and headers; or local, for a site that this machine alone can open."
    return [Error("HOOPVIEWER_SIGN_IN is not set.", hint=hint, id="hoopviewer.E010")]


@register()
def check_sign_in(**_: Any) -> list[CheckMessage]:
    """What is set must make sense."""
    found = [*_limits(), *_claims()]
    match settings.HOOPVIEWER_SIGN_IN:
        case "":
            return found
        case "local":
            return [*found, *_local()]
        case "oidc":
            return [*found, *_public(), *_oidc()]
        case "proxy":
            return [*found, *_public(), *_proxy()]
        case "headers":
            return [*found, *_public(), *_headers()]
        case _:
            hint = f"One of {', '.join(WAYS)}."
            return [*found, Error("HOOPVIEWER_SIGN_IN is no way in.", hint=hint, id="hoopviewer.E011")]


def _local() -> Iterator[CheckMessage]:
    if settings.HOOPVIEWER_BIND not in LOOPBACK:
        hint = "The one-time address is for this machine; to let others in choose oidc, proxy or headers."
        yield Error("The local way in listens on 127.0.0.1 only.", hint=hint, id="hoopviewer.E012")


def _public() -> Iterator[CheckMessage]:
    try:
        parts = urlsplit(settings.HOOPVIEWER_PUBLIC_URL)
        plain = not (parts.path or parts.query or parts.fragment or parts.username) and parts.port != 0
    except ValueError:
        parts, plain = urlsplit(""), False
    if not (plain and parts.hostname and parts.scheme in ("http", "https")):
        hint = "Where people open the site: https://, a host, and nothing after it."
        yield Error("HOOPVIEWER_PUBLIC_URL is no site's address.", hint=hint, id="hoopviewer.E013")
    elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
        hint = "Cookies and recordings would travel readable for everybody on the way; use https."
        yield Error("HOOPVIEWER_PUBLIC_URL is not encrypted.", hint=hint, id="hoopviewer.E014")


def _oidc() -> Iterator[CheckMessage]:
    for name in ("HOOPVIEWER_OIDC_ISSUER", "HOOPVIEWER_OIDC_CLIENT_ID"):
        if not getattr(settings, name):
            yield Error(f"{name} is not set.", hint="docs/deploy.md shows it.", id="hoopviewer.E015")
    if settings.HOOPVIEWER_OIDC_ISSUER and not _is_safe_address(settings.HOOPVIEWER_OIDC_ISSUER):
        hint = "As the provider writes it, https:// and all, without /.well-known."
        yield Error("HOOPVIEWER_OIDC_ISSUER is no https address.", hint=hint, id="hoopviewer.E016")
    if "openid" not in settings.HOOPVIEWER_OIDC_SCOPES.split():
        hint = "Without it the provider sends no ID token."
        yield Error("HOOPVIEWER_OIDC_SCOPES lacks openid.", hint=hint, id="hoopviewer.E017")
    if not 0 <= settings.HOOPVIEWER_OIDC_MAX_AGE_HOURS <= 24 * 365:
        yield Error("HOOPVIEWER_OIDC_MAX_AGE_HOURS is no usable time.", id="hoopviewer.E018")


def _proxy() -> Iterator[CheckMessage]:
    try:
        proxy_rules()
    except ValueError as error:
        yield Error(str(error), hint="docs/deploy.md shows every preset.", id="hoopviewer.E019")


def _headers() -> Iterator[CheckMessage]:
    networks = settings.HOOPVIEWER_HEADERS_NETWORKS
    if not networks:
        hint = "The addresses of your proxy, e.g. 10.0.0.7/32. Without them headers count for nothing."
        yield Error("HOOPVIEWER_HEADERS_NETWORKS is not set.", hint=hint, id="hoopviewer.E020")
    for network in networks:
        try:
            wide = ipaddress.ip_network(network, strict=False).prefixlen == 0
        except ValueError:
            yield Error("HOOPVIEWER_HEADERS_NETWORKS names what is no network.", id="hoopviewer.E021")
            continue
        if wide:
            hint = "Name your proxy's addresses."
            yield Error("HOOPVIEWER_HEADERS_NETWORKS holds every address.", hint=hint, id="hoopviewer.E021")
    if len(settings.HOOPVIEWER_HEADERS_SECRET) < MIN_SECRET:
        hint = f"At least {MIN_SECRET} characters, which your proxy sends with every request."
        yield Error("HOOPVIEWER_HEADERS_SECRET is missing or short.", hint=hint, id="hoopviewer.E022")
    if not is_way_out(settings.HOOPVIEWER_PROXY_SIGN_OUT_URL):
        hint = "Where the proxy signs people out: a path or an https address."
        yield Error("HOOPVIEWER_PROXY_SIGN_OUT_URL leads nowhere.", hint=hint, id="hoopviewer.E029")
    for name in ("SECRET_HEADER", "SUBJECT", "EMAIL", "NAME"):
        header = getattr(settings, f"HOOPVIEWER_HEADERS_{name}")
        if not re.fullmatch(r"[A-Za-z0-9-]+", header) and (header or name != "NAME"):
            hint = "Letters, digits and hyphens: headers with underscores do not come through."
            yield Error(f"HOOPVIEWER_HEADERS_{name} names no header.", hint=hint, id="hoopviewer.E023")


def _limits() -> Iterator[CheckMessage]:
    if not 0 < settings.HOOPVIEWER_SIGN_IN_HOURS <= 24 * 31:
        hint = "Hours, more than 0, at most a month."
        yield Error("HOOPVIEWER_SIGN_IN_HOURS is no usable time.", hint=hint, id="hoopviewer.E024")
    if not 1 <= settings.HOOPVIEWER_IDLE_MINUTES <= 60 * 24 * 31:
        hint = "Minutes, 1 or more."
        yield Error("HOOPVIEWER_IDLE_MINUTES is no usable time.", hint=hint, id="hoopviewer.E024")
    if not 0 <= settings.HOOPVIEWER_CLOCK_SKEW_SECONDS <= 300:
        hint = "Seconds, at most 300."
        yield Error("HOOPVIEWER_CLOCK_SKEW_SECONDS is no usable time.", hint=hint, id="hoopviewer.E024")
    if not 0 <= settings.HOOPVIEWER_PROXY_HOPS <= 10:
        hint = "How many proxies of yours are in front."
        yield Error("HOOPVIEWER_PROXY_HOPS is no number of proxies.", hint=hint, id="hoopviewer.E025")
    bundle = settings.HOOPVIEWER_SIGN_IN_CA_BUNDLE
    if bundle and not Path(bundle).is_file():
        yield Error("HOOPVIEWER_SIGN_IN_CA_BUNDLE is no file.", id="hoopviewer.E026")


def _claims() -> Iterator[CheckMessage]:
    given = settings.HOOPVIEWER_GROUP_MAP
    if not isinstance(given, dict) or not all(isinstance(group, str) and group for group in given.values()):
        hint = (
            'An object: a token\'s group and the group of hoop it stands for, {"Outside audit": "auditor"}.'
        )
        yield Error("HOOPVIEWER_GROUP_MAP is no map of groups.", hint=hint, id="hoopviewer.E027")
    if not settings.HOOPVIEWER_EMAIL_CLAIM or not settings.HOOPVIEWER_GROUPS_CLAIM:
        yield Error("A claim has no name.", id="hoopviewer.E028")
    elif settings.HOOPVIEWER_EMAIL_CLAIM != "email" and not settings.HOOPVIEWER_TRUSTED_EMAIL_ISSUERS:
        hint = "email_verified speaks of the claim email only; name the issuer whose other claim you trust."
        yield Warning("HOOPVIEWER_EMAIL_CLAIM lets nobody in.", hint=hint, id="hoopviewer.W002")


def _is_safe_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        return False
