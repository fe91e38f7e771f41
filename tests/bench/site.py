"""The site as people start it: gunicorn with its workers, opened by its one-time address."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.setting import ROOT

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Site:
    port: int
    cookie: str
    pid: int = 0

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body, on a connection of its own, as a browser that just came."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with closing(link):
            link.request("GET", path, headers={"Cookie": self.cookie, **headers})
            answer = link.getresponse()
            return answer.status, answer.read()

    def workers(self) -> list[int]:
        """The processes that answer, below the one that was started."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(text) for text in children.split()]


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Site]:
    port = _free_port()
    output = Path(environment["HOOPVIEWER_DATA_DIR"]) / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _opened(port, _address(process, output), process.pid)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    """The path of the one-time address, once the site printed it."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+(/open/\S+)", output.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the site did not start: {output.read_text()}")


def _opened(port: int, address: str, pid: int) -> Site:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(link):
        link.request("GET", address)
        answer = link.getresponse()
        return Site(port, (answer.getheader("Set-Cookie") or "").partition(";")[0], pid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
