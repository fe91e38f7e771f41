"""The client against a real server: faults, waiting, redirects, broken and endless answers."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

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
from tests.gateway_clients import HURRIED, ID, KEY, PATIENT, asked_for, client, raw_server, read_stream
from tests.waiting import LONG, wait_for


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
