"""The site as ``docs/deploy.md`` puts it behind nginx, and somebody who writes the proxy's headers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest

from sessions_ui.demo.standin import StandIn
from tests.nginx import nginx, printed
from tests.processes import free_port, running
from tests.waiting import LONG

SECRET = "the-secret-that-nginx-and-we-share-01"
INSIDE = """
    # Off by default; on, nginx passes X_Auth as well, and what is behind it must know better.
    underscores_in_headers on;
    map $remote_user $email {{ owen owen@example.com; rita rita@example.com; }}
    server {{
        listen 127.0.0.1:{port};
        auth_basic "company"; auth_basic_user_file {directory}/passwords;
        location / {{
            proxy_pass http://127.0.0.1:{site};
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-User $remote_user;
            proxy_set_header X-Forwarded-Email $email;
            proxy_set_header X-Hoopviewer-Secret "{secret}";
        }}
        # A way past the headers, as a careless second location makes one.
        location /api/ {{
            auth_basic off;
            proxy_pass http://127.0.0.1:{site};
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
"""


class OAuth2Proxy(BaseHTTPRequestHandler):
    """In oauth2-proxy's place: it knows owen by a cookie, and leads all others to a sign-in that comes
    back to where they were."""

    def do_GET(self) -> None:
        signed_in = "owen" in self.headers.get("Cookie", "")
        if self.path == "/oauth2/auth":
            self.send_response(202 if signed_in else 401)
            if signed_in:
                self.send_header("X-Auth-Request-User", "owen")
                self.send_header("X-Auth-Request-Email", "owen@example.com")
        else:
            self.send_response(302)
            self.send_header(
                "Location", f"/sign-in?to={quote(self.headers['X-Auth-Request-Redirect'], safe='')}"
            )
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Front:
    nginx: int
    printed: int
    site: int
    output: Path


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    directory = tmp_path_factory.mktemp("nginx")
    port, site, other = free_port(), free_port(), free_port()
    passwords = [f"{name}:{{PLAIN}}p\n" for name in ("owen", "rita", "stranger")]
    (directory / "passwords").write_text("".join(passwords))
    inside = INSIDE.format(directory=directory, port=port, site=site, secret=SECRET)
    values = {
        "HOOPVIEWER_SIGN_IN": "headers",
        "HOOPVIEWER_PUBLIC_URL": "https://sessions.example.com",
        "HOOPVIEWER_HEADERS_NETWORKS": "127.0.0.1/32",
        "HOOPVIEWER_HEADERS_SECRET": SECRET,
        "HOOPVIEWER_PROXY_HOPS": "1",
        "HOOPVIEWER_WORKERS": "1",
        "HOOPVIEWER_DATA_DIR": str(directory / "data"),
    }
    with StandIn(samples=["bash-ok"]) as hoop:
        values |= {"HOOP_API_URL": hoop.url, "HOOP_API_KEY": hoop.auditor_key}
        with (
            ThreadingHTTPServer(("127.0.0.1", 0), OAuth2Proxy) as proxy,
            running("serve", site, directory, **values),
        ):
            Thread(target=proxy.serve_forever, daemon=True).start()
            inside += printed(
                1,
                f"listen 127.0.0.1:{other};",
                site=f"127.0.0.1:{site}",
                oauth2=f"127.0.0.1:{proxy.server_port}",
                secret=f'"{SECRET}"',
            )
            with nginx(directory, port, inside):
                yield Front(port, other, site, directory / "output")
            proxy.shutdown()


def get(port: int, *headers: tuple[str, str], path: str = "/", user: str = "") -> tuple[int, str]:
    """Status, and the page or where it leads; headers are sent as they are written, one after the other."""
    link = HTTPConnection("127.0.0.1", port, timeout=LONG, source_address=("127.0.0.1", 0))
    with closing(link):
        link.putrequest("GET", path)
        if user:
            link.putheader("Authorization", f"Basic {base64.b64encode(f'{user}:p'.encode()).decode()}")
        for name, text in headers:
            link.putheader(name, text)
        link.endheaders()
        answer = link.getresponse()
        return answer.status, answer.getheader("Location") or answer.read().decode()


SPOOFED = [
    [],
    [("X-Forwarded-Email", "audrey@example.com"), ("X-Forwarded-User", "audrey")],
    [("X_Forwarded_Email", "audrey@example.com"), ("X_Forwarded_User", "audrey")],
    [("X-Forwarded_Email", "audrey@example.com")],
    [("x-forwarded-email", "audrey@example.com"), ("X-FORWARDED-EMAIL", "audrey@example.com")],
    [("X-Hoopviewer-Secret", "guess"), ("X_Hoopviewer_Secret", "guess")],
    [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "http"), ("Forwarded", "host=evil.example")],
    [("X-Script-Name", "/evil"), ("SCRIPT_NAME", "/evil"), ("REMOTE_USER", "audrey")],
]


@pytest.mark.parametrize("headers", SPOOFED)
def test_it_knows_whom_nginx_let_in_and_nobody_else(front: Front, headers: list[tuple[str, str]]) -> None:
    status, page = get(front.nginx, *headers, user="owen")
    assert status == 200
    assert 'title="owen@example.com"' in page
    assert "audrey@example.com" not in page
    assert "evil" not in page


def test_it_keeps_people_apart(front: Front) -> None:
    assert 'title="rita@example.com"' in get(front.nginx, user="rita")[1]
    assert 'title="owen@example.com"' in get(front.nginx, user="owen")[1]
    status, page = get(front.nginx, user="stranger")
    assert (status, "do not name one person" in page) == (403, True)
    assert get(front.nginx)[0] == 401


TRUE = [("X-Forwarded-User", "audrey"), ("X-Forwarded-Email", "audrey@example.com")]
API = "/api/sessions/8d2a3b1c-0000-4000-8000-000000000000"


def test_it_takes_no_headers_from_a_careless_location(front: Front) -> None:
    status, body = get(front.nginx, *TRUE, path=API)
    message = json.loads(body)["message"]
    assert (status, "lacks the secret" in message) == (403, True)
    # Whoever wrote the program reads what it should have sent.
    assert "Authorization: Bearer hvp_" in message
    assert get(front.nginx, *TRUE, ("X_Hoopviewer_Secret", SECRET), path=API)[0] == 403


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (TRUE, "lacks the secret"),
        ([*TRUE, ("X-Hoopviewer-Secret", "guess")], "lacks the secret"),
        # gunicorn drops the twin, which Django would take for the header itself.
        ([*TRUE, ("X_Hoopviewer_Secret", SECRET)], "lacks the secret"),
        ([*TRUE, ("X-Hoopviewer-Secret", SECRET), ("X-Hoopviewer-Secret", SECRET)], "lacks the secret"),
        ([("X_Forwarded_Email", "a@b.c"), TRUE[0], ("X-Hoopviewer-Secret", SECRET)], "name one person"),
        ([*TRUE, ("X-Forwarded-Email", "b@c.d"), ("X-Hoopviewer-Secret", SECRET)], "name one person"),
        ([*TRUE, ("X-Forwarded-User", "b"), ("X-Hoopviewer-Secret", SECRET)], "name one person"),
    ],
)
def test_it_takes_no_headers_past_nginx(front: Front, headers: list[tuple[str, str]], said: str) -> None:
    status, page = get(front.site, *headers)
    assert (status, said in page) == (403, True)


COOKIE = ("Cookie", "company=owen")


def test_it_works_as_it_is_printed(front: Front) -> None:
    status, page = get(front.printed, COOKIE, *TRUE)
    assert (status, 'title="owen@example.com"' in page, "audrey" in page) == (200, True, False)
    # A stranger comes back to the very page, with its filters.
    wanted = "/?status=failed&connection=a%20b"
    assert get(front.printed, path=wanted) == (302, f"/sign-in?to={quote(wanted, safe='')}")


def test_it_leaves_probes_and_programs_alone_as_it_is_printed(front: Front) -> None:
    assert get(front.printed, path="/healthz")[0] == 200
    assert get(front.printed, path="/readyz")[0] == 200
    assert get(front.printed, path="/api/openapi.json")[0] == 200
    assert get(front.printed, path=API)[0] == 401
    assert get(front.printed, path="/dl/x")[0] == 401
    # What a token is good for hoopviewer says, whoever else the request claims to be.
    status, body = get(front.printed, *TRUE, ("Authorization", f"Bearer hvp_{'x' * 43}"), path=API)
    assert (status, "knows no such token" in json.loads(body)["message"]) == (401, True)


def test_it_notes_the_clients_address_and_no_secret(front: Front) -> None:
    get(front.nginx, ("X-Forwarded-For", "6.6.6.6"), *TRUE, path=API)
    get(front.site, ("X-Forwarded-For", "6.6.6.6, 7.7.7.7"), *TRUE)
    log = front.output.read_text()
    refusals = [json.loads(line) for line in log.splitlines() if "sign-in refused" in line]
    # The first passed nginx, which wrote down its own peer; the second went round it, and is its own word.
    assert [line["address"] for line in refusals[-2:]] == ["127.0.0.1", "7.7.7.7"]
    assert SECRET not in log
    assert "audrey" not in log
