"""Tokens of every preset, signed by real keys: the true one is taken, each forgery is not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sessions_ui.access.signin.presets import PRESETS
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.tokens import claims_of
from tests.hostile_provider import (
    Truth,
    ec_key,
    encoded,
    lie,
    lie_in_head,
    public_pem,
    rsa_key,
    signed_with_public_key,
    unsigned,
)
from tests.proxies import ARN, KEYS, KID, KnownKeys, checked, truth_of


@pytest.mark.parametrize("preset", PRESETS)
def test_it_takes_the_true_token(preset: str) -> None:
    truth, rules = truth_of(preset)
    assert checked(truth, rules)["sub"] == "00u1"


@pytest.mark.parametrize("place", ["head", "claims"])
def test_it_takes_a_balancers_expiry_and_issuer_from_either(place: str) -> None:
    truth, rules = truth_of("aws-alb")
    for name in ("exp", "iss"):
        del getattr(truth, place)[name]
    assert checked(truth, rules)["sub"] == "00u1"


def test_it_takes_a_balancers_padded_token() -> None:
    truth, rules = truth_of("aws-alb")
    padded = ".".join(part + "=" * (-len(part) % 4) for part in truth.token().split("."))
    # Signed as AWS signs it: over the padded text.
    body = ".".join(padded.split(".")[:2])
    algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
    signature = encoded(algorithm.sign(body.encode(), truth.key))
    token = f"{body}.{signature}" + "=" * (-len(signature) % 4)
    known = KnownKeys({KID: truth.key.public_key()})
    assert claims_of(token, rules=rules, keys=known, skew=60)["email"] == "owen@example.com"


def strangers_key(truth: Truth) -> None:
    kinds = {"RS256": rsa_key, "ES256": ec_key, "EdDSA": lambda name: Ed25519PrivateKey.generate()}
    truth.key = kinds[truth.head["alg"]]("attacker")


def brings_its_key(truth: Truth) -> None:
    strangers_key(truth)
    truth.head |= {"jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/cert"}
    truth.head["kid"] = "11111111-2222-4333-8444-555555555555"


def other_algorithm(truth: Truth) -> None:
    """Truly signed, by a key of another kind."""
    truth.head["alg"] = "ES256" if truth.head["alg"] != "ES256" else "RS256"
    truth.key = KEYS[truth.head["alg"]]


def changed_after(truth: Truth) -> None:
    start, _, signature = truth.token().split(".")
    body = encoded(truth.claims | {"email": "audrey@example.com"})
    truth.make = lambda _: f"{start}.{body}.{signature}"


def cut(truth: Truth) -> None:
    whole = truth.token()
    truth.make = lambda _: whole.rpartition(".")[0] + "."


def without_signature(truth: Truth) -> None:
    truth.make = lambda truth: unsigned(truth.claims)


def with_public_key(truth: Truth) -> None:
    pem, fields = public_pem(truth.key), {**truth.head, "alg": "HS256"}
    truth.make = lambda truth: signed_with_public_key(truth.claims, pem, fields)


def several_issuers(truth: Truth) -> None:
    claims = json.dumps(truth.claims | {"iss": [truth.claims["iss"], "https://evil.example"]}).encode()
    truth.make = lambda truth: jwt.PyJWS().encode(claims, truth.key, truth.head["alg"], truth.head)


def garbage(truth: Truth) -> None:
    truth.make = lambda _: "a.b.c"


def huge(truth: Truth) -> None:
    truth.claims["padding"] = "x" * 20_000


def nested(truth: Truth) -> None:
    deep = b"[" * 5_000
    truth.make = lambda truth: f"{encoded(truth.head)}.{encoded(deep)}.{encoded(b'0' * 64)}"


NOW = int(time.time())
#: At least twenty forgeries a preset; what only some presets have is left out for the others.
FORGERIES: dict[str, tuple[Callable[[Truth], None], str]] = {
    "alg none": (without_signature, "algorithm"),
    "HS256 with the public key": (with_public_key, "algorithm"),
    "another algorithm, truly signed": (other_algorithm, "algorithm"),
    "another's key": (strangers_key, "signature"),
    "another's key, brought along": (brings_its_key, "key"),
    "changed after signing": (changed_after, "signature"),
    "signature cut off": (cut, "signature"),
    "garbage": (garbage, "token_garbled"),
    "deeply nested": (nested, "signature"),
    "twenty kilobytes": (huge, "too_big"),
    "expired": (lie(exp=NOW - 300), "expired"),
    "no expiry": (lie(exp=...), "claim"),
    "an expiry that is none": (lie(exp="soon"), "token_garbled"),
    "valid in the future": (lie(nbf=NOW + 3_600), "not_yet"),
    "made in the future": (lie(iat=NOW + 3_600), "not_yet"),
    "another issuer": (lie(iss="https://evil.example"), "issuer"),
    "no issuer": (lie(iss=...), "claim"),
    "several issuers": (several_issuers, "issuer"),
    "another audience": (lie(aud="another"), "audience"),
    "no audience": (lie(aud=...), "claim"),
    "no subject": (lie(sub=...), "claim"),
    "no key id": (lie_in_head(kid=...), "key"),
    "an unknown key id": (lie_in_head(kid="99999999-2222-4333-8444-555555555555"), "key"),
    "a key id that is a path": (lie_in_head(kid="../../evil"), "key"),
    "critical fields": (lie_in_head(crit=["exp"]), "token_garbled"),
    "no e-mail": (lie(email=...), "no_email"),
    "another balancer": (lie_in_head(signer=ARN.replace("app/sessions", "app/evil")), "signer"),
    "no balancer": (lie_in_head(signer=...), "signer"),
    "expired by its head": (lie_in_head(exp=NOW - 300), "expired"),
    "an expiry in the head that is none": (lie_in_head(exp="soon"), "token_garbled"),
    "another issuer in the head": (lie_in_head(iss="https://evil.example"), "issuer"),
    "another client": (lie_in_head(client="0oa1evil"), "client"),
    "e-mail not verified": (lie(email_verified="false"), "email_not_verified"),
    "authorised for another": (lie(azp="another"), "audience"),
}
SOME_ONLY = {
    "another audience": lambda preset: preset != "aws-alb",
    "no audience": lambda preset: preset != "aws-alb",
    "another balancer": lambda preset: preset == "aws-alb",
    "no balancer": lambda preset: preset == "aws-alb",
    "another client": lambda preset: preset == "aws-alb",
    "expired by its head": lambda preset: preset == "aws-alb",
    "an expiry in the head that is none": lambda preset: preset == "aws-alb",
    "another issuer in the head": lambda preset: preset == "aws-alb",
    "e-mail not verified": lambda preset: not PRESETS[preset].trusts_email,
    "authorised for another": lambda preset: PRESETS[preset].checks_azp,
}
CASES = [
    (preset, name)
    for preset in PRESETS
    for name in FORGERIES
    if SOME_ONLY.get(name, lambda preset: True)(preset)
]


def test_it_is_tried_with_twenty_forgeries_a_preset() -> None:
    assert min(sum(preset == one for preset, _ in CASES) for one in PRESETS) >= 20


@pytest.mark.parametrize(("preset", "name"), CASES)
def test_it_refuses_a_forgery(preset: str, name: str) -> None:
    truth, rules = truth_of(preset)
    crime, expected = FORGERIES[name]
    crime(truth)
    with pytest.raises(Refused) as refused:
        checked(truth, rules)
    assert refused.value.reason == expected


def test_it_reads_no_key_for_what_is_refused_before() -> None:
    for name in ("another balancer", "another client", "alg none"):
        truth, rules = truth_of("aws-alb")
        FORGERIES[name][0](truth)
        known = KnownKeys({})
        with pytest.raises(Refused):
            checked(truth, rules, known)
        assert known.asked == []
