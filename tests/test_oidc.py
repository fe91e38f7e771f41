"""Sign-in at a provider over real HTTP: the whole way there, back and out again, and who gets no further."""

from __future__ import annotations

import json
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client

from sessions_ui.access.signin import openid
from sessions_ui.access.signin.oidc import attempt_cookie_name, cookie_name
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SignInAttemptRecord, SignInRecord
from sessions_ui.trail.models import ActorRecord
from sessions_ui.trail.store import TrailUnavailable
from tests.hostile_provider import CLIENT, HostileProvider, Truth, ec_key, jwk, lie
from tests.nginx import tls_in_front
from tests.processes import free_port
from tests.signing_in import PUBLIC_URL, configure, refused, sign_in, way_back
from tests.trails import rows


def test_it_lets_in_whom_provider_and_hoop_vouch_for(provider: HostileProvider, hoop: StandIn) -> None:
    browser = Client()
    answer = sign_in(browser, "/sign-in?next=%2Ftokens%3Fa%3Db")
    assert (answer.status_code, answer["Location"]) == (302, "/tokens?a=b")
    cookie = answer.cookies[cookie_name()]
    assert cookie_name() == "__Host-hoopviewer"
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", 12 * 3600)
    request: Any = browser.get("/").wsgi_request
    person = request.person
    assert (person.issuer, person.subject, person.via) == (provider.issuer, "00u1", "oidc")
    assert (person.email, person.role, person.groups) == ("owen@example.com", "standard", ("engineering",))
    assert "__Host-hoopviewer_form" in browser.cookies


def test_it_gives_new_cookies_with_each_sign_in(provider: HostileProvider, hoop: StandIn) -> None:
    """Whatever was known of a browser before, or was planted in it, opens and posts nothing afterwards."""
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser)
    browser.get("/tokens")
    before = {name: cookie.value for name, cookie in browser.cookies.items()}
    assert set(before) == {cookie_name(), "__Host-hoopviewer_form", attempt_cookie_name()}
    sign_in(browser)
    browser.get("/tokens")
    for name in (cookie_name(), "__Host-hoopviewer_form"):
        assert browser.cookies[name].value != before[name], name
    headers = {"X-CSRFToken": before["__Host-hoopviewer_form"], "Referer": f"{PUBLIC_URL}/tokens"}
    posted = {"name": "x", "days": "1"}
    assert browser.post("/tokens", posted, headers=headers, secure=True).status_code == 403
    headers["X-CSRFToken"] = browser.cookies["__Host-hoopviewer_form"].value
    assert browser.post("/tokens", posted, headers=headers, secure=True).status_code != 403
    planted = Client(headers={"Cookie": f"{cookie_name()}={before[cookie_name()]}"})
    assert planted.get("/").status_code == 302


def test_it_asks_with_pkce_state_and_nonce(provider: HostileProvider, db: None) -> None:
    browser = Client()
    first, second = (browser.get("/sign-in")["Location"] for _ in range(2))
    asked = {name: texts[0] for name, texts in parse_qs(urlsplit(first).query).items()}
    assert (
        asked.items()
        >= {
            "response_type": "code",
            "client_id": CLIENT,
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "redirect_uri": f"{PUBLIC_URL}/sign-in/callback",
        }.items()
    )
    other = {name: texts[0] for name, texts in parse_qs(urlsplit(second).query).items()}
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) >= 43
        assert asked[name] != other[name]
    # Neither of the two tabs' ways is lost, and nothing of them is stored as it is.
    assert SignInAttemptRecord.objects.count() == 2
    stored = repr([vars(row) for row in SignInAttemptRecord.objects.all()])
    secret = browser.cookies[attempt_cookie_name()].value
    assert not any(text in stored for text in (secret, asked["state"], asked["nonce"]))


def test_it_sends_a_page_to_the_provider_and_back(provider: HostileProvider, hoop: StandIn) -> None:
    browser = Client()
    asked = browser.get("/sessions/8d2a3b1c-0000-4000-8000-000000000000/log?e=7")
    assert asked.status_code == 302
    answer = sign_in(browser, asked["Location"])
    assert answer["Location"] == "/sessions/8d2a3b1c-0000-4000-8000-000000000000/log?e=7"


@pytest.mark.parametrize(
    "following",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", "/sign-out", "/a\nb", "x"],
)
def test_it_sends_nobody_elsewhere(following: str, provider: HostileProvider, hoop: StandIn) -> None:
    browser = Client()
    browser.get("/sign-in", {"next": following})
    assert SignInAttemptRecord.objects.get().following == "/"


def test_it_tells_programs_and_fragments_instead_of_sending_them(provider: HostileProvider, db: None) -> None:
    api = Client().get("/api/sessions/8d2a3b1c-0000-4000-8000-000000000000")
    assert (api.status_code, api["Content-Type"]) == (401, "application/json")
    fragment = Client().get("/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Refresh"]) == (401, "true")
    assert Client().post("/tokens").status_code == 401


