"""The client against canned answers, and against a real server where sockets matter."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
import responses

from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.client import Deadlines, GatewayClient
from sessions_ui.gateway.errors import (
    GatewayError,
    GatewayForbidden,
    GatewayGarbled,
    GatewayNotFound,
    GatewayRefused,
    GatewaySlow,
    GatewayTooBig,
    GatewayUnreachable,
)
from sessions_ui.gateway.http import http_session
from sessions_ui.gateway.json_text import TOO_DEEP
from tests.waiting import LONG, wait_for

URL = "http://hoop.example"
KEY = "hpk_a-key-that-nobody-may-read"
SECRET = "salary list of the board"
ID = UUID("6eb5980c-6213-4f06-8c9c-2e14418b74cf")
PATIENT = Deadlines(connect=LONG, first_byte=LONG, between_bytes=LONG, metadata=LONG)
HURRIED = Deadlines(connect=LONG, first_byte=0.4, between_bytes=0.4, metadata=0.4)


def client(url: str = URL, **options: Any) -> GatewayClient:
    options = {"key": KEY, "deadlines": PATIENT} | options
    return GatewayClient(base_url=url, **options)


def answer(**options: Any) -> None:
    responses.get(f"{URL}/api/sessions/{ID}", **({"content_type": "application/json"} | options))


def read_stream(gateway: GatewayClient, session_id: UUID = ID) -> bytes:
    with gateway.open_stream(session_id) as chunks:
        return b"".join(chunks)


def asked_for(ask: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        ask()
    return caught.value


# Canned answers.


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


# Real sockets.


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(samples=["bash-ok"]) as running:
        yield running


@pytest.fixture
def gateway(standin: StandIn) -> GatewayClient:
    return client(standin.url, key=standin.auditor_key)


def test_it_reads_a_session_and_its_stream(standin: StandIn, gateway: GatewayClient) -> None:
    assert gateway.get_session(ID).value["id"] == str(ID)
    assert b'"event_stream":[[' in read_stream(gateway)
    assert [seen.query for seen in standin.requests()] == ["", "expand=event_stream"]


FAULTS: list[tuple[str, dict[str, Any], type[GatewayError], int]] = [
    ("html", {}, GatewayGarbled, 1),
    ("empty-200", {}, GatewayGarbled, 1),
    ("empty-500", {}, GatewayUnreachable, 1),
    ("502", {}, GatewayUnreachable, 3),
    ("503", {"retry_after": 0}, GatewayUnreachable, 3),
    ("401", {}, GatewayRefused, 1),
    ("403", {}, GatewayForbidden, 1),
    ("404", {}, GatewayNotFound, 1),
    ("429", {}, GatewayUnreachable, 1),
    ("list", {}, GatewayGarbled, 1),
    ("truncated-json", {}, GatewayGarbled, 1),
    ("not-json", {}, GatewayGarbled, 1),
    ("redirect", {}, GatewayGarbled, 1),
    ("hang", {}, GatewaySlow, 1),
    ("stall", {"after": 100}, GatewaySlow, 1),
    ("drip", {"size": 8, "seconds": 0.05}, GatewaySlow, 1),
    ("cut", {"after": 100}, GatewayGarbled, 1),
    ("cut-chunked", {"after": 100}, GatewayGarbled, 1),
    ("cut-close", {"after": 100}, GatewayGarbled, 1),
    ("reset", {}, GatewayUnreachable, 3),
    ("endless-string", {}, GatewayTooBig, 2),
]


@pytest.mark.parametrize(("mode", "options", "kind", "calls"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_it_turns_every_fault_into_one_error(
    standin: StandIn, mode: str, options: dict[str, Any], kind: type[GatewayError], calls: int
) -> None:
    standin.faults.set(mode, **options)
    deadlines = HURRIED if kind is GatewaySlow else PATIENT
    gateway = client(standin.url, key=standin.auditor_key, deadlines=deadlines)

    error = asked_for(lambda: gateway.get_session(ID))

    assert type(error) is kind
    wait_for(standin.requests)
    assert len(standin.requests()) == calls
    assert standin.auditor_key not in f"{error}{error!r}{error.__cause__!r}"
    assert str(ID) not in str(error)


def test_it_cannot_reach_a_gateway_that_refuses(standin: StandIn, gateway: GatewayClient) -> None:
    standin.faults.set("refuse")

    error = asked_for(lambda: gateway.get_session(ID))

    assert (type(error), str(error)) == (GatewayUnreachable, "no connection")


@pytest.mark.parametrize("mode", ["502", "503", "reset"])
@pytest.mark.parametrize("times", [1, 2])
def test_it_tries_again_twice_at_most(
    standin: StandIn, gateway: GatewayClient, mode: str, times: int
) -> None:
    standin.faults.set(mode, times=times, retry_after=0)

    assert gateway.get_session(ID).value["id"] == str(ID)
    assert len(standin.requests()) == times + 1


@pytest.mark.parametrize(
    ("mode", "kind"), [("stall", GatewaySlow), ("cut", GatewayGarbled), ("cut-chunked", GatewayGarbled)]
)
def test_it_never_repeats_a_stream_that_has_begun(
    standin: StandIn, mode: str, kind: type[GatewayError]
) -> None:
    standin.faults.set(mode, times=1, after=100)
    # Its first byte is waited for.
    deadlines = replace(PATIENT, between_bytes=0.4) if kind is GatewaySlow else PATIENT
    gateway = client(standin.url, key=standin.auditor_key, deadlines=deadlines)

    error = asked_for(lambda: read_stream(gateway))

    assert type(error) is kind
    assert len(standin.requests()) == 1


def test_it_waits_as_long_as_a_short_retry_after_says(standin: StandIn, gateway: GatewayClient) -> None:
    standin.faults.set("503", times=1, retry_after=1)
    started = time.monotonic()

    read_stream(gateway)

    assert time.monotonic() - started >= 1
    assert len(standin.requests()) == 2


@pytest.mark.parametrize("status", ["503", "429"])
@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("60", 60, 60),
        ("99999", 300, 300),
        ("in 90 seconds", 30, 90),
    ],
)
def test_it_leaves_a_long_retry_after_to_the_caller(
    standin: StandIn, gateway: GatewayClient, status: str, header: str, least: int, most: int
) -> None:
    if header == "in 90 seconds":
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    standin.faults.set(status, retry_after=header)

    error = asked_for(lambda: gateway.get_session(ID))

    assert type(error) is GatewayUnreachable
    assert least <= error.retry_after <= most
    assert len(standin.requests()) == 1


@pytest.mark.parametrize("header", ["soon", "-5", "9" * 5000, "Mon, 99 Foo 9999 99:99:99 GMT", "١"])
def test_it_takes_a_retry_after_that_nobody_can_read_for_none(
    standin: StandIn, gateway: GatewayClient, header: str
) -> None:
    standin.faults.set("503", retry_after=header)

    error = asked_for(lambda: gateway.get_session(ID))

    assert type(error) is GatewayUnreachable
    assert error.status == 503
    assert error.retry_after in (0, 300)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_follows_no_redirect(status: int) -> None:
    with StandIn(samples=["bash-ok"]) as elsewhere, raw_server() as server:
        server.script = [
            b"HTTP/1.1 %d Go\r\nLocation: %s/api/sessions/%s\r\nContent-Length: 0\r\n\r\n"
            % (status, elsewhere.url.encode(), str(ID).encode())
        ]
        error = asked_for(lambda: client(server.url).get_session(ID))
        assert elsewhere.requests() == []

    assert (type(error), error.status) == (GatewayGarbled, status)


@pytest.mark.parametrize("location", [b"http://[", b"//", b"http://\xff\xfe/", b"ftp://x"])
def test_it_does_not_look_where_a_redirect_leads(location: bytes) -> None:
    with raw_server() as server:
        server.script = [b"HTTP/1.1 302 Go\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location]
        assert type(asked_for(lambda: client(server.url).get_session(ID))) is GatewayGarbled


@pytest.mark.parametrize("status", [302, 401, 404, 500, 502])
def test_it_never_reads_the_body_of_a_failure(status: int) -> None:
    with raw_server() as server:
        head = b"HTTP/1.1 %d No\r\nLocation: /x\r\nContent-Type: application/json\r\n" % status
        server.script = [head + b"Transfer-Encoding: chunked\r\n\r\n"]
        server.forever = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        asked_for(lambda: client(server.url).get_session(ID))

    assert server.sent < 20_000_000


@pytest.mark.parametrize("closing", [b"keep-alive", b"close"])
def test_it_limits_the_silence_in_the_middle_of_a_body(closing: bytes) -> None:
    with raw_server() as server:
        server.script = [
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
            b"Connection: %s\r\n\r\n" % closing + b'{"event_stream":['
        ]
        server.hold = True
        gateway = client(server.url, deadlines=replace(PATIENT, between_bytes=0.3))
        error = asked_for(lambda: read_stream(gateway))

    assert type(error) is GatewaySlow
    assert "nothing for 0.3 s" in str(error)


def test_it_gives_hoop_time_to_its_first_byte_of_a_stream() -> None:
    with raw_server() as server:
        # All of it at once, so that there is no silence after the first byte.
        body = b'{"event_stream":[]}'
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        server.script = [head % len(body) + body]
        server.thinks = 0.8
        deadlines = Deadlines(connect=LONG, first_byte=LONG, between_bytes=0.3, metadata=0.3)
        assert read_stream(client(server.url, deadlines=deadlines)) == body


def test_it_caps_the_bytes_of_a_stream(standin: StandIn) -> None:
    standin.faults.set("endless-log")
    small = GatewayClient(base_url=standin.url, key=standin.auditor_key, max_log_bytes=1_000_000)
    received: list[int] = []

    with small.open_stream(ID) as chunks, pytest.raises(GatewayTooBig, match="1,000,000"):
        received.extend(len(chunk) for chunk in chunks)

    assert 0 < sum(received) <= 1_000_000


def test_it_unpacks_a_compressed_answer_within_the_cap() -> None:
    with raw_server() as server:
        body = gzip.compress(b'{"id":"x"}')
        bomb = gzip.compress(b"[" * 50_000_000)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        server.script = [
            head + b"Content-Length: %d\r\n\r\n" % len(text) + text for text in (body, bomb, bomb)
        ]
        gateway = GatewayClient(base_url=server.url, key=KEY)
        assert gateway.get_session(ID).value == {"id": "x"}
        assert type(asked_for(lambda: gateway.get_session(ID))) is GatewayTooBig


def test_it_reports_a_compressed_answer_that_is_broken() -> None:
    with raw_server() as server:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        server.script = [head + b"Content-Length: 9\r\n\r\nnot gzip!"]
        assert type(asked_for(lambda: client(server.url).get_session(ID))) is GatewayGarbled


@pytest.mark.parametrize(
    "text", [b"HTTP/1.1 2OO OK\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200]
)
def test_it_takes_what_is_not_http_for_no_connection(text: bytes) -> None:
    with raw_server() as server:
        server.script = [text] * 3
        assert type(asked_for(lambda: client(server.url).get_session(ID))) is GatewayUnreachable


def test_it_keeps_its_credential_whatever_a_netrc_says(
    standin: StandIn, gateway: GatewayClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert gateway.get_session(ID).value["id"] == str(ID)

    nobody = GatewayClient(base_url=standin.url, key="", deadlines=PATIENT)
    assert type(asked_for(lambda: nobody.get_session(ID))) is GatewayRefused
    assert "authorization" not in standin.requests()[-1].headers


# TLS.


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA of our own and a server's certificate from it, made by the system's openssl."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    new = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    ca = "basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
    for command in (
        f"{new} -x509 -days 2 -subj /CN=ca -keyout ca.key -out ca.pem -addext {ca}",
        f"{new} -subj /CN=hoop -keyout server.key -out server.csr",
        "x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names"
        " -out server.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls_url(certificates: Path) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_it_trusts_a_certificate_of_our_own_authority(
    tls_url: str, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the environment says of other programs' authorities does not replace ours.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(requests.certs.where()))
    http = http_session(ca_bundle=str(certificates / "ca.pem"))

    assert client(tls_url, http=http).get_session(ID).value == {}


def test_it_sends_nothing_to_a_server_that_it_cannot_trust(tls_url: str) -> None:
    error = asked_for(lambda: client(tls_url).get_session(ID))

    assert (type(error), str(error)) == (GatewayUnreachable, "its certificate is not trusted")


def test_it_does_not_trust_a_certificate_of_another_name(tls_url: str, certificates: Path) -> None:
    http = http_session(ca_bundle=str(certificates / "ca.pem"))
    url = tls_url.replace("127.0.0.1", "localhost")

    assert type(asked_for(lambda: client(url, http=http).get_session(ID))) is GatewayUnreachable


def test_it_reports_a_bundle_that_is_not_there(tls_url: str) -> None:
    http = http_session(ca_bundle=f"/nowhere/{uuid4()}.pem")

    assert type(asked_for(lambda: client(tls_url, http=http).get_session(ID))) is GatewayUnreachable


# A server that says exactly what it is told.


class RawServer:
    """Answers the nth connection with the nth text of ``script`` (the last one again after that)."""

    def __init__(self) -> None:
        self.script: list[bytes] = []
        self.forever = b""
        self.hold = False
        self.thinks = 0.0
        self.sent = 0
        self._done = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        number = 0
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(LONG)
                connection.recv(65536)
                time.sleep(self.thinks)
                connection.sendall(self.script[min(number, len(self.script) - 1)])
                number += 1
                while self.forever and not self._done.is_set():
                    connection.sendall(self.forever)
                    self.sent += len(self.forever)
                if self.hold:
                    self._done.wait(LONG)

    def close(self) -> None:
        self._done.set()
        self._socket.close()


@contextmanager
def raw_server() -> Iterator[RawServer]:
    server = RawServer()
    try:
        yield server
    finally:
        server.close()
