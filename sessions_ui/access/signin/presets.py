"""What each signing proxy sends, and what of it is pinned. Pure.

Sources: the vendors' pages on verifying the token (Cloudflare Access, Google IAP, AWS ALB, Pomerium,
oauth2-proxy); docs/deploy.md shows each in use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

#: An application balancer: partition, region, account, name. Its keys lie with its region.
ALB_ARN = re.compile(
    r"arn:aws:elasticloadbalancing:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:loadbalancer/app/[\w-]+/\w+"
)
#: By a key pair only: with a shared secret or none, who can check a token can make one.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"})


@dataclass(frozen=True, slots=True)
class ProxyRules:
    """What a proxy's token must be. ``scheme`` is the word before it in its header; ``signer`` and
    ``client`` are checked instead of an audience; ``keys_url`` ends in ``/`` where each key has a file of
    its own. ``trusts_email``: the proxy lets people in by that very address. ``cookies`` are the proxy's,
    which only we can clear at sign-out."""

    header: str = ""
    algorithm: str = ""
    issuer: str = ""
    audience: str = ""
    keys_url: str = ""
    sign_out_url: str = ""
    scheme: str = ""
    signer: str = ""
    client: str = ""
    key_files: bool = False
    checks_azp: bool = False
    trusts_email: bool = False
    cookies: tuple[str, ...] = ()


PRESETS: dict[str, ProxyRules] = {
    "cloudflare-access": ProxyRules(header="Cf-Access-Jwt-Assertion", algorithm="RS256", trusts_email=True),
    "google-iap": ProxyRules(
        header="X-Goog-Iap-Jwt-Assertion",
        algorithm="ES256",
        issuer="https://cloud.google.com/iap",
        keys_url="https://www.gstatic.com/iap/verify/public_key-jwk",
        sign_out_url="/?gcp-iap-mode=CLEAR_LOGIN_COOKIE",
        trusts_email=True,
    ),
    "aws-alb": ProxyRules(
        header="X-Amzn-Oidc-Data",
        algorithm="ES256",
        key_files=True,
        cookies=tuple(f"AWSELBAuthSessionCookie-{number}" for number in range(4)),
    ),
    "pomerium": ProxyRules(
        header="X-Pomerium-Jwt-Assertion",
        algorithm="ES256",
        sign_out_url="/.pomerium/sign_out",
        trusts_email=True,
    ),
    "oauth2-proxy": ProxyRules(
        header="Authorization",
        scheme="Bearer",
        algorithm="RS256",
        sign_out_url="/oauth2/sign_out",
        checks_azp=True,
    ),
    "generic": ProxyRules(),
}


def rules_for(preset: str, given: ProxyRules) -> ProxyRules:
    """The preset with what is ``given`` over it, complete. Raises ValueError with a sentence that names the
    variable which is missing or wrong."""
    if preset not in PRESETS:
        raise ValueError(f"HOOPVIEWER_PROXY is none of {', '.join(PRESETS)}.")
    rules = PRESETS[preset]
    fields = ("header", "algorithm", "issuer", "audience", "keys_url", "sign_out_url", "signer", "client")
    rules = replace(rules, **{name: getattr(given, name) for name in fields if getattr(given, name)})
    if preset == "cloudflare-access" and rules.issuer:
        certs, out = f"{rules.issuer}/cdn-cgi/access/certs", f"{rules.issuer}/cdn-cgi/access/logout"
        rules = replace(rules, keys_url=rules.keys_url or certs, sign_out_url=rules.sign_out_url or out)
    if preset == "pomerium" and rules.issuer and not rules.keys_url:
        # Pomerium's issuer is the route's host, without a scheme.
        host = urlsplit(rules.issuer).netloc or rules.issuer
        rules = replace(rules, keys_url=f"https://{host}/.well-known/pomerium/jwks.json")
    if preset == "aws-alb" and not rules.keys_url and (arn := ALB_ARN.fullmatch(rules.signer)):
        rules = replace(rules, keys_url=f"https://public-keys.auth.elb.{arn[1]}.amazonaws.com/")
    _require(preset, rules)
    return rules


def _require(preset: str, rules: ProxyRules) -> None:
    needed = ["header", "algorithm", "issuer", "keys_url"]
    needed += ["signer", "client"] if preset == "aws-alb" else ["audience"]
    missing = [f"HOOPVIEWER_PROXY_{name.upper()}" for name in needed if not getattr(rules, name)]
    if missing:
        raise ValueError(f"{preset} needs what is not set: {', '.join(missing)}.")
    if rules.algorithm not in ALGORITHMS:
        raise ValueError(f"HOOPVIEWER_PROXY_ALGORITHM is none of {', '.join(sorted(ALGORITHMS))}.")
    try:
        parts = urlsplit(rules.keys_url)
        local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        parts, local = urlsplit(""), False
    if not (parts.scheme == "https" and parts.hostname) and not local:
        raise ValueError("HOOPVIEWER_PROXY_KEYS_URL is no https address.")
    if not is_way_out(rules.sign_out_url):
        raise ValueError("HOOPVIEWER_PROXY_SIGN_OUT_URL is neither a path nor an https address.")
    if not re.fullmatch(r"[A-Za-z0-9-]+", rules.header):
        raise ValueError("HOOPVIEWER_PROXY_HEADER is no header's name.")


def is_way_out(address: str) -> bool:
    """Whether a browser can be sent there to sign out: a path of the same host, or another's page.

    >>> [is_way_out(text) for text in ("", "/sign_out", "https://x.example/", "//x.example", "data:x")]
    [True, True, True, False, False]
    """
    return not address or bool(re.match(r"https://[^/]|/(?!/)", address))
