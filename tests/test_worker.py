"""What holds a worker up does so for a while, not for ever: a request in drips, a signal at a bad moment."""

from __future__ import annotations

import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

from hoopviewer import worker as ours
from hoopviewer.worker import Worker
from tests.waiting import LONG


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock


@pytest.mark.parametrize(("method", "ends"), [("", True), ("POST", True), ("GET", False), ("HEAD", False)])
@pytest.mark.parametrize("late", [True, False])
def test_it_waits_no_longer_for_the_rest(
    method: str, ends: bool, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blank: not even its head is there. A request that is there and being answered is left alone."""
    here, there = socket.socketpair()
    here.settimeout(0.2)
    worker = Worker.__new__(Worker)
    worker.arriving = {}

    def answer(*_: Any) -> bool:
        worker.murder_pending()
        try:
            assert (here.recv(10) == b"") is (ends and late)
        except TimeoutError:
            assert not (ends and late)
        here.sendall(b"the answer")
        return False

    def handle(self: Any, conn: Any) -> Any:
        return self.handle_request(SimpleNamespace(method=method), conn) if method else answer()

    if late:
        monkeypatch.setattr(ours, "ARRIVES_WITHIN_SECONDS", -1)
    monkeypatch.setattr(ThreadWorker, "murder_pending", lambda self: None)
    monkeypatch.setattr(ThreadWorker, "handle", handle)
    monkeypatch.setattr(ThreadWorker, "handle_request", answer)
    with here, there:
        worker.handle(Connection(here))
        assert there.recv(20) == b"the answer"
    assert worker.arriving == {}


QUIT_WHILE_THE_POOL_IS_LOCKED = """
import os, signal
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from hoopviewer.worker import Worker

worker = Worker.__new__(Worker)
worker.cfg = SimpleNamespace(worker_int=lambda worker: None)
worker.tpool = ThreadPoolExecutor(2)
worker.tpool.submit(int).result()
signal.signal(signal.SIGQUIT, worker.handle_quit)
with worker.tpool._shutdown_lock:
    os.kill(os.getpid(), signal.SIGQUIT)
raise SystemExit("it went on")
"""


def test_it_ends_at_once_whatever_it_was_doing() -> None:
    """As when the signal comes while a request is given to the pool."""
    ended = subprocess.run([sys.executable, "-c", QUIT_WHILE_THE_POOL_IS_LOCKED], timeout=LONG, check=False)
    assert ended.returncode == 0
