"""A proxy's token -> its claims, when everything that is pinned is as it must be. Raises Refused."""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Mapping
from typing import Any

import jwt
from jwt import exceptions as wrong

from sessions_ui.access.signin.keys import Keys
from sessions_ui.access.signin.presets import ProxyRules
from sessions_ui.access.signin.refusals import Refused

MAX_TOKEN_CHARACTERS, MAX_KID = 16_384, 255

REASONS: tuple[tuple[type[Exception], str], ...] = (
    (wrong.ExpiredSignatureError, "expired"),
    (wrong.ImmatureSignatureError, "not_yet"),
    (wrong.InvalidIssuerError, "issuer"),
    (wrong.InvalidAudienceError, "audience"),
    (wrong.MissingRequiredClaimError, "claim"),
    (wrong.InvalidSignatureError, "signature"),
    (wrong.InvalidAlgorithmError, "algorithm"),
    (wrong.InvalidKeyError, "key"),
)


def claims_of(token: str, *, rules: ProxyRules, keys: Keys, skew: int) -> dict[str, Any]:
    """The claims of a token that the proxy signed for us, that began and has not run out (``skew`` seconds
    of difference between clocks). Only ``alg``, ``kid`` and the balancer's ``signer`` and ``client`` of
    its head are looked at, before the signature; the first two only to find a key that is ours to trust."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise Refused("too_big")
    head = _head(token)
    if head.get("alg") != rules.algorithm:
        raise Refused("algorithm")
    if "crit" in head:
        raise Refused("token_garbled", detail="crit")
    if rules.signer and not _same(head.get("signer"), rules.signer):
        raise Refused("signer")
    if rules.client and not _same(head.get("client"), rules.client):
        raise Refused("client")
    kid = head.get("kid")
    if kid is not None and (not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID):
        raise Refused("key", detail="its id is none")
    claims = _verified(token, rules, keys.get(kid), skew)
    if rules.signer:
        _require_in_head_or_claims(head, claims, rules, skew)
    if rules.checks_azp and claims.get("azp", rules.audience) != rules.audience:
        raise Refused("audience", detail="azp")
    return claims


def _head(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except wrong.PyJWTError:
        raise Refused("token_garbled") from None
    except (ValueError, TypeError, RecursionError):
        raise Refused("token_garbled") from None


def _verified(token: str, rules: ProxyRules, key: Any, skew: int) -> dict[str, Any]:
    # An application balancer's token has no audience: signer and client stand for it.
    required = ["sub"] if rules.signer else ["exp", "iat", "iss", "aud", "sub"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[rules.algorithm],
            issuer=None if rules.signer else rules.issuer,
            audience=None if rules.signer else rules.audience,
            leeway=skew,
            options={"require": required, "verify_aud": not rules.signer},
        )
    except wrong.PyJWTError as error:
        reason = next((reason for kind, reason in REASONS if isinstance(error, kind)), "token_garbled")
        raise Refused(reason, detail=type(error).__name__) from None
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise Refused("token_garbled", detail=type(error).__name__) from None
    return claims


def _require_in_head_or_claims(
    head: Mapping[str, Any], claims: Mapping[str, Any], rules: ProxyRules, skew: int
) -> None:
    """A balancer's issuer and expiry: AWS documents them in the head, which the signature covers, and sends
    them among the claims as well. One place must have each, and where it is it must hold."""
    for name in ("iss", "exp"):
        if name not in head and name not in claims:
            raise Refused("claim", detail=name)
    for part in (head, claims):
        if part.get("iss", rules.issuer) != rules.issuer:
            raise Refused("issuer")
        ends = part.get("exp", math.inf)
        if not isinstance(ends, int | float) or isinstance(ends, bool):
            raise Refused("token_garbled", detail="exp")
        if not ends > time.time() - skew:
            raise Refused("expired")


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())
