"""Sign-in by a proxy in front that signs a token for every request. Nothing of ours is kept in a cookie."""

from __future__ import annotations

import ssl
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_ui.access.people import Person
from sessions_ui.access.signin import written
from sessions_ui.access.signin.gate import Gate, turn_away
from sessions_ui.access.signin.identities import ClaimRules, Identity, identity_from
from sessions_ui.access.signin.keys import KeyFiles, Keys, KeySet
from sessions_ui.access.signin.persons import person_of
from sessions_ui.access.signin.presets import ProxyRules, rules_for
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.tokens import claims_of


class SignedProxy(Gate):
    """Lets in whom the proxy's token speaks for, as hoop knows them now."""

    def find_person(self, request: HttpRequest) -> Person | None:
        rules = proxy_rules()
        claims = claims_of(
            token_of(request, rules),
            rules=rules,
            keys=_keys(rules.keys_url, rules.key_files, settings.HOOPVIEWER_SIGN_IN_CA_BUNDLE),
            skew=settings.HOOPVIEWER_CLOCK_SKEW_SECONDS,
        )
        identity = identity_from(claims, way="proxy", issuer=rules.issuer, rules=claim_rules(rules))
        person = person_of(identity)
        written.comes(request, identity, person)
        return person

    def person_again(self, identity: Identity) -> Person | None:
        known = identity.way == "proxy" and identity.issuer == proxy_rules().issuer
        return person_of(identity) if known else None

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        return turn_away(request, Refused("nobody"))


def proxy_rules() -> ProxyRules:
    """The preset that the settings name, with what they add."""
    given = ProxyRules(
        header=settings.HOOPVIEWER_PROXY_HEADER,
        algorithm=settings.HOOPVIEWER_PROXY_ALGORITHM,
        issuer=settings.HOOPVIEWER_PROXY_ISSUER,
        audience=settings.HOOPVIEWER_PROXY_AUDIENCE,
        keys_url=settings.HOOPVIEWER_PROXY_KEYS_URL,
        sign_out_url=settings.HOOPVIEWER_PROXY_SIGN_OUT_URL,
        signer=settings.HOOPVIEWER_PROXY_SIGNER,
        client=settings.HOOPVIEWER_PROXY_CLIENT,
    )
    return rules_for(settings.HOOPVIEWER_PROXY, given)


def claim_rules(rules: ProxyRules) -> ClaimRules:
    """How the proxy's claims are read."""
    trusted = rules.issuer in settings.HOOPVIEWER_TRUSTED_EMAIL_ISSUERS
    return ClaimRules(
        email=settings.HOOPVIEWER_EMAIL_CLAIM,
        groups=settings.HOOPVIEWER_GROUPS_CLAIM,
        trusts_email=rules.trusts_email or trusted,
        known_groups=frozenset(settings.HOOPVIEWER_GROUP_MAP),
    )


def token_of(request: HttpRequest, rules: ProxyRules) -> str:
    """The token from its header. gunicorn joins headers of one name with a comma, which no token has."""
    text = request.headers.get(rules.header, "")
    if rules.scheme:
        scheme, _, rest = text.partition(" ")
        text = rest if scheme == rules.scheme else ""
    if not text:
        raise Refused("no_token")
    if "," in text or " " in text:
        raise Refused("token_garbled", detail="more than one")
    return text


@lru_cache(maxsize=4)
def _keys(url: str, files: bool, ca_bundle: str) -> Keys:
    tls = ssl.create_default_context(cafile=ca_bundle or None)
    return KeyFiles(url, tls=tls) if files else KeySet(url, tls=tls)
