"""Plain headers: from the proxy's networks and with its secret, one person each, or nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sessions_ui.access.signin import sign_ins, written
from sessions_ui.demo.standin import StandIn
from tests.signing_in import configure

SECRET = "a-secret-of-more-than-32-characters"
OWEN = {
    "X-Hoopviewer-Secret": SECRET,
    "X-Forwarded-User": "00u1",
    "X-Forwarded-Email": "owen@example.com",
}


@pytest.fixture(autouse=True)
def site(settings: Any, db: None) -> None:
    written._noted.clear()
    configure(
        settings,
        "headers",
        HOOPVIEWER_HEADERS_NETWORKS=["10.0.0.0/24", "2001:db8::/64"],
        HOOPVIEWER_HEADERS_SECRET=SECRET,
        HOOPVIEWER_HEADERS_NAME="X-Forwarded-Name",
    )


def get(headers: dict[str, str], peer: str = "10.0.0.7", path: str = "/") -> Any:
    return Client().get(path, headers=headers, REMOTE_ADDR=peer)


@pytest.mark.parametrize("peer", ["10.0.0.7", "2001:db8::7", "::ffff:10.0.0.7"])
def test_it_lets_in_whom_the_proxy_names(peer: str, hoop: StandIn) -> None:
    answer = get({**OWEN, "X-Forwarded-Name": "Owen"}, peer)
    assert answer.status_code == 200
    person = answer.wsgi_request.person
    assert (person.issuer, person.subject, person.email) == ("headers", "00u1", "owen@example.com")
    assert (person.role, person.groups, person.via) == ("standard", ("engineering",), "headers")
    assert sign_ins.find_newest("headers", "00u1")


@pytest.mark.parametrize("peer", ["10.0.1.7", "127.0.0.1", "", "unix", "2001:db8:1::7", "::ffff:10.0.1.7"])
def test_it_listens_to_named_networks_only(peer: str) -> None:
    answer = get(OWEN, peer)
    assert answer.status_code == 403
    assert "from a network that is not named" in answer.content.decode()


@pytest.mark.parametrize(
    "secret", [None, "", "x", SECRET[:-1], f"{SECRET} x", f"{SECRET},{SECRET}", SECRET.upper(), "\xe9"]
)
def test_it_wants_the_secret(secret: str | None) -> None:
    headers = {name: text for name, text in OWEN.items() if name != "X-Hoopviewer-Secret"}
    answer = get(headers if secret is None else {**headers, "X-Hoopviewer-Secret": secret})
    assert answer.status_code == 403
    assert "lacks the secret" in answer.content.decode()


@pytest.mark.parametrize(("name", "value"), [("NETWORKS", []), ("SECRET", "")])
def test_it_is_off_without_either(name: str, value: Any, settings: Any) -> None:
    setattr(settings, f"HOOPVIEWER_HEADERS_{name}", value)
    assert get({**OWEN, "X-Hoopviewer-Secret": value or SECRET}).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"X-Forwarded-Email": "owen@example.com,audrey@example.com"},
        {"X-Forwarded-Email": "audrey@example.com, owen@example.com"},
        {"X-Forwarded-Email": ""},
        {"X-Forwarded-Email": "owen"},
        {"X-Forwarded-Email": "owen@example.com\x85"},
        {"X-Forwarded-Email": "x" * 250 + "@x.yz"},
        {"X-Forwarded-User": ""},
        {"X-Forwarded-User": " "},
        {"X-Forwarded-User": "00u1,00u2"},
        {"X-Forwarded-User": "x" * 256},
        {"X-Forwarded-User": "\xff"},
    ],
)
def test_it_wants_exactly_one_person(change: dict[str, str]) -> None:
    answer = get({**OWEN, **change})
    assert answer.status_code == 403
    assert "do not name one person" in answer.content.decode()


def test_it_reads_other_names_and_no_groups(hoop: StandIn, settings: Any) -> None:
    settings.HOOPVIEWER_HEADERS_SUBJECT = "Remote-User"
    settings.HOOPVIEWER_HEADERS_EMAIL = "Remote-Email"
    settings.HOOPVIEWER_HEADERS_SECRET_HEADER = "X-Gate"
    settings.HOOPVIEWER_GROUP_MAP = {"auditor": "auditor"}
    assert get(OWEN).status_code == 403
    named = {"X-Gate": SECRET, "Remote-User": "rita", "X-Forwarded-Groups": "auditor"}
    answer = get({**named, "Remote-Email": "rita@example.com"})
    assert answer.wsgi_request.person.groups == ("dba-reviewers",)
    assert get({**named, "Remote-Email": "stranger@example.com"}).status_code == 403


def test_it_shows_a_name_as_it_was_written(hoop: StandIn) -> None:
    owen = hoop.state.people.find("owen@example.com")
    assert owen
    owen.name = ""
    for sent, shown in (("Zo\u00eb".encode().decode("latin-1"), "Zo\u00eb"), ("a\x00b", ""), ("\xff", "")):
        answer = get({**OWEN, "X-Forwarded-Name": sent})
        assert answer.wsgi_request.person.name == shown


def test_it_signs_out_where_the_proxy_says(settings: Any) -> None:
    settings.HOOPVIEWER_PROXY_SIGN_OUT_URL = "/oauth2/sign_out"
    assert b"url=/oauth2/sign_out" in Client().post("/sign-out").content
