"""A warm process whose forks read a log and are killed: ``python -m tests.crashing``.

Orders come as JSON lines, answers go back as such. A fork is ended by SIGKILL after ``seconds`` by the
clock, or before its database statement number ``statement``: no handler, no flush, no goodbye.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.db import connection
from django.db.backends.signals import connection_created

from tests.processes import ROOT, environment

#: Of the forks: a heart that beats among an ingest's statements, and an ingest of many stages.
HEARTBEAT_SECONDS = 0.05
SEGMENT_ROWS = 1024
SEGMENTS_A_COMMIT = 1


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill; neither: never."""

    seconds: float = 0
    statement: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """What became of a fork: how long it lived, and its statements when it came to its own end."""

    killed: bool
    seconds: float
    statements: int


class Reader:
    """The warm process, from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def read(self, record_id: int, moment: Moment) -> End:
        """Let a fork read the session of this record, until it is done or killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {"record": record_id, "seconds": moment.seconds, "statement": moment.statement}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return End(**json.loads(self.process.stdout.readline()))


def database_url() -> str:
    """The address of the test's own database, for another process."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def reader(directory: Path, url: str, key: str) -> Iterator[Reader]:
    """Start the warm process: on the test's database, with this gateway."""
    (directory / "static").mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crashing"],
        cwd=ROOT,
        env=environment()
        | {
            "DJANGO_SETTINGS_MODULE": "hoopviewer.settings",
            "DATABASE_URL": database_url(),
            "HOOPVIEWER_DATA_DIR": str(directory),
            "HOOPVIEWER_LOG_LEVEL": "CRITICAL",
            "HOOP_API_URL": url,
            "HOOP_API_KEY": key,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Reader(process)
    finally:
        process.communicate()


def main() -> None:
    """Every import is done before the first fork; no connection is."""
    django.setup()
    from sessions_ui.archive import ingest, segments

    ingest.HEARTBEAT_SECONDS = HEARTBEAT_SECONDS
    ingest.SEGMENTS_A_COMMIT = SEGMENTS_A_COMMIT
    segments.SEGMENT_ROWS = SEGMENT_ROWS
    for line in sys.stdin:
        order = json.loads(line)
        answer, question = os.pipe()
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            _die_reading(order, question)
        os.close(question)
        if order["seconds"]:
            time.sleep(order["seconds"])
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        lived = time.monotonic() - started
        with os.fdopen(answer, "rb") as said:
            statements = int(said.read() or b"0")
        killed = os.WIFSIGNALED(status)
        if not killed and status:
            raise SystemExit("a fork failed; its message is above")
        _say({"killed": killed, "seconds": lived, "statements": statements})


def _die_reading(order: dict[str, Any], answer: int) -> None:
    """In the fork: begin the ingest as a page does, and wait for its end."""
    from sessions_ui.archive import ingest
    from sessions_ui.models import SessionRecord

    numbers = count(1)
    last = 0

    def watch(execute: Any, *arguments: Any) -> Any:
        nonlocal last
        last = next(numbers)
        if last == order["statement"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)

    # Statements of the heartbeat come by the clock; counted are those of the ingest and its beginning.
    connection_created.connect(
        lambda connection, **_: _counts() and connection.execute_wrappers.append(watch), weak=False
    )
    code = 1
    try:
        assert ingest.start_ingest(SessionRecord.objects.get(pk=order["record"]))
        ingest.finish_ingests()
        connection.close()
        os.write(answer, b"%d" % last)
        code = 0
    finally:
        os._exit(code)


def _counts() -> bool:
    return threading.current_thread().name != "ingest-heartbeat"


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
