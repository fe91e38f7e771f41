"""The client against canned answers: what it asks for, and the one error for each that is wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
import responses

from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.client import GatewayClient
from sessions_ui.gateway.errors import (
    GatewayError,
    GatewayForbidden,
    GatewayGarbled,
    GatewayNotFound,
    GatewayRefused,
    GatewayUnreachable,
)
from sessions_ui.gateway.json_text import TOO_DEEP
from tests.gateway_clients import ID, KEY, SECRET, URL, answer, asked_for, client, read_stream


@responses.activate
def test_it_asks_for_a_session_without_its_stream() -> None:
    answer(body=b'{"id":"x"}', headers={"Server": "hoopgateway/1.148.0"})

    got = client().get_session(ID)

    request = responses.calls[0].request
    assert (got.value, got.body, got.version) == ({"id": "x"}, b'{"id":"x"}', "1.148.0")
    assert request.url == f"{URL}/api/sessions/{ID}"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert "Api-Key" not in request.headers


@responses.activate
def test_it_asks_for_a_stream_in_its_raw_form() -> None:
    answer(body=b'{"event_stream":[]}')

    assert read_stream(client()) == b'{"event_stream":[]}'
    assert responses.calls[0].request.url == f"{URL}/api/sessions/{ID}?expand=event_stream"


STATUSES: list[tuple[int, dict[str, str], type[GatewayError], int]] = [
    (401, {}, GatewayRefused, 1),
    (403, {}, GatewayForbidden, 1),
    (404, {}, GatewayNotFound, 1),
    (404, {"content_type": "text/plain"}, GatewayGarbled, 1),
    (404, {"content_type": "text/html"}, GatewayGarbled, 1),
    (204, {}, GatewayGarbled, 1),
    (206, {}, GatewayGarbled, 1),
    (301, {}, GatewayGarbled, 1),
    (304, {}, GatewayGarbled, 1),
    (400, {}, GatewayGarbled, 1),
    (422, {}, GatewayGarbled, 1),
    (431, {}, GatewayGarbled, 1),
    (429, {}, GatewayUnreachable, 1),
    (500, {}, GatewayUnreachable, 1),
    (501, {}, GatewayUnreachable, 1),
    (502, {}, GatewayUnreachable, 3),
    (503, {}, GatewayUnreachable, 3),
    (504, {}, GatewayUnreachable, 3),
]


@pytest.mark.parametrize(("status", "options", "kind", "calls"), STATUSES)
@pytest.mark.parametrize("ask", [lambda: client().get_session(ID), lambda: read_stream(client())])
@responses.activate
def test_it_turns_every_status_into_one_error(
    ask: Callable[[], object], status: int, options: dict[str, str], kind: type[GatewayError], calls: int
) -> None:
    answer(status=status, body=f'{{"message":"{SECRET}"}}', **options)

    error = asked_for(ask)

    assert type(error) is kind
    assert error.status == status
    assert len(responses.calls) == calls
    assert SECRET not in f"{error}{error!r}"


BODIES: list[tuple[str, bytes, str]] = [
    ("an HTML page", b"<!doctype html>", "text/html"),
    ("JSON called a page", b"{}", "text/html"),
    ("nothing at all", b"", "application/json"),
    ("a list", b"[]", "application/json"),
    ("a null", b"null", "application/json"),
    ("a text", b'"access"', "application/json"),
    ("half an object", b'{"id":', "application/json"),
    ("no JSON", b"Everything is fine.", "application/json"),
    ("two objects", b"{}{}", "application/json"),
    ("a NaN", b'{"event_size":NaN}', "application/json"),
    ("no UTF-8", b'{"user":"\xff"}', "application/json"),
    ("UTF-16", '{"id":"x"}'.encode("utf-16-le"), "application/json"),
    ("a byte order mark", b'\xef\xbb\xbf{"id":"x"}', "application/json"),
    ("nesting past the stack", b"[" * 200_000, "application/json"),
    ("a number of 5,000 digits", b'{"event_size":' + b"9" * 5000 + b"}", "application/json"),
]


@pytest.mark.parametrize(("body", "kind"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
@responses.activate
def test_it_refuses_what_is_not_a_session(body: bytes, kind: str) -> None:
    answer(body=body, content_type=kind)

    assert type(asked_for(lambda: client().get_session(ID))) is GatewayGarbled


@responses.activate
def test_it_cuts_metadata_that_its_owner_nested_without_end() -> None:
    deep = (
        b'{"id":"x","metadata":{"a":' + b"[" * 5000 + b"1" + b"]" * 5000 + b',"b":{"c":2}},"status":"done"}'
    )
    answer(body=deep, content_type="application/json")

    found = client().get_session(ID)
    assert found.body == deep
    assert found.value["status"] == "done"
    assert found.value["metadata"]["b"] == {"c": 2}
    assert TOO_DEEP in repr(found.value["metadata"]["a"])


@responses.activate
def test_it_accepts_json_with_a_character_set() -> None:
    answer(body=b'{"id":"x"}', content_type="application/json; charset=utf-8")

    assert client().get_session(ID).value == {"id": "x"}


@responses.activate
def test_it_replaces_half_a_surrogate_pair() -> None:
    body = rb'{"user":"\ud83d\ude00 \uD83D \\ud83d \udc00"}'
    answer(body=body)

    got = client().get_session(ID)

    assert got.value == {"user": "😀 \ufffd \\ud83d \ufffd"}
    assert got.body == body


@responses.activate
def test_it_lists_sessions_a_page_at_a_time() -> None:
    responses.get(f"{URL}/api/sessions", json={"data": []}, content_type="application/json")

    client().list_sessions({"user": "owen"}, limit=500, offset=200)

    assert responses.calls[0].request.url == f"{URL}/api/sessions?user=owen&limit=100&offset=200"


@responses.activate
def test_it_refuses_a_list_that_is_none() -> None:
    responses.get(f"{URL}/api/sessions", json={"data": {}}, content_type="application/json")

    assert type(asked_for(lambda: client().list_sessions({}, limit=10))) is GatewayGarbled


def test_it_rejects_a_filter_that_would_select_nothing() -> None:
    with pytest.raises(ValueError, match="leave it out"):
        client().list_sessions({"user": ""}, limit=10)


@responses.activate
def test_it_finds_people_by_quoted_name_or_not_at_all() -> None:
    responses.get(f"{URL}/api/users/owen@example.com", json={"id": "1"}, content_type="application/json")
    responses.get(f"{URL}/api/users/a%3Fc%23", status=404, content_type="application/json")

    found = client().find_person("owen@example.com")

    assert found is not None
    assert found.value == {"id": "1"}
    assert client().find_person("a?c#") is None
    # Asked of nobody: a proxy before hoop may take the dots for steps.
    for elsewhere in ("owen@example.com/../../serverinfo", "owen@example.com\\..\\x"):
        assert client().find_person(elsewhere) is None
    assert len(responses.calls) == 2


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (GatewayClient.get_own_person, "/api/userinfo"),
        (GatewayClient.get_server, "/api/serverinfo"),
        (GatewayClient.check_health, "/api/publicserverinfo"),
    ],
)
@responses.activate
def test_it_asks_the_gateway_about_itself(ask: Callable[[GatewayClient], object], path: str) -> None:
    responses.get(URL + path, json={"role": "auditor"}, content_type="application/json")
    responses.get(URL + path, body=b"[]", content_type="application/json")

    ask(client())
    assert type(asked_for(lambda: ask(client()))) is GatewayGarbled


@responses.activate
def test_it_lists_people() -> None:
    responses.get(URL + "/api/users", json=[{"id": "1"}], content_type="application/json")
    responses.get(URL + "/api/users", json={"message": "no"}, content_type="application/json")

    assert client().list_people().value == [{"id": "1"}]
    assert type(asked_for(client().list_people)) is GatewayGarbled


@responses.activate
def test_it_leaves_a_script_out_that_is_too_large() -> None:
    answer(body=b'{"script":"' + b"x" * (17 * 1024 * 1024) + b'"}')
    answer(body=b'{"script":{"data":""}}')

    assert client().get_session(ID).value == {"script": {"data": ""}}
    assert str(responses.calls[1].request.url).endswith("?expand=-")


@responses.activate
def test_it_tells_nobody_its_credential(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer(status=503, body=SECRET)
    gateway = client()

    error = asked_for(lambda: gateway.list_sessions({"user": "owen-the-secret"}, limit=1))

    told = f"{gateway!r}{gateway}{error}{error!r}{caplog.text}"
    assert type(error) is GatewayUnreachable
    assert KEY not in told
    assert "owen-the-secret" not in f"{error}{error!r}"


@pytest.mark.parametrize("key", ["hpk_ключ", "hpk_\r\nX-Evil: 1", "hpk_\x00"])
def test_it_reports_a_key_that_fits_no_header_without_repeating_it(key: str) -> None:
    with StandIn(samples=()) as standin:
        error = asked_for(lambda: client(standin.url, key=key).get_session(ID))
        seen = standin.requests()

    assert type(error) in (GatewayUnreachable, GatewayRefused)
    assert "hpk_" not in f"{error!r}{error.__cause__!r}"
    assert all("x-evil" not in request.headers for request in seen)