def test_it_trusts_a_certificate_of_the_companys_own(
    provider: HostileProvider, hoop: StandIn, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with tls_in_front(tmp_path, port, int(provider.issuer.rpartition(":")[2])):
        provider.issuer = settings.HOOPVIEWER_OIDC_ISSUER = f"https://127.0.0.1:{port}"
        assert refused(Client().get("/sign-in")) == "provider_away"
        settings.HOOPVIEWER_SIGN_IN_CA_BUNDLE = str(tmp_path / "certificate")
        # What other programs of the system were told to trust does not replace it.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ssl.get_default_verify_paths().openssl_cafile)
        browser = Client()
        asked = urlsplit(browser.get("/sign-in")["Location"])
        assert asked.scheme == "https"
        _, headers, _ = provider.answer("/authorize", parse_qs(asked.query))
        assert browser.get(headers["Location"].removeprefix(PUBLIC_URL)).status_code == 302


def test_it_says_so_when_the_provider_is_away(settings: Any, db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(openid, "_kept", {})
    configure(settings, "oidc", HOOPVIEWER_OIDC_ISSUER="http://127.0.0.1:9", HOOPVIEWER_OIDC_CLIENT_ID="x")
    answer = Client().get("/sign-in")
    assert (answer.status_code, refused(answer)) == (503, "provider_away")


def test_it_takes_an_answer_once(provider: HostileProvider, hoop: StandIn) -> None:
    browser = Client()
    back = way_back(browser)
    assert browser.get(back).status_code == 302
    SignInRecord.objects.all().delete()
    assert refused(browser.get(back)) == "state"


def test_it_takes_no_answer_for_another_browser(provider: HostileProvider, hoop: StandIn) -> None:
    victim, attacker = Client(), Client()
    back = way_back(attacker)
    victim.get("/sign-in")
    assert refused(victim.get(back)) == "state"
    assert refused(Client().get(back)) == "state"
    # It is still good where it was begun.
    assert attacker.get(back).status_code == 302


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?code=y", "?error=access_denied", "?state=%00"])
def test_it_takes_no_invented_answer(query: str, provider: HostileProvider, db: None) -> None:
    assert refused(Client().get(f"/sign-in/callback{query}")) == "state"


def test_it_takes_no_old_answer(provider: HostileProvider, db: None) -> None:
    browser = Client()
    with time_machine.travel(time.time() - 11 * 60, tick=False):
        back = way_back(browser)
    assert refused(browser.get(back)) == "state"


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"error": "access_denied", "error_description": "<script>"}, "denied"),
        ({"error": "server_error"}, "provider_error"),
        ({"error": "<script>alert(1)</script>"}, "provider_error"),
        ({"code": ""}, "provider_error"),
        ({"code": "x" * 5000}, "provider_error"),
    ],
)
def test_it_reads_the_answers_address_with_care(
    callback: dict[str, str], expected: str, provider: HostileProvider, db: None
) -> None:
    provider.callback = callback
    answer = sign_in(Client(), "/sign-in?next=/tokens")
    assert refused(answer) == expected
    assert b"<script>" not in answer.content
    assert b'href="/sign-in?next=%2Ftokens"' in answer.content


def test_it_wants_the_issuer_where_it_is_promised(provider: HostileProvider, hoop: StandIn) -> None:
    provider.discovery = {"authorization_response_iss_parameter_supported": True}
    assert refused(sign_in(Client())) == "issuer"
    provider.callback = {"iss": provider.issuer}
    assert sign_in(Client()).status_code == 302


def test_it_allows_for_clocks_that_differ_a_little(provider: HostileProvider, hoop: StandIn) -> None:
    now = int(time.time())
    for claims in ({"exp": now - 30}, {"iat": now + 30}):
        provider.crime = lie(**claims)
        assert sign_in(Client()).status_code == 302


def test_it_notices_a_new_key_at_once(provider: HostileProvider, hoop: StandIn) -> None:
    assert sign_in(Client()).status_code == 302
    provider.keys = [jwk(ec_key("new"), "new")]

    def rotated(truth: Truth) -> None:
        truth.key, truth.head = ec_key("new"), {"kid": "new", "alg": "ES256"}

    provider.crime = rotated
    assert sign_in(Client()).status_code == 302
    provider.crime = lambda truth: None
    assert sign_in(Client()).status_code == 403


