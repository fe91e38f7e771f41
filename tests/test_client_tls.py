"""TLS: the client trusts the authorities that it is told of, and sends nothing to anybody else."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from sessions_ui.gateway.errors import GatewayUnreachable
from sessions_ui.gateway.http import http_session
from tests.gateway_clients import ID, asked_for, client


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
