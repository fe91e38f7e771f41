"""Sign-in at a hostile provider: every lie in a token, a discovery or an answer has its refusal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sessions_ui.access.signin import openid
from tests.hostile_provider import (
    CLIENT,
    HostileProvider,
    Truth,
    ec_key,
    encoded,
    jwk,
    lie,
    public_pem,
    rsa_key,
    signed_with_public_key,
    unsigned,
)
from tests.signing_in import WHOM, refused, sign_in, way_back


def forge(make: Callable[[Truth], Any]) -> Callable[[Truth], None]:
    return lambda truth: setattr(truth, "make", make)


def stranger(**fields: Any) -> Callable[[Truth], None]:
    """Signed by a key of the attacker's."""

    def crime(truth: Truth) -> None:
        truth.key = rsa_key("attacker")
        truth.head.update(fields)

    return crime


def answering(**fields: Any) -> Callable[[Truth], None]:
    return lambda truth: truth.answer.update(fields)


def by_curve(truth: Truth) -> None:
    truth.key, truth.head["alg"] = ec_key("attacker"), "ES256"


NOW = time.time()


CRIMES: dict[str, tuple[Callable[[Truth], Any], str]] = {
    "wrong nonce": (lie(nonce="another"), "nonce"),
    "no nonce": (lie(nonce=...), "nonce"),
    "wrong audience": (lie(aud="another-client"), "audience"),
    "no audience": (lie(aud=...), "audience"),
    "several audiences, no azp": (lie(aud=[CLIENT, "another"]), "audience"),
    "made for another by azp": (lie(aud=[CLIENT, "another"], azp="another"), "audience"),
    "swapped issuer": (lie(iss="https://evil.example"), "issuer"),
    "no issuer": (lie(iss=...), "issuer"),
    "expired": (lie(exp=int(NOW) - 300), "expired"),
    "no expiry": (lie(exp=...), "expired"),
    "made in the future": (lie(iat=int(NOW) + 86_400), "not_yet"),
    "valid in the future": (lie(nbf=int(NOW) + 86_400), "not_yet"),
    "alg none": (forge(lambda truth: unsigned(truth.claims)), "algorithm"),
    "HS256 with the public key": (
        forge(lambda truth: signed_with_public_key(truth.claims, public_pem(rsa_key("one")))),
        "algorithm",
    ),
    "HS256 with the client's secret": (
        forge(lambda truth: signed_with_public_key(truth.claims, b"client-secret")),
        "algorithm",
    ),
    "another's key under the known id": (stranger(), "signature"),
    "another's key under its own id": (stranger(kid="two"), "key"),
    "another's key brought along": (stranger(jwk=jwk(rsa_key("attacker"), "one")), "too_big"),
    "another's key by x5u": (stranger(x5u="http://127.0.0.1:9/cert"), "signature"),
    "another's key by jku": (stranger(kid="two", jku="http://127.0.0.1:9/keys"), "key"),
    "a curve's key under the known id": (by_curve, "algorithm"),
    "wrong at_hash": (lie(at_hash=encoded(b"0" * 16)), "claim"),
    "garbage": (forge(lambda truth: "not-a-token"), "token_garbled"),
    "three dots of garbage": (forge(lambda truth: "e30.e30.e30"), "token_garbled"),
    "no token": (answering(id_token=None), "claim"),
    "a token that is no text": (answering(id_token={"a": 1}), "claim"),
    "a token of 70 kB": (lie(padding="x" * 70_000), "too_big"),
    "an answer of a megabyte": (answering(padding="x" * 1_000_000), "too_big"),
    "5,000 groups": (lie(groups=[f"g{number}" for number in range(5_000)]), "too_many_groups"),
    "e-mail not verified": (lie(email_verified=False), "email_not_verified"),
    "e-mail of unknown standing": (lie(email_verified=...), "email_not_verified"),
    "e-mail that is none": (lie(email="owen"), "no_email"),
    "no e-mail": (lie(email=...), "no_email"),
    "no subject": (lie(sub=...), "claim"),
    "a subject that is none": (lie(sub=["00u1"]), "claim"),
    "an error at the token's place": (answering(error="invalid_grant", id_token=None), "provider_error"),
}


@pytest.mark.parametrize("name", CRIMES)
def test_it_refuses_what_a_hostile_provider_says(name: str, provider: HostileProvider, db: None) -> None:
    provider.crime, expected = CRIMES[name]
    answer = sign_in(Client())
    reason = refused(answer)
    assert reason == expected
    assert WHOM in answer.content.decode()
    assert 'href="/sign-in"' in answer.content.decode()


MISBEHAVIOURS: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer in its discovery": ({"discovery": {"issuer": "https://evil.example"}}, "issuer"),
    "no token endpoint": ({"discovery": {"token_endpoint": None}}, "provider_away"),
    "files for keys": ({"discovery": {"jwks_uri": "file:///etc/passwd"}}, "provider_away"),
    "a script for signing out": ({"discovery": {"end_session_endpoint": "javascript:x"}}, "provider_away"),
    "discovery that is no JSON": (
        {"raw": {"/.well-known/openid-configuration": (200, {}, b"<html>")}},
        "provider_away",
    ),
    "discovery that is a list": (
        {"raw": {"/.well-known/openid-configuration": (200, {}, b"[]")}},
        "provider_away",
    ),
    "discovery elsewhere": (
        {"raw": {"/.well-known/openid-configuration": (302, {"Location": "/elsewhere"}, b"")}},
        "provider_away",
    ),
}


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_it_goes_nowhere_by_a_bad_discovery(
    name: str, provider: HostileProvider, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, expected = MISBEHAVIOURS[name]
    for attribute, value in changed.items():
        setattr(provider, attribute, value)
    assert refused(Client().get("/sign-in")) == expected
    provider.discovery, provider.raw = {}, {}
    # Left alone for a moment, so that a crowd does not wait for it; nothing of the bad answer is kept.
    assert refused(Client().get("/sign-in")) == "provider_away"
    assert len(provider.seen) == 1
    monkeypatch.setattr(openid, "_kept", {})
    assert Client().get("/sign-in").status_code == 302


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"/token": (500, {}, b"")}, "provider_away"),
        ({"/token": (200, {}, b"<html>")}, "provider_away"),
        ({"/token": (307, {"Location": "http://127.0.0.1:9/"}, b"")}, "provider_away"),
        ({"/token": (200, {"Content-Type": "application/json"}, b"[" * 5000)}, "provider_away"),
        ({"/token": (400, {}, b'{"error": "invalid_grant", "error_description": "x"}')}, "provider_error"),
        ({"/keys": (500, {}, b"")}, "provider_away"),
        ({"/keys": (200, {}, b'{"keys": []}')}, "key"),
        (
            {
                "/keys": (
                    200,
                    {},
                    b'{"keys": [{"kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}',
                )
            },
            "key",
        ),
    ],
)
def test_it_lets_nobody_in_by_broken_answers(
    raw: dict[str, Any], expected: str, provider: HostileProvider, db: None
) -> None:
    browser = Client()
    back = way_back(browser)
    provider.raw = raw
    assert refused(browser.get(back)) == expected
