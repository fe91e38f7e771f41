from __future__ import annotations

import logging
import re

import pytest
from django.test import Client

from hoopviewer.middleware import is_loopback

pytestmark = pytest.mark.django_db


def test_it_gives_each_answer_an_id_of_our_own() -> None:
    first = Client().get("/healthz", headers={"X-Request-ID": "mine"})["X-Request-ID"]
    second = Client().get("/healthz")["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.parametrize("path", ["/healthz", "/", "/nowhere", "/open/x"])
def test_it_sets_the_headers_on_every_page(path: str) -> None:
    answer = Client().get(path)
    policy = answer["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"Forwarded": "for=10.0.0.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "localhost"},
        {"X-Forwarded-Anything": ""},
    ],
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/open/x", "/static/css/base.css"])
def test_it_refuses_what_passed_a_proxy(operator: Client, headers: dict[str, str], path: str) -> None:
    answer = operator.get(path, headers=headers)
    assert answer.status_code == 403
    assert next(iter(headers)) in answer.content.decode()
    assert "proxy" in answer.content.decode()


@pytest.mark.parametrize("address", ["10.0.0.7", "", "not-an-address", "2001:db8::1", "::ffff:10.0.0.1"])
def test_it_refuses_other_machines(operator: Client, address: str) -> None:
    answer = operator.get("/", REMOTE_ADDR=address)
    assert answer.status_code == 403
    assert "another machine" in answer.content.decode()


@pytest.mark.parametrize(
    "host", ["example.com", "hoop.example.com:8000", "127.0.0.2", "localhost.evil", "a b"]
)
def test_it_refuses_other_hosts(operator: Client, host: str) -> None:
    answer = operator.get("/", headers={"Host": host})
    assert answer.status_code == 403
    assert "another host" in answer.content.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9999"])
def test_it_answers_its_own_hosts(host: str) -> None:
    assert Client().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("address", "expected"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False)]
)
def test_it_knows_loopback(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


def test_it_logs_the_route_and_never_the_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="hoopviewer.middleware"):
        Client().get("/open/the-secret-token?and=the-query")
    logged = [record.msg for record in caplog.records if record.name == "hoopviewer.middleware"]
    assert [(line["route"], line["status"], line["method"]) for line in logged] == [("enter", 403, "GET")]
    assert "the-" not in repr(logged)


def test_it_refuses_a_form_without_its_token() -> None:
    answer = Client(enforce_csrf_checks=True).post("/open/x")
    assert answer.status_code == 403
    assert "form" in answer.content.decode()
