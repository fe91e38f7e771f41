"""Personal tokens: made on their page, shown once, good for the API alone, never more than their owner."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from sessions_ui.access import tokens
from sessions_ui.access.signin import openid, written
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.local import OPERATORS
from sessions_ui.access.signin.refusals import SENTENCES
from sessions_ui.access.signin.sign_ins import digest, note
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import TokenRecord
from tests.hostile_provider import CLIENT, HostileProvider
from tests.recordings import read_page
from tests.signing_in import PUBLIC_URL, configure, sign_in

ADDRESS = "/api/sessions/"


def make(client: Client, **form: str) -> str:
    answer = client.post("/tokens", {"name": "export", "days": "30", **form})
    assert answer.status_code == 201
    return str(read_page(answer.content).one(css="token-text").one("code").text)


def ask(session_id: str, token: str, client: Client | None = None) -> Any:
    return (client or Client()).get(f"{ADDRESS}{session_id}", headers={"Authorization": f"Bearer {token}"})


def test_it_opens_the_api_and_no_page(hoop: StandIn, operator: Client) -> None:
    token, session_id = make(operator), hoop.id_of("bash-ok")
    assert re.fullmatch(r"hvp_[A-Za-z0-9_-]{43}", token)
    assert ask(session_id, token).status_code == 200
    for page in ("/", f"/sessions/{session_id}", "/tokens"):
        assert Client().get(page, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    made = Client().post("/tokens", {"name": "b", "days": "1"}, headers={"Authorization": f"Bearer {token}"})
    assert made.status_code == 401
    assert TokenRecord.objects.count() == 1
    # Only the header counts.
    assert Client().get(f"{ADDRESS}{session_id}?access_token={token}").status_code == 401


def test_it_is_shown_once_and_stored_as_a_hash(hoop: StandIn, operator: Client) -> None:
    token = make(operator, name="nightly <b>")
    again = operator.get("/tokens").content.decode()
    assert token not in again
    assert token[: tokens.BEGINNING] in again
    assert "nightly &lt;b&gt;" in again
    record = TokenRecord.objects.get()
    assert record.token_hash == digest(token)
    assert token not in str([getattr(record, field.name) for field in record._meta.fields])
    assert record.expires_at - record.created_at == timedelta(days=30)


def test_it_ends_when_it_is_revoked(hoop: StandIn, operator: Client) -> None:
    token, session_id = make(operator), hoop.id_of("bash-ok")
    number = TokenRecord.objects.get().pk
    gone = operator.post(f"/tokens/{number}/revoke")
    assert (gone.status_code, gone["Location"]) == (302, "/tokens")
    refused = ask(session_id, token)
    assert refused.status_code == 401
    assert list(refused.json()) == ["message"]
    assert "revoked" in refused.json()["message"]
    # A refused token is not forgiven for a cookie beside it.
    assert ask(session_id, token, operator).status_code == 401


@pytest.mark.parametrize(
    ("later", "signed_in_again", "word"),
    [
        (timedelta(days=29), False, ""),
        (timedelta(days=30, minutes=1), True, "expired"),
        (timedelta(days=31), False, "signed in"),
    ],
)
def test_it_ends_by_itself(
    later: timedelta, signed_in_again: bool, word: str, hoop: StandIn, operator: Client
) -> None:
    token = make(operator, days="90" if word == "signed in" else "30")
    with time_machine.travel(timezone.now() + later, tick=True):
        if signed_in_again:
            note(OPERATORS)
        answer = ask(hoop.id_of("bash-ok"), token)
    assert answer.status_code == (401 if word else 200)
    if word:
        assert word in answer.json()["message"]


@pytest.mark.parametrize("text", ["", "x", "hvp_", "hvp_nope", "hvp_" + "\u00e9" * 8, "basic"])
def test_it_knows_no_other_token(text: str, hoop: StandIn) -> None:
    header = "Basic b3dlbjp4" if text == "basic" else f"Bearer {text}"
    answer = Client().get(f"{ADDRESS}{hoop.id_of('bash-ok')}", headers={"Authorization": header})
    assert answer.status_code == 401
    assert list(answer.json()) == ["message"]


@pytest.fixture
def demo_token(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A token of one of hoop's people, whose rights are looked up as the demo does."""
    from sessions_ui.access.signin.local import LocalEntry
    from sessions_ui.demo import signin

    monkeypatch.setattr(LocalEntry, "person_again", lambda self, identity: signin._person(identity.email))

    def token_for(email: str) -> str:
        person = signin._person(email)
        assert person is not None
        note(Identity("demo", person.issuer, person.subject, email, person.name))
        return tokens.make_token(person, name="t", lifetime=timedelta(days=1), may_see_input=True)

    return token_for


