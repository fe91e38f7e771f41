"""``manage.py demo`` and ``manage.py serve`` as a person runs them: from a shell, ended by a signal."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from sessions_ui.archive import gateway_facts
from sessions_ui.demo.standin import StandIn
from sessions_ui.management.commands import serve
from tests.processes import ROOT, environment, free_port, get, running
from tests.waiting import LONG, wait_for


def left_over(directory: Path) -> list[str]:
    """Processes that still carry the run's TMPDIR, and its directories."""
    mark = f"TMPDIR={directory}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            # Another user's, or it ended while we looked.
            continue
    return found + [str(path) for path in directory.glob("hoopviewer-demo-*")]


def raw(port: int, request: str) -> bytes:
    """What comes back for bytes that need not be a request."""
    with socket.create_connection(("127.0.0.1", port), timeout=LONG) as link:
        link.sendall(request.encode())
        found = b""
        while piece := link.recv(65_536):
            found += piece
    return found


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_shows_the_demo_and_leaves_nothing(tmp_path: Path, end: signal.Signals) -> None:
    port = free_port()
    # A real gateway's variables are none of the demo's business.
    real = {"HOOP_API_URL": "https://hoop.example.com", "HOOP_API_KEY": "hpk_real", "HOOPVIEWER_THREADS": "x"}
    with running("demo", port, tmp_path, **real) as (process, _):
        assert get(port, "/readyz").status == 200
        page = get(port, "/sign-in")
        text = page.body.decode()
        assert page.status == 200
        assert "demonstration" in text
        style = re.search(r"/static/css/tokens\.[0-9a-f]{12}\.css", text)
        assert style
        static = get(port, style.group(), **{"Accept-Encoding": "br"})
        assert (static.status, static.headers["Content-Encoding"]) == (200, "br")
        assert "immutable" in static.headers["Cache-Control"]
        assert left_over(tmp_path)
        process.send_signal(end)
        assert process.wait(timeout=LONG) == 0
    wait_for(lambda: not left_over(tmp_path))


def test_it_takes_its_gateway_along_when_it_is_killed(tmp_path: Path) -> None:
    with running("demo", free_port(), tmp_path) as (process, _):
        process.kill()
        process.wait()
        wait_for(lambda: not [name for name in left_over(tmp_path) if name.isdigit()])


def test_it_says_that_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=environment() | {"TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert f"Port {port}" in result.stderr
    assert result.stderr.count("\n") == 1
    wait_for(lambda: not left_over(tmp_path))


def test_it_serves_by_a_one_time_address_with_several_workers(tmp_path: Path) -> None:
    port = free_port()
    data = tmp_path / "data"
    variables = {
        "HOOP_API_URL": "http://127.0.0.1:9/api",
        "HOOP_API_KEY": "hpk_never-shown",
        "HOOPVIEWER_DATA_DIR": str(data),
        "HOOPVIEWER_WORKERS": "2",
        # Old names by which gunicorn would listen or trust elsewhere.
        "GUNICORN_CMD_ARGS": "--bind 0.0.0.0:1",
        "FORWARDED_ALLOW_IPS": "*",
    }
    with running("serve", port, tmp_path, **variables) as (process, said):
        address = re.search(rf"http://127\.0\.0\.1:{port}(/open/\S+)", said)
        assert address
        assert get(port, "/").status == 401
        opened = get(port, address.group(1))
        assert opened.status == 302
        cookie = opened.headers["Set-Cookie"].split(";")[0]
        # Twelve requests meet both workers; none of them is sent back to the entrance.
        assert {get(port, "/", Cookie=cookie).status for _ in range(12)} & {401, 403} == set()
        assert {get(port, address.group(1)).status for _ in range(4)} == {403}
        # The databases' companions, the locks and the keys are there while the site runs.
        private = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir() if path.is_file()}
        assert len(private) >= 8
        assert set(private.values()) == {0o600}
        for request in (
            f"GET {address.group(1)} HTTP/9.9\r\n\r\n",
            f"GET / HTTP/1.1\r\nCookie {cookie}\r\n\r\n",
            f"POST {address.group(1)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        ):
            said_back = raw(port, request)
            assert b"\r\nContent-Security-Policy: default-src 'none'" in said_back
            assert cookie.encode() not in said_back
        assert get(port, "/", Cookie=cookie, **{"X-Forwarded-For": "127.0.0.1"}).status == 403
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=LONG) == 0
    log = (tmp_path / "output").read_text()
    assert "hpk_never-shown" not in log
    assert log.count(address.group(1)) == 1
    assert cookie.partition("=")[2] not in log
    assert log.count('"event": "no request"') == 2


def test_it_does_not_serve_without_a_gateway(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(free_port())],
        cwd=ROOT,
        env=environment() | {"HOOPVIEWER_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "hoopviewer.E001" in result.stderr
    assert "hoopviewer.E002" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("admin@example.com", "HOOPVIEWER_ALLOW_ADMIN_KEY"),
        ("owen@example.com", "no group that sees every session"),
    ],
)
@pytest.mark.django_db
def test_it_does_not_serve_with_a_wrong_key(person: str, said: str, settings: Any) -> None:
    with StandIn() as hoop:
        gateway_facts.forget()
        settings.HOOP_API_URL, settings.HOOP_API_KEY = hoop.url, hoop.state.people.token_for(person)
        with pytest.raises(CommandError, match=said):
            serve.Command().require_right_key()
        gateway_facts.forget()
        settings.HOOP_API_KEY = "hpk_revoked"
        with pytest.raises(CommandError, match="does not accept the key"):
            serve.Command().require_right_key()
