"""Tokens as each proxy signs them, and what a site of each would configure."""

from __future__ import annotations

import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sessions_ui.access.signin import proxy
from sessions_ui.access.signin.identities import identity_from
from sessions_ui.access.signin.presets import ProxyRules, rules_for
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.tokens import claims_of
from tests.hostile_provider import Truth, ec_key, rsa_key

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/sessions/50dc6c495c0c9188"
KID = "0b1f0f5e-6f5c-4d42-9d0f-6a0a6f4e9a11"
#: What each site would configure; the rest is the preset's.
GIVEN: dict[str, ProxyRules] = {
    "cloudflare-access": ProxyRules(issuer="https://acme.cloudflareaccess.com", audience="f" * 64),
    "google-iap": ProxyRules(audience="/projects/123/global/backendServices/456"),
    "aws-alb": ProxyRules(issuer="https://id.example.com", signer=ARN, client="0oa1client"),
    "pomerium": ProxyRules(issuer="sessions.example.com", audience="sessions.example.com"),
    "oauth2-proxy": ProxyRules(
        issuer="https://id.example.com", audience="hoopviewer", keys_url="https://id.example.com/keys"
    ),
    "generic": ProxyRules(
        header="X-Company-Token",
        algorithm="EdDSA",
        issuer="gate",
        audience="sessions",
        keys_url="https://gate.example.com/keys",
    ),
}


KEYS: dict[str, Any] = {
    "RS256": rsa_key("one"),
    "ES256": ec_key("one"),
    "EdDSA": Ed25519PrivateKey.generate(),
}


class KnownKeys:
    """Says which key ids were asked for."""

    def __init__(self, keys: dict[str, Any]) -> None:
        self.keys, self.asked = keys, []  # type: dict[str, Any], list[str | None]

    def get(self, kid: str | None) -> Any:
        self.asked.append(kid)
        if kid is None or kid not in self.keys:
            raise Refused("key")
        return self.keys[kid]


def truth_of(preset: str) -> tuple[Truth, ProxyRules]:
    rules = rules_for(preset, GIVEN[preset])
    now = int(time.time())
    claims = {"iss": rules.issuer, "sub": "00u1", "exp": now + 300, "email": "owen@example.com"}
    head = {"alg": rules.algorithm, "kid": KID}
    if preset == "aws-alb":
        head |= {"signer": ARN, "client": rules.client, "iss": rules.issuer, "exp": now + 300}
    else:
        claims |= {"aud": rules.audience, "iat": now}
    if preset == "cloudflare-access":
        claims |= {"aud": [rules.audience], "type": "app"}
    if preset in ("aws-alb", "oauth2-proxy", "generic"):
        claims["email_verified"] = "true" if preset == "aws-alb" else True
    return Truth(claims, head, KEYS[rules.algorithm]), rules


def checked(truth: Truth, rules: ProxyRules, keys: KnownKeys | None = None) -> dict[str, Any]:
    known = KnownKeys({KID: KEYS[rules.algorithm].public_key()}) if keys is None else keys
    claims = claims_of(truth.token(), rules=rules, keys=known, skew=60)
    identity_from(claims, way="proxy", issuer=rules.issuer, rules=proxy.claim_rules(rules))
    return claims
