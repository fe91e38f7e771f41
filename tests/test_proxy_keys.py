"""Where a proxy publishes its keys: what is kept, asked for again, and never asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessions_ui.access.signin import keys as key_places
from sessions_ui.access.signin.presets import PRESETS, ProxyRules, rules_for
from sessions_ui.access.signin.refusals import Refused
from tests.hostile_provider import HostileProvider, ec_key, jwk, public_pem, rsa_key
from tests.proxies import GIVEN, KID
from tests.waiting import LONG


def test_it_keeps_a_key_set_and_asks_again_once_for_unknown_keys(
    key_server: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_places, "PAUSE_SECONDS", LONG)
    keys = key_places.KeySet(f"{key_server.issuer}/keys", tls=None)  # type: ignore[arg-type]  # plain HTTP here
    assert keys.get("one")
    for number in range(50):
        with pytest.raises(Refused, match="key"):
            keys.get(f"invented-{number}")
    assert key_server.asked() == ["/keys"]
    key_server.keys = [jwk(rsa_key("two"), "two")]
    keys._client.cooldown_duration = 0
    assert keys.get("two")
    keys._client.cooldown_duration = LONG
    with pytest.raises(Refused, match="key"):
        keys.get("one")
    assert key_server.asked() == ["/keys"] * 2


def test_it_needs_no_key_id_where_there_is_one_key(key_server: HostileProvider) -> None:
    key_server.keys = [{**jwk(rsa_key("one"), ""), "kid": None}, {**jwk(rsa_key("two"), "two"), "use": "enc"}]
    address = f"{key_server.issuer}/keys"
    assert key_places.KeySet(address, tls=None).get(None)  # type: ignore[arg-type]
    key_server.keys = [jwk(rsa_key("one"), "one"), jwk(rsa_key("two"), "two")]
    with pytest.raises(Refused, match="key"):
        key_places.KeySet(address, tls=None).get(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer",
    [(500, {}, b""), (302, {"Location": "/keys"}, b""), (200, {}, b"<html>"), (200, {}, b'{"keys": []}')],
)
def test_it_leaves_a_broken_key_set_alone(answer: Any, key_server: HostileProvider) -> None:
    key_server.raw = {"/set": answer}
    keys = key_places.KeySet(f"{key_server.issuer}/set", tls=None)  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(Refused, match="keys_away|key"):
            keys.get("one")
    assert len(key_server.asked()) == 1


def test_it_asks_for_a_balancers_key_by_a_uuid_only(key_server: HostileProvider) -> None:
    import ssl

    key_server.raw = {f"/{KID}": (200, {}, public_pem(ec_key("one")))}
    keys = key_places.KeyFiles(key_server.issuer, tls=ssl.create_default_context())
    for kid in (
        "..",
        "x",
        f"{KID}/..",
        KID.upper(),
        f"{{{KID}}}",
        f"urn:uuid:{KID}",
        KID.replace("-", ""),
        "",
    ):
        with pytest.raises(Refused, match="key"):
            keys.get(kid)
    assert key_server.asked() == []
    assert public_pem_of(keys.get(KID)) == public_pem(ec_key("one"))
    assert keys.get(KID)
    assert key_server.asked() == [f"/{KID}"]


def public_pem_of(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def test_it_asks_for_few_unknown_balancer_keys(
    key_server: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ssl
    import uuid

    key_server.raw = {f"/{KID}": (200, {}, public_pem(ec_key("one")))}
    keys = key_places.KeyFiles(key_server.issuer, tls=ssl.create_default_context())
    assert keys.get(KID)
    reasons = []
    for _ in range(20):
        with pytest.raises(Refused) as refused:
            keys.get(str(uuid.uuid4()))
        reasons.append(refused.value.reason)
    assert reasons == ["key"] * 15 + ["keys_away"] * 5
    assert len(key_server.asked()) == 16
    # A stranger's inventions lock out nobody whose key is due to be asked for again.
    monkeypatch.setattr(key_places, "FRESH_SECONDS", -1)
    assert keys.get(KID)
    assert len(key_server.asked()) == 17


@pytest.mark.parametrize(
    "answer",
    [
        (302, {"Location": "/keys"}, b""),
        (200, {}, b"no key"),
        (200, {}, public_pem(rsa_key("one"))),
        (503, {}, b""),
    ],
)
def test_it_takes_no_other_answer_for_a_balancers_key(answer: Any, key_server: HostileProvider) -> None:
    import ssl

    key_server.raw = {f"/{KID}": answer}
    keys = key_places.KeyFiles(f"{key_server.issuer}/", tls=ssl.create_default_context())
    with pytest.raises(Refused, match="key"):
        keys.get(KID)
    if answer[0] != 200:
        with pytest.raises(Refused, match="keys_away"):
            keys.get("99999999-2222-4333-8444-555555555555")
    assert key_server.asked() == [f"/{KID}"]


@pytest.mark.parametrize(
    ("preset", "change", "said"),
    [
        ("none-such", {}, "HOOPVIEWER_PROXY is none of"),
        ("cloudflare-access", {"issuer": ""}, "HOOPVIEWER_PROXY_ISSUER"),
        ("google-iap", {"audience": ""}, "HOOPVIEWER_PROXY_AUDIENCE"),
        ("aws-alb", {"signer": ""}, "HOOPVIEWER_PROXY_KEYS_URL|HOOPVIEWER_PROXY_SIGNER"),
        ("aws-alb", {"client": ""}, "HOOPVIEWER_PROXY_CLIENT"),
        ("aws-alb", {"signer": "arn:aws:evil.example/x"}, "HOOPVIEWER_PROXY_KEYS_URL"),
        ("generic", {"algorithm": "HS256"}, "HOOPVIEWER_PROXY_ALGORITHM"),
        ("generic", {"algorithm": "none"}, "HOOPVIEWER_PROXY_ALGORITHM"),
        ("generic", {"keys_url": "http://gate.example.com/keys"}, "HOOPVIEWER_PROXY_KEYS_URL"),
        ("generic", {"keys_url": "file:///etc/keys"}, "HOOPVIEWER_PROXY_KEYS_URL"),
        ("generic", {"header": "X_Token"}, "HOOPVIEWER_PROXY_HEADER"),
    ],
)
def test_it_names_what_a_preset_lacks(preset: str, change: dict[str, str], said: str) -> None:
    given = replace(GIVEN.get(preset, ProxyRules()), **change)
    with pytest.raises(ValueError, match=said):
        rules_for(preset, given)


def test_it_finds_the_keys_where_each_vendor_keeps_them() -> None:
    found = {preset: rules_for(preset, GIVEN[preset]).keys_url for preset in PRESETS}
    assert found["cloudflare-access"] == "https://acme.cloudflareaccess.com/cdn-cgi/access/certs"
    assert found["google-iap"] == "https://www.gstatic.com/iap/verify/public_key-jwk"
    assert found["aws-alb"] == "https://public-keys.auth.elb.eu-west-1.amazonaws.com/"
    assert found["pomerium"] == "https://sessions.example.com/.well-known/pomerium/jwks.json"
