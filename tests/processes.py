"""Runs a management command as a person does, and asks it over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from tests.waiting import LONG

ROOT = Path(__file__).resolve().parent.parent
_kept: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody else is given as long as this process lives. It stays bound, not listened on:
    then a server may listen there (both with SO_REUSEADDR), and no other program is handed it."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", 0))
    _kept.append(place)
    port: int = place.getsockname()[1]
    return port


def environment() -> dict[str, str]:
    """This process's, without what configures a site; for this machine alone, unless told otherwise."""
    ours = ("HOOP", "SECRET_KEY", "DATABASE_URL", "DJANGO")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    return clean | {"HOOPVIEWER_SIGN_IN": "local", "HOOPVIEWER_ENV_FILE": ""}


@contextmanager
def running(
    command: str, port: int, directory: Path, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and what it had said once it was ready."""
    output = directory / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", command, "--port", str(port)],
            cwd=ROOT,
            env=environment() | {"TMPDIR": str(directory)} | variables,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + LONG
        while f"Ready: http://127.0.0.1:{port}/\n" not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        yield process, output.read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def get(port: int, path: str, **headers: str) -> Answer:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)
    with contextlib.closing(link):
        link.request("GET", path, headers=headers)
        response = link.getresponse()
        return Answer(response.status, response.headers, response.read())
