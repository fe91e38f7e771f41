"""The provider says that somebody signed out there: what it may end, and what nobody else may."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from sessions_ui.access.signin.oidc import cookie_name
from sessions_ui.models import SignInRecord
from sessions_ui.trail import store
from tests.hostile_provider import (
    LOGOUT,
    HostileProvider,
    Truth,
    ec_key,
    jwk,
    public_pem,
    rsa_key,
    signed_with_public_key,
    unsigned,
)
from tests.signing_in import sign_in
from tests.trails import clear_trail, rows

ADDRESS = "/sign-in/back-channel"

pytestmark = pytest.mark.usefixtures("hoop")


def enter(provider: HostileProvider, **claims: Any) -> Client:
    """Somebody's browser, signed in; ``claims`` are put over the ID token's."""
    provider.crime = lambda truth: truth.claims.update(claims)
    browser = Client()
    assert cookie_name() in sign_in(browser).cookies
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def post(token: str) -> Any:
    # As a program that has no cookie and no form's token.
    return Client(enforce_csrf_checks=True).post(ADDRESS, {"logout_token": token})


def test_it_signs_out_a_person_everywhere(provider: HostileProvider) -> None:
    first, second, other = enter(provider), enter(provider), enter(provider, sub="00u2")
    clear_trail()
    answer = post(provider.logout().token())
    assert (answer.status_code, answer.content) == (200, b"")
    assert "no-store" in answer["Cache-Control"]
    assert [is_in(browser) for browser in (first, second, other)] == [False, False, True]
    told = [row for row in rows() if row.act == "signed-out"]
    assert [row.about for row in told] == ['{"way":"oidc","ended_by":"provider"}'] * 2
    assert not SignInRecord.objects.filter(subject="00u1").exclude(id_token=b"").exists()


def test_it_signs_out_one_session_of_the_providers(provider: HostileProvider) -> None:
    """Somebody's work machine, and not their telephone."""
    desk, telephone = enter(provider, sid="desk"), enter(provider, sid="telephone")
    assert post(provider.logout(sub=..., sid="desk").token()).status_code == 200
    assert [is_in(desk), is_in(telephone)] == [False, True]
    # Another's session of the same name, which no provider should have.
    assert post(provider.logout(sub="00u2", sid="telephone").token()).status_code == 200
    assert is_in(telephone)
    assert post(provider.logout(sid="telephone").token()).status_code == 200
    assert not is_in(telephone)


def test_it_signs_out_a_person_whose_sign_in_names_no_session(provider: HostileProvider) -> None:
    browser = enter(provider)
    assert post(provider.logout(sub=..., sid="desk").token()).status_code == 200
    assert is_in(browser)
    assert post(provider.logout(sid="desk").token()).status_code == 200
    assert not is_in(browser)


def test_it_is_used_once_and_ends_nothing_that_began_since(
    provider: HostileProvider, time_machine: Any
) -> None:
    token = provider.logout().token()
    assert post(token).status_code == 200
    assert post(token).status_code == 400
    # Also where its number would be forgotten: by then it is too old.
    later = provider.logout(iat=int(time.time()) - 200).token()
    browser = enter(provider)
    assert post(later).status_code == 200
    assert is_in(browser)


def forged(make: Callable[[Truth], str]) -> Callable[[HostileProvider], str]:
    return lambda provider: make(provider.logout())


def said(**claims: Any) -> Callable[[HostileProvider], str]:
    return lambda provider: provider.logout(**claims).token()


def signed_by(key: Any, head: dict[str, Any]) -> Callable[[HostileProvider], str]:
    def make(provider: HostileProvider) -> str:
        truth = provider.logout()
        truth.key, truth.head = key, head
        return truth.token()

    return make