def test_it_wants_a_fresh_proof_where_that_is_set(
    provider: HostileProvider, hoop: StandIn, settings: Any
) -> None:
    settings.HOOPVIEWER_OIDC_MAX_AGE_HOURS = 1.0
    browser = Client()
    assert "max_age=3600" in browser.get("/sign-in")["Location"]
    now = int(time.time())
    for claims in ({"auth_time": now - 3700}, {"auth_time": ...}, {"auth_time": "now"}, {"auth_time": True}):
        provider.crime = lie(**claims)
        assert refused(sign_in(Client())) in ("auth_time", "claim")
    provider.crime = lie(auth_time=now - 3000)
    assert sign_in(browser).status_code == 302
    # Ten minutes are left of the hour.
    assert SignInRecord.objects.get().ends_at.timestamp() == now + 600


def test_it_takes_the_email_from_the_user_info(provider: HostileProvider, hoop: StandIn) -> None:
    provider.discovery = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    provider.crime = lie(email=..., email_verified=...)
    provider.userinfo = {"sub": "another", "email": "audrey@example.com", "email_verified": True}
    assert refused(sign_in(Client())) == "no_subject"
    provider.userinfo["sub"] = "00u1"
    assert sign_in(Client()).status_code == 302
    assert SignInRecord.objects.get().email == "audrey@example.com"


def test_it_trusts_a_named_issuer_with_emails(
    provider: HostileProvider, hoop: StandIn, settings: Any
) -> None:
    settings.HOOPVIEWER_TRUSTED_EMAIL_ISSUERS = [provider.issuer]
    settings.HOOPVIEWER_EMAIL_CLAIM = "preferred_username"
    provider.crime = lie(email=..., email_verified=..., preferred_username="owen@example.com")
    assert sign_in(Client()).status_code == 302


def test_it_lets_nobody_in_whom_hoop_does_not(
    provider: HostileProvider, hoop: StandIn, settings: Any
) -> None:
    provider.crime = lie(email="stranger@example.com", groups=["auditor", "admin"])
    assert refused(sign_in(Client())) == "unknown"
    owen = hoop.state.people.find("owen@example.com")
    assert owen
    owen.status = "inactive"
    provider.crime = lambda truth: None
    assert refused(sign_in(Client())) == "inactive"


@pytest.mark.parametrize(
    ("groups", "role", "meant"),
    [
        (["Outside audit"], "auditor", ("auditor",)),
        (["dba-ext", "other"], "standard", ("dba-reviewers",)),
        (["admins"], "standard", ("admin",)),
    ],
)
def test_it_knows_outsiders_by_the_map_only(
    groups: list[str],
    role: str,
    meant: tuple[str, ...],
    provider: HostileProvider,
    hoop: StandIn,
    settings: Any,
) -> None:
    settings.HOOPVIEWER_GROUP_MAP = {
        "Outside audit": "auditor",
        "dba-ext": "dba-reviewers",
        "admins": "admin",
    }
    provider.crime = lie(email="ext@audit.example", groups=groups)
    browser = Client()
    assert sign_in(browser).status_code == 302
    request: Any = browser.get("/").wsgi_request
    assert (request.person.role, request.person.groups, request.person.id) == (role, meant, "")
    # hoop's word counts for those whom it knows, whatever the token says.
    provider.crime = lie(groups=["Outside audit"])
    assert sign_in(browser).status_code == 302
    request = browser.get("/").wsgi_request
    assert request.person.groups == ("engineering",)


def test_it_ends_access_with_the_account_and_the_map(
    provider: HostileProvider, hoop: StandIn, settings: Any
) -> None:
    from sessions_ui.models import PersonRecord

    browser = Client()
    sign_in(browser)
    owen = hoop.state.people.find("owen@example.com")
    assert owen
    owen.status = "inactive"
    PersonRecord.objects.all().delete()
    answer = browser.get("/tokens")
    assert answer.status_code == 403
    # Whoever has another account can come in with it.
    assert b'href="/sign-in?next=%2Ftokens"' in answer.content
    hoop.close()
    PersonRecord.objects.all().delete()
    answer = browser.get("/tokens")
    assert (answer.status_code, b'href="/tokens"' in answer.content) == (503, True)


def test_it_changes_the_cookie_at_each_sign_in(provider: HostileProvider, hoop: StandIn) -> None:
    browser, fixed = Client(), "chosen-by-an-attacker-0123456789-0123456789"
    browser.cookies[cookie_name()] = fixed
    first = sign_in(browser).cookies[cookie_name()].value
    second = sign_in(browser).cookies[cookie_name()].value
    assert len({fixed, first, second}) == 3
    for old in (fixed, first):
        other = Client()
        other.cookies[cookie_name()] = old
        assert other.get("/").status_code == 302


