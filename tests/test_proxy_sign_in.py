"""Sign-in by a proxy, from its header to the page: whom it lets in, and what it says to everybody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client, RequestFactory

from sessions_ui.access.signin import proxy, sign_ins
from sessions_ui.access.signin.presets import PRESETS, rules_for
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SignInRecord
from tests.hostile_provider import HostileProvider, jwk, public_pem
from tests.proxies import GIVEN, KEYS, KID, truth_of
from tests.signing_in import configure
from tests.trails import rows


@pytest.fixture
def site(settings: Any, key_server: HostileProvider) -> HostileProvider:
    configure(
        settings,
        "proxy",
        HOOPVIEWER_PROXY="oauth2-proxy",
        HOOPVIEWER_PROXY_ISSUER="https://id.example.com",
        HOOPVIEWER_PROXY_AUDIENCE="hoopviewer",
        HOOPVIEWER_PROXY_KEYS_URL=f"{key_server.issuer}/keys",
    )
    key_server.keys = [jwk(KEYS["RS256"], KID)]
    return key_server


def get(token: str, path: str = "/", **headers: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}", **headers})


def test_it_lets_in_by_the_proxys_header(site: HostileProvider, hoop: StandIn) -> None:
    truth, _ = truth_of("oauth2-proxy")
    answers = [get(truth.token()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    person = answers[0].wsgi_request.person
    assert (person.issuer, person.subject, person.via) == ("https://id.example.com", "00u1", "proxy")
    assert person.email == "owen@example.com"
    assert sign_ins.find_newest("https://id.example.com", "00u1")
    assert SignInRecord.objects.count() == 1
    assert site.asked() == ["/keys"]
    (row,) = [row for row in rows() if row.act == "signed-in"]
    assert row.about == '{"way":"proxy"}'
    # A personal token is looked at first, and only where one opens the page.
    assert get("hvp_x").status_code == 403
    api = get("hvp_x", "/api/sessions/8d2a3b1c-0000-4000-8000-000000000000")
    assert (api.status_code, "knows no such token" in api.json()["message"]) == (401, True)


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset != "oauth2-proxy"])
def test_it_lets_in_by_every_preset(
    preset: str, key_server: HostileProvider, hoop: StandIn, settings: Any
) -> None:
    """Whole requests, with keys fetched from where the site was told to."""
    truth, rules = truth_of(preset)
    given = replace(GIVEN[preset], keys_url=f"{key_server.issuer}/keys")
    names = ("header", "algorithm", "issuer", "audience", "keys_url", "signer", "client")
    values = {f"HOOPVIEWER_PROXY_{name.upper()}": getattr(given, name) for name in names}
    configure(settings, "proxy", HOOPVIEWER_PROXY=preset, **values)
    key_server.raw = {f"/keys/{KID}": (200, {}, public_pem(truth.key))}
    key_server.keys = [jwk(truth.key, KID)]
    answer = Client().get("/", headers={rules.header: truth.token()})
    assert answer.status_code == 200
    assert answer.wsgi_request.person.email == "owen@example.com"
    assert Client().get("/", headers={rules.header: truth.token()[:-9]}).status_code == 403
    assert key_server.asked() == [f"/keys/{KID}" if preset == "aws-alb" else "/keys"]


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