def test_it_has_its_owners_rights_of_today(hoop: StandIn, demo_token: Callable[[str], str]) -> None:
    auditors, owens = demo_token("audrey@example.com"), demo_token("owen@example.com")
    mine, other = hoop.id_of("payroll-ran"), hoop.id_of("machine")
    assert ask(mine, owens).status_code == 200
    assert ask(other, owens).status_code == 403
    assert ask(other, auditors).status_code == 200
    audrey = next(one for one in hoop.state.people.everyone if one.email == "audrey@example.com")
    audrey.groups = []
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        assert ask(other, auditors).status_code == 403
        audrey.status = "inactive"
    with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=True):
        assert ask(other, auditors).status_code == 401


def test_it_stands_for_a_companys_sign_in(hoop: StandIn, settings: Any) -> None:
    secret = "a-secret-of-more-than-32-characters"
    configure(
        settings, "headers", HOOPVIEWER_HEADERS_NETWORKS=["10.0.0.0/24"], HOOPVIEWER_HEADERS_SECRET=secret
    )
    written._noted.clear()
    owen = {
        "X-Forwarded-User": "00u1",
        "X-Forwarded-Email": "owen@example.com",
        "X-Hoopviewer-Secret": secret,
    }
    browser = Client(headers=owen, REMOTE_ADDR="10.0.0.7")
    token = make(browser)
    # The program comes past the proxy: from elsewhere, with nothing but its token.
    program = Client(headers={"Authorization": f"Bearer {token}"}, REMOTE_ADDR="192.0.2.1")
    mine = f"{ADDRESS}{hoop.id_of('payroll-ran')}"
    assert program.get(mine).status_code == 200
    assert program.get(f"{ADDRESS}{hoop.id_of('machine')}").status_code == 403
    assert program.get("/tokens").status_code == 403
    link = program.get(f"{mine}?extension=txt").json()["download_url"]
    assert link.startswith(f"{PUBLIC_URL}/dl/")
    # The same person, in the browser.
    assert browser.get(link.removeprefix(PUBLIC_URL)).status_code == 200


def test_it_ends_when_its_owner_has_not_signed_in_for_thirty_days(
    hoop: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "_kept", {})
    with HostileProvider() as provider:
        configure(
            settings,
            "oidc",
            HOOPVIEWER_OIDC_ISSUER=provider.issuer,
            HOOPVIEWER_OIDC_CLIENT_ID=CLIENT,
            HOOPVIEWER_OIDC_CLIENT_SECRET="client-secret",
        )
        browser, program = Client(), Client()
        assert sign_in(browser).status_code == 302
        token, session_id = make(browser, days="90"), hoop.id_of("payroll-ran")
        assert ask(session_id, token, program).status_code == 200
        # The browser's session is over after the sign-out; the token is not.
        browser.post("/sign-out")
        assert browser.get(f"{ADDRESS}{session_id}").status_code == 401
        with time_machine.travel(timezone.now() + timedelta(days=29), tick=True):
            assert ask(session_id, token, program).status_code == 200
        with time_machine.travel(timezone.now() + timedelta(days=31), tick=True):
            stopped = ask(session_id, token, program)
            assert (stopped.status_code, SENTENCES["token_idle"] in stopped.json()["message"]) == (401, True)
            assert sign_in(browser).status_code == 302
            assert ask(session_id, token, program).status_code == 200


def test_it_keeps_people_apart(
    hoop: StandIn, as_person: Callable[[str], Client], demo_token: Callable[[str], str]
) -> None:
    demo_token("owen@example.com")
    olga = as_person("olga@example.com")
    page = olga.get("/tokens").content.decode()
    assert "No tokens yet" in page
    assert 'name="input"' not in page
    number = TokenRecord.objects.get().pk
    assert olga.post(f"/tokens/{number}/revoke").status_code == 302
    assert TokenRecord.objects.get().revoked_at is None
    refused = olga.post("/tokens", {"name": "x", "days": "30", "input": "1"})
    assert refused.status_code == 400
    assert b"admins and auditors" in refused.content


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "a\nb"}, {"days": "31"}, {"days": ""}, {"input": "2"}]
)
def test_it_refuses_a_form_that_no_page_sends(form: dict[str, str], operator: Client) -> None:
    answer = operator.post("/tokens", {"name": "export", "days": "30", **form})
    assert answer.status_code == 400
    assert b'role="alert"' in answer.content
    assert not TokenRecord.objects.exists()


def test_it_is_a_fragment_to_htmx(operator: Client) -> None:
    headers = {"HX-Request": "true"}
    made = operator.post("/tokens", {"name": "a", "days": "1"}, headers=headers)
    assert made.status_code == 201
    assert made.content.lstrip().startswith(b'<div class="tokens"')
    assert b"csrfmiddlewaretoken" in made.content
    number = TokenRecord.objects.get().pk
    gone = operator.post(f"/tokens/{number}/revoke", headers=headers)
    assert b"No tokens yet" in gone.content
    assert operator.get(f"/tokens/{number}/revoke").status_code == 405


def test_it_has_a_most(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 1)
    make(operator)
    assert operator.post("/tokens", {"name": "b", "days": "1"}).status_code == 400
    assert TokenRecord.objects.count() == 1