def test_it_signs_out_here_and_there(provider: HostileProvider, hoop: StandIn) -> None:
    browser = Client()
    sign_in(browser)
    token = browser.cookies[cookie_name()].value
    answer = browser.post("/sign-out")
    page = answer.content.decode()
    address = page.split('http-equiv="refresh" content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{provider.issuer}/end?")
    assert asked["post_logout_redirect_uri"] == [f"{PUBLIC_URL}/signed-out"]
    assert asked["client_id"] == [CLIENT]
    assert asked["id_token_hint"][0].count(".") == 2
    assert browser.cookies[cookie_name()].value == ""
    assert answer.cookies[cookie_name()]["secure"]
    other = Client()
    other.cookies[cookie_name()] = token
    assert other.get("/").status_code == 302
    assert b"Sign in again" in browser.get("/signed-out?state=x").content


def test_it_signs_out_here_when_the_provider_is_away(
    provider: HostileProvider, hoop: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client()
    sign_in(browser)
    monkeypatch.setattr(openid, "_kept", {})
    provider.raw = {"/.well-known/openid-configuration": (500, {}, b"")}
    answer = browser.post("/sign-out")
    assert (answer.status_code, b"http-equiv" in answer.content) == (200, False)
    assert browser.get("/").status_code == 302


def test_it_takes_a_form_for_signing_out_only(provider: HostileProvider, db: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 403


def test_it_stops_who_tries_too_often(
    provider: HostileProvider, db: None, clock_stands: None, monkeypatch: Any
) -> None:
    monkeypatch.setattr("sessions_ui.access.signin.gate.MOST_A_MINUTE", 3)
    statuses = [Client().get("/sign-in").status_code for _ in range(5)]
    assert statuses == [302, 302, 302, 429, 429]
    assert Client().get("/sign-in/callback").status_code == 429


def test_it_logs_the_reason_and_no_secret(
    provider: HostileProvider, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    provider.crime = lie(nonce="another")
    browser = Client()
    with caplog.at_level("DEBUG"):
        back = way_back(browser)
        answer = browser.get(back)
    said = repr(
        [record.msg for record in caplog.records] + [record.getMessage() for record in caplog.records]
    )
    assert "'reason': 'nonce'" in said
    request_id = answer["X-Request-ID"]
    assert request_id in answer.content.decode()
    secret = browser.cookies[attempt_cookie_name()].value
    state = parse_qs(urlsplit(back).query)["state"][0]
    for private in (secret, state, "client-secret", "owen@", "eyJ", "code-0", "code_verifier"):
        assert private not in said, private


def test_it_writes_down_who_came_left_and_was_turned_away(provider: HostileProvider, hoop: StandIn) -> None:
    browser = Client()
    sign_in(browser)
    browser.post("/sign-out")
    provider.crime = lie(aud="another")
    sign_in(browser)
    provider.crime = lie(email="stranger@example.com")
    sign_in(browser)
    written = [(row.act, row.about) for row in rows()]
    assert written == [
        ("signed-in", '{"way":"oidc"}'),
        ("signed-out", '{"way":"oidc"}'),
        ("sign-in-refused", '{"way":"oidc","reason":"audience"}'),
        ("sign-in-refused", '{"way":"oidc","reason":"unknown"}'),
    ]
    actors = {record.key: record for record in ActorRecord.objects.all()}
    came, left, forged, stranger = (actors[row.who] for row in rows())
    assert (came.subject, came.email, came.role) == (
        f"{provider.issuer} 00u1",
        "owen@example.com",
        "standard",
    )
    assert (left.subject, left.address) == (came.subject, "127.0.0.1")
    # A forged token's name for somebody is nobody's.
    assert (forged.subject, stranger.subject) == ("", came.subject)


def test_it_lets_nobody_in_unwritten(
    provider: HostileProvider, hoop: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client()
    back = way_back(browser)

    def fail(*_: Any, **__: Any) -> None:
        raise TrailUnavailable

    monkeypatch.setattr("sessions_ui.access.record.write", fail)
    answer = browser.get(back)
    assert (answer.status_code, b"could not be written down" in answer.content) == (503, True)
    assert not SignInRecord.objects.exists()
    # A refusal shows nothing, so it stands.
    assert browser.get("/sign-in/callback?state=x").status_code == 403


def test_it_is_no_page_of_other_ways(db: None) -> None:
    assert Client().get("/sign-in").status_code == 404
    assert Client().get("/sign-in/callback").status_code == 404


def test_it_ignores_a_sign_in_of_another_provider(
    provider: HostileProvider, hoop: StandIn, settings: Any
) -> None:
    browser = Client()
    sign_in(browser)
    settings.HOOPVIEWER_OIDC_ISSUER = "https://new.example.com"
    assert browser.get("/").status_code == 302


def test_it_sends_the_secret_as_the_provider_wants(provider: HostileProvider, hoop: StandIn) -> None:
    provider.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_in(Client()).status_code == 302
    form = next(query for path, query in provider.seen if path == "/token")
    assert form["client_secret"] == ["client-secret"]
    assert json.dumps(form).count("client-secret") == 1
