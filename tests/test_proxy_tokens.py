"""Tokens of every preset, signed by real keys fetched over HTTP: the true one is let in, each forgery not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jwt
import pytest
from django.test import Client, RequestFactory

from sessions_ui.access.signin import keys as key_places
from sessions_ui.access.signin import proxy, sign_ins, written
from sessions_ui.access.signin.identities import identity_from
from sessions_ui.access.signin.presets import PRESETS, ProxyRules, rules_for
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.tokens import claims_of
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SignInRecord
from tests.hostile_provider import (
    HostileProvider,
    Truth,
    ec_key,
    encoded,
    jwk,
    public_pem,
    rsa_key,
    signed_with_public_key,
    unsigned,
)
from tests.signing_in import configure
from tests.trails import rows
from tests.waiting import LONG

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
KEYS: dict[str, Any] = {"RS256": rsa_key("one"), "ES256": ec_key("one")}


def eddsa() -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return KEYS.setdefault("EdDSA", Ed25519PrivateKey.generate())


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
    key = eddsa() if rules.algorithm == "EdDSA" else KEYS[rules.algorithm]
    return Truth(claims, head, key), rules


def checked(truth: Truth, rules: ProxyRules, keys: KnownKeys | None = None) -> dict[str, Any]:
    eddsa()
    known = KnownKeys({KID: KEYS[rules.algorithm].public_key()}) if keys is None else keys
    claims = claims_of(truth.token(), rules=rules, keys=known, skew=60)
    identity_from(claims, way="proxy", issuer=rules.issuer, rules=proxy.claim_rules(rules))
    return claims


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


def lie(**claims: Any) -> Callable[[Truth], None]:
    """Claims put over the true ones; ``...`` leaves one out, also where the head repeats it."""

    def crime(truth: Truth) -> None:
        truth.head = {name: value for name, value in truth.head.items() if claims.get(name) is not ...}
        truth.claims |= claims
        truth.claims = {name: value for name, value in truth.claims.items() if value is not ...}

    return crime


def head(**fields: Any) -> Callable[[Truth], None]:
    return lambda truth: truth.head.update(fields)


def strangers_key(truth: Truth) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
    "no key id": (head(kid=None), "key"),
    "an unknown key id": (head(kid="99999999-2222-4333-8444-555555555555"), "key"),
    "a key id that is a path": (head(kid="../../evil"), "key"),
    "critical fields": (head(crit=["exp"]), "token_garbled"),
    "no e-mail": (lie(email=...), "no_email"),
    "another balancer": (head(signer=ARN.replace("app/sessions", "app/evil")), "signer"),
    "no balancer": (head(signer=None), "signer"),
    "expired by its head": (head(exp=NOW - 300), "expired"),
    "an expiry in the head that is none": (head(exp="soon"), "token_garbled"),
    "another issuer in the head": (head(iss="https://evil.example"), "issuer"),
    "another client": (head(client="0oa1evil"), "client"),
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
    if name in ("no key id", "no balancer"):
        field = "kid" if name == "no key id" else "signer"
        del truth.head[field]
    else:
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


@pytest.fixture
def place() -> Iterator[HostileProvider]:
    """Any server of keys."""
    proxy._keys.cache_clear()
    written._noted.clear()
    with HostileProvider() as running:
        yield running


def asked(place: HostileProvider) -> list[str]:
    return [path for path, _ in place.seen]


def test_it_keeps_a_key_set_and_asks_again_once_for_unknown_keys(
    place: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_places, "PAUSE_SECONDS", LONG)
    keys = key_places.KeySet(f"{place.issuer}/keys", tls=None)  # type: ignore[arg-type]  # plain HTTP here
    assert keys.get("one")
    for number in range(50):
        with pytest.raises(Refused, match="key"):
            keys.get(f"invented-{number}")
    assert asked(place) == ["/keys"]
    place.keys = [jwk(rsa_key("two"), "two")]
    keys._client.cooldown_duration = 0
    assert keys.get("two")
    keys._client.cooldown_duration = LONG
    with pytest.raises(Refused, match="key"):
        keys.get("one")
    assert asked(place) == ["/keys"] * 2


def test_it_needs_no_key_id_where_there_is_one_key(place: HostileProvider) -> None:
    place.keys = [{**jwk(rsa_key("one"), ""), "kid": None}, {**jwk(rsa_key("two"), "two"), "use": "enc"}]
    address = f"{place.issuer}/keys"
    assert key_places.KeySet(address, tls=None).get(None)  # type: ignore[arg-type]
    place.keys = [jwk(rsa_key("one"), "one"), jwk(rsa_key("two"), "two")]
    with pytest.raises(Refused, match="key"):
        key_places.KeySet(address, tls=None).get(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer",
    [(500, {}, b""), (302, {"Location": "/keys"}, b""), (200, {}, b"<html>"), (200, {}, b'{"keys": []}')],
)
def test_it_leaves_a_broken_key_set_alone(answer: Any, place: HostileProvider) -> None:
    place.raw = {"/set": answer}
    keys = key_places.KeySet(f"{place.issuer}/set", tls=None)  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(Refused, match="keys_away|key"):
            keys.get("one")
    assert len(asked(place)) == 1


def test_it_asks_for_a_balancers_key_by_a_uuid_only(place: HostileProvider) -> None:
    import ssl

    place.raw = {f"/{KID}": (200, {}, public_pem(ec_key("one")))}
    keys = key_places.KeyFiles(place.issuer, tls=ssl.create_default_context())
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
    assert asked(place) == []
    assert public_pem_of(keys.get(KID)) == public_pem(ec_key("one"))
    assert keys.get(KID)
    assert asked(place) == [f"/{KID}"]


def public_pem_of(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def test_it_asks_for_few_unknown_balancer_keys(
    place: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ssl
    import uuid

    place.raw = {f"/{KID}": (200, {}, public_pem(ec_key("one")))}
    keys = key_places.KeyFiles(place.issuer, tls=ssl.create_default_context())
    assert keys.get(KID)
    reasons = []
    for _ in range(20):
        with pytest.raises(Refused) as refused:
            keys.get(str(uuid.uuid4()))
        reasons.append(refused.value.reason)
    assert reasons == ["key"] * 15 + ["keys_away"] * 5
    assert len(asked(place)) == 16
    # A stranger's inventions lock out nobody whose key is due to be asked for again.
    monkeypatch.setattr(key_places, "FRESH_SECONDS", -1)
    assert keys.get(KID)
    assert len(asked(place)) == 17


@pytest.mark.parametrize(
    "answer",
    [
        (302, {"Location": "/keys"}, b""),
        (200, {}, b"no key"),
        (200, {}, public_pem(rsa_key("one"))),
        (503, {}, b""),
    ],
)
def test_it_takes_no_other_answer_for_a_balancers_key(answer: Any, place: HostileProvider) -> None:
    import ssl

    place.raw = {f"/{KID}": answer}
    keys = key_places.KeyFiles(f"{place.issuer}/", tls=ssl.create_default_context())
    with pytest.raises(Refused, match="key"):
        keys.get(KID)
    if answer[0] != 200:
        with pytest.raises(Refused, match="keys_away"):
            keys.get("99999999-2222-4333-8444-555555555555")
    assert asked(place) == [f"/{KID}"]


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


@pytest.fixture
def site(settings: Any, place: HostileProvider) -> HostileProvider:
    configure(
        settings,
        "proxy",
        HOOPVIEWER_PROXY="oauth2-proxy",
        HOOPVIEWER_PROXY_ISSUER="https://id.example.com",
        HOOPVIEWER_PROXY_AUDIENCE="hoopviewer",
        HOOPVIEWER_PROXY_KEYS_URL=f"{place.issuer}/keys",
    )
    place.keys = [jwk(KEYS["RS256"], KID)]
    return place


def get(token: str, path: str = "/", **headers: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}", **headers})


def test_it_lets_in_by_the_proxys_header(site: HostileProvider, hoop: StandIn) -> None:
    truth, _ = truth_of("oauth2-proxy")
    answers = [get(truth.token()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    person = answers[0].wsgi_request.person
    assert (person.issuer, person.subject, person.via) == ("https://id.example.com", "00u1", "proxy")
    assert person.email == "owen@example.com"
    assert sign_ins.last_sign_in("https://id.example.com", "00u1")
    assert SignInRecord.objects.count() == 1
    assert asked(site) == ["/keys"]
    (row,) = [row for row in rows() if row.act == "signed-in"]
    assert row.about == '{"way":"proxy"}'
    # A personal token is looked at first, and only where one opens the page.
    assert get("hvp_x").status_code == 403
    api = get("hvp_x", "/api/sessions/8d2a3b1c-0000-4000-8000-000000000000")
    assert (api.status_code, "knows no such token" in api.json()["message"]) == (401, True)


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset != "oauth2-proxy"])
def test_it_lets_in_by_every_preset(
    preset: str, place: HostileProvider, hoop: StandIn, settings: Any
) -> None:
    """Whole requests, with keys fetched from where the site was told to."""
    truth, rules = truth_of(preset)
    given = replace(GIVEN[preset], keys_url=f"{place.issuer}/keys")
    names = ("header", "algorithm", "issuer", "audience", "keys_url", "signer", "client")
    values = {f"HOOPVIEWER_PROXY_{name.upper()}": getattr(given, name) for name in names}
    configure(settings, "proxy", HOOPVIEWER_PROXY=preset, **values)
    place.raw = {f"/keys/{KID}": (200, {}, public_pem(truth.key))}
    place.keys = [jwk(truth.key, KID)]
    answer = Client().get("/", headers={rules.header: truth.token()})
    assert answer.status_code == 200
    assert answer.wsgi_request.person.email == "owen@example.com"
    assert Client().get("/", headers={rules.header: truth.token()[:-9]}).status_code == 403
    assert asked(place) == [f"/keys/{KID}" if preset == "aws-alb" else "/keys"]


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({}, 403, "came without the token"),
        ({"Authorization": "Basic eyJ"}, 403, "came without the token"),
        ({"Authorization": "bearer a.b.c"}, 403, "came without the token"),
        ({"Authorization": "Bearer a.b.c,a.b.c"}, 403, "cannot be read"),
        ({"Authorization": "Bearer a.b.c d"}, 403, "cannot be read"),
        ({"X-Forwarded-Email": "audrey@example.com"}, 403, "came without the token"),
    ],
)
def test_it_says_why_it_lets_nobody_in(
    headers: dict[str, str], status: int, said: str, site: HostileProvider, db: None
) -> None:
    answer = Client().get("/", headers=headers)
    assert answer.status_code == status
    assert said in answer.content.decode()
    fragment = Client().get("/", headers={**headers, "HX-Request": "true"})
    assert fragment["HX-Refresh"] == "true"
    assert Client().get("/healthz").status_code == 200


def test_it_stops_counting_and_logging_a_flood(
    site: HostileProvider,
    db: None,
    clock_stands: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("sessions_ui.access.signin.gate.MOST_A_MINUTE", 2)
    assert [get("a.b.c").status_code for _ in range(4)] == [403, 403, 429, 429]
    assert sum("sign-in refused" in str(record.msg) for record in caplog.records) == 2
    assert "a.b.c" not in caplog.text


def test_it_signs_out_at_the_proxy(site: HostileProvider, hoop: StandIn, settings: Any) -> None:
    truth, _ = truth_of("oauth2-proxy")
    page = get(truth.token()).content.decode()
    assert "Sign out" in page
    answer = Client().post("/sign-out")
    assert 'content="0; url=/oauth2/sign_out"' in answer.content.decode()
    settings.HOOPVIEWER_PROXY = "generic"
    for name, value in (("HEADER", "Authorization"), ("ALGORITHM", "RS256")):
        setattr(settings, f"HOOPVIEWER_PROXY_{name}", value)
    assert b"http-equiv" not in Client().post("/sign-out").content


def test_it_clears_the_balancers_cookies(settings: Any, db: None) -> None:
    given = GIVEN["aws-alb"]
    configure(
        settings,
        "proxy",
        HOOPVIEWER_PROXY="aws-alb",
        HOOPVIEWER_PROXY_ISSUER=given.issuer,
        HOOPVIEWER_PROXY_SIGNER=given.signer,
        HOOPVIEWER_PROXY_CLIENT=given.client,
        HOOPVIEWER_PROXY_SIGN_OUT_URL="https://id.example.com/logout?client_id=x",
    )
    answer = Client().post("/sign-out")
    assert answer.cookies["AWSELBAuthSessionCookie-0"]["max-age"] == 0
    assert "https://id.example.com/logout?client_id=x" in answer.content.decode()


def test_it_answers_a_probe_by_number_and_says_hsts(site: HostileProvider, db: None) -> None:
    answer = Client().get("/healthz", headers={"Host": "10.0.0.7:8000", "X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 200
    assert answer["Strict-Transport-Security"] == "max-age=31536000"


def test_it_counts_only_the_named_header() -> None:
    request = RequestFactory().get("/", headers={"X-Goog-Iap-Jwt-Assertion": "a.b.c"})
    assert proxy.token_of(request, rules_for("google-iap", GIVEN["google-iap"])) == "a.b.c"
    with pytest.raises(Refused, match="no_token"):
        proxy.token_of(request, rules_for("pomerium", GIVEN["pomerium"]))
