"""Every address of the program: the headers of its answers, and that no form is taken without its token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sessions_ui.access.signin import gate, local
from sessions_ui.demo.standin import StandIn
from sessions_ui.pages import opening
from tests.signing_in import configure
from tests.trails import clear_trail, rows

QUERIES = {
    "home": "?verb=exec",
    "session-search": "?q=e",
    "session-citation": "?e=1",
    "session-reveal": "?e=1",
    "list-covering": "?id=" + "0" * 32,
}
QUERIES |= {
    "list-export": "?format=csv",
    "list-covering": "?id=" + "0" * 32,
    "trail-export": "?format=json",
    "session-download": "?format=text",
}


def addresses(session_id: str) -> dict[str, str]:
    """One of each route, by its name; nothing is known of the routes here."""

    def all_of(patterns: list[Any]) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from all_of(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                path = str(pattern.pattern).replace("<str:session_id>", session_id)
                yield str(pattern.name), "/" + path.replace("<int:number>", "1").replace("<str:token>", "x")

    return dict(all_of(get_resolver().url_patterns))


def check_headers(answer: Any, what: str) -> None:
    policy = dict(part.partition(" ")[::2] for part in answer["Content-Security-Policy"].split("; "))
    assert policy.pop("default-src") == policy.pop("frame-ancestors") == "'none'", what
    assert set(policy.values()) <= {"'self'", "'none'"}, what
    assert {"script-src", "style-src", "base-uri", "object-src", "form-action"} <= set(policy), what
    assert answer["X-Content-Type-Options"] == "nosniff", what
    assert answer["X-Frame-Options"] == "DENY", what
    assert answer["Referrer-Policy"] == "same-origin", what
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin", (
        what
    )
    assert "public" not in answer.get("Cache-Control", ""), what


def test_it_sends_its_headers_with_every_answer(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.raise_request_exception = False
    session_id = hoop.id_of("bash-ok")
    operator.get(f"/sessions/{session_id}/log")
    seen: dict[int, str] = {}
    for name, path in addresses(session_id).items():
        asked = path + QUERIES.get(name, "")
        for who, client in (("operator", operator), ("stranger", Client())):
            for headers in ({}, {"HX-Request": "true"}, {"Range": "bytes=9999999-"}):
                answer = client.get(asked, headers=headers)
                check_headers(answer, f"{asked} {who}")
                body = answer.getvalue() if answer.streaming else answer.content
                assert hoop.auditor_key.encode() not in body + str(answer.headers).encode(), asked
                assert configured.SECRET_KEY.encode() not in body, asked
                if name not in ("session-api", "openapi"):
                    # The API is asked again with the validator that its client kept.
                    assert "no-store" in answer["Cache-Control"], asked
                    assert {"Cookie", "HX-Request"} <= set(answer["Vary"].split(", ")), asked
                seen[answer.status_code] = asked
    monkeypatch.setattr(opening, "get_session", lambda _: 1 / 0)
    others = [
        operator.get(f"/sessions/{session_id}"),
        operator.get("/", headers={"Host": "evil.example"}),
        operator.get("/", headers={"X-Forwarded-For": "10.0.0.1"}),
        operator.get("/static/img/nowhere.svg"),
        operator.put("/"),
        Client(enforce_csrf_checks=True).post("/tokens"),
        operator.post("/tokens", b"x" * 3_000_000, content_type="application/x-www-form-urlencoded"),
        operator.get("/?" + "&".join(f"a{number}=1" for number in range(1_500))),
    ]
    for answer in others:
        check_headers(answer, str(answer.status_code))
        assert "no-store" in answer["Cache-Control"]
        seen[answer.status_code] = ""
    assert set(seen) >= {200, 302, 400, 401, 403, 404, 405, 416, 500}


def test_it_says_https_only_where_it_is(settings: Any, db: None) -> None:
    assert "Strict-Transport-Security" not in Client().get("/healthz")
    configure(settings, "headers")
    answer = Client().get("/healthz", headers={"Host": "sessions.example.com"})
    assert answer["Strict-Transport-Security"] == "max-age=31536000"


def test_it_takes_no_form_without_its_token(hoop: StandIn, operator: Client) -> None:
    """Nor does a personal token, or any other way of asking, stand in for it."""
    made = operator.post("/tokens", {"name": "x", "days": "1"}).content.decode()
    token = "hvp_" + made.partition("hvp_")[2][:43]
    strict, program = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    taking = set()
    clear_trail()
    for name, path in addresses(hoop.id_of("bash-ok")).items():
        ways: tuple[dict[str, str], ...] = (
            {},
            {"Authorization": f"Bearer {token}"},
            {"X-CSRFToken": "x" * 32, "HX-Request": "true"},
            {"Origin": "https://evil.example"},
            {"Content-Type": "application/json"},
        )
        for headers in ways:
            for client in (strict, program):
                answer = client.post(path, {"reason": "because", "name": "y", "days": "1"}, headers=headers)
                assert answer.status_code in (401, 403, 404, 405), (path, headers, answer.status_code)
                if answer.status_code == 403:
                    taking.add(name)
                    assert "This form was not accepted" in answer.content.decode()
    assert taking >= {"session-reveal", "tokens", "token-revoke", "sign-out"}
    assert [row.act for row in rows()] == []
    assert operator.get("/tokens").content.decode().count("hvp_") == 1


def test_it_writes_no_more_than_so_many_refusals_of_one_address(
    hoop: StandIn, settings: Any, clock_stands: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger must not fill the disk: nor by one-time addresses, nor by tokens, nor from many
    addresses of one machine."""
    monkeypatch.setattr(gate, "MOST_A_MINUTE", 3)
    clear_trail()
    for number in range(6):
        assert Client().get(f"/open/x{number}").status_code == 403
    assert len(rows()) == 3
    headers = {"Authorization": "Bearer hvp_x"}
    address = f"/api/sessions/{hoop.id_of('bash-ok')}"
    statuses = [Client().get(address, headers=headers, REMOTE_ADDR="::1").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert len(rows()) == 6
    settings.HOOPVIEWER_HEADERS_NETWORKS, settings.HOOPVIEWER_HEADERS_SECRET = [], ""
    configure(settings, "headers")
    for number in range(5):
        Client().get("/", REMOTE_ADDR=f"2001:db8::{number}")
    assert len(rows()) == 9
    # There is no such way in here, so nothing of it is written.
    assert Client().get(f"/open/{local.issue()}").status_code == 404
    assert len(rows()) == 9


def test_it_tells_htmx_to_run_and_to_keep_nothing(operator: Client, hoop: StandIn) -> None:
    page = operator.get("/tokens").content.decode()
    for word in ('"historyCacheSize":0', '"allowEval":false', '"allowScriptTags":false'):
        assert word in page
    assert '"includeIndicatorStyles":false' in page
    assert '"selfRequestsOnly":true' in page
    assert configured.CSRF_COOKIE_HTTPONLY