FORGERIES: dict[str, tuple[Callable[[HostileProvider], str], str]] = {
    "nothing": (lambda _: "", "no_token"),
    "no token": (lambda _: "x.y.z", "token_garbled"),
    "too long": (lambda _: "x" * 70_000, "too_big"),
    "unsigned": (forged(lambda truth: unsigned(truth.claims)), "algorithm"),
    "signed with the public key": (
        forged(lambda truth: signed_with_public_key(truth.claims, public_pem(rsa_key("one")))),
        "algorithm",
    ),
    "signed by another under the known id": (signed_by(rsa_key("two"), {"kid": "one"}), "signature"),
    "signed by a key nobody names": (signed_by(rsa_key("two"), {"kid": "two"}), "key"),
    "its key brought along": (
        signed_by(ec_key("two"), {"kid": "two", "alg": "ES256", "jwk": jwk(ec_key("two"), "two")}),
        "key",
    ),
    "changed after signing": (lambda provider: _changed(provider.logout().token()), "signature"),
    "of another issuer": (said(iss="https://evil.example"), "issuer"),
    "of none": (said(iss=...), "issuer"),
    "for another program": (said(aud="another"), "audience"),
    "for nobody": (said(aud=...), "audience"),
    "run out": (lambda provider: provider.logout(exp=int(time.time()) - 120).token(), "expired"),
    "old": (lambda provider: provider.logout(exp=..., iat=int(time.time()) - 900).token(), "expired"),
    "from the future": (lambda provider: provider.logout(iat=int(time.time()) + 900).token(), "not_yet"),
    "without a time": (said(iat=...), "not_yet"),
    "a time that is none": (said(iat="now"), "not_yet"),
    "without a number": (said(jti=...), "claim"),
    "of no event": (said(events=...), "claim"),
    "of another event": (said(events={"http://schemas.openid.net/event/other": {}}), "claim"),
    "of an event in a list": (said(events=[LOGOUT]), "claim"),
    "with a nonce, as an ID token has": (said(nonce="n"), "nonce"),
    "about nobody": (said(sub=...), "no_subject"),
    "about what is no name": (said(sub=["00u1"]), "claim"),
}


def _changed(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{'A' * 8}{signature[8:]}"


def test_it_refuses_every_forgery(provider: HostileProvider) -> None:
    browser = enter(provider)
    wrong = []
    for name, (make, reason) in FORGERIES.items():
        answer = post(make(provider))
        if (answer.status_code, answer.json()) != (
            400,
            {"error": "invalid_request", "error_description": reason},
        ):
            wrong.append((name, answer.status_code, answer.content))
        if not is_in(browser):
            wrong.append((name, "signed out"))
    assert wrong == []


def test_it_asks_for_keys_no_more_often_than_now_and_then(provider: HostileProvider) -> None:
    for _ in range(5):
        post(signed_by(rsa_key("two"), {"kid": "invented"})(provider))
    assert sum(path == "/keys" for path, _ in provider.seen) == 2
    browser = enter(provider)
    assert post(provider.logout().token()).status_code == 200
    assert not is_in(browser)


def test_it_takes_a_key_that_is_new(provider: HostileProvider) -> None:
    browser = enter(provider)
    provider.keys = [jwk(rsa_key("two"), "two")]
    assert post(signed_by(rsa_key("two"), {"kid": "two"})(provider)).status_code == 200
    assert not is_in(browser)


def test_it_ends_a_sign_in_though_it_cannot_be_written_down(
    provider: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError("disk full")

    browser = enter(provider)
    with monkeypatch.context() as patched:
        patched.setattr(store, "insert_rows", fail)
        assert post(provider.logout().token()).status_code == 200
    assert not is_in(browser)


def test_it_tells_the_provider_to_come_again(provider: HostileProvider) -> None:
    provider.raw["/keys"] = (500, {}, b"")
    assert post(provider.logout().token()).status_code == 503


def test_it_is_there_where_people_sign_in_that_way(operator: Client) -> None:
    assert operator.post(ADDRESS, {"logout_token": "x"}).status_code == 404


def test_it_answers_posts_only(provider: HostileProvider) -> None:
    assert Client().get(ADDRESS).status_code == 405
