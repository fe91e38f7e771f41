"""The demo's site: our own stand-in gateway, a throw-away database, and a sign-in without passwords.

The sign-in exists only in the memory of the process that ran ``opened``: that starts the
stand-in itself, puts the database into a directory made a moment ago, and then changes the
settings object that its workers inherit. No variable and no settings file can do the same, and
``demo.signin`` refuses to load anywhere else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.http import HttpRequest

from hoopviewer import bootstrap
from hoopviewer.databases import migrate
from hoopviewer.environment import Secret
from sessions_ui.demo.rehearsal import rehearse

LOCAL_SIGN_IN = "sessions_ui.access.signin.local.LocalEntry"
DEMO_SIGN_IN = "sessions_ui.demo.signin.DemoSignIn"


class DemoRefused(Exception):
    """The demo cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """The stand-in this process started, and the directory that goes when it ends."""

    gateway_url: str
    directory: Path


@dataclass(frozen=True, slots=True)
class Gateway:
    """The stand-in's process. ``doomed`` is the session whose recording ``destroy`` is for."""

    url: str
    key: str
    doomed: str
    process: subprocess.Popen[bytes]

    def destroy(self, session_id: str) -> None:
        """As the session's owner can at hoop; returns once it is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{session_id}\n".encode())
        self.process.stdin.flush()
        self.process.stdout.readline()


_running: RunningDemo | None = None


def is_running() -> bool:
    """Whether this process (or the one it was forked from) opened the demo, and still talks to
    its own stand-in and its own database."""
    return (
        _running is not None
        and _running.gateway_url == settings.HOOP_API_URL
        and Path(settings.DATABASES["default"]["NAME"]).parent == _running.directory
    )


@contextmanager
def opened() -> Iterator[RunningDemo]:
    """Start the stand-in, make the database, install the demo's sign-in; undo all at the end."""
    global _running
    directory = bootstrap.demo_directory
    if directory is None or Path(settings.DATA_DIR) != directory or connections["default"].vendor != "sqlite":
        raise DemoRefused("The demo makes its own surroundings; start it with: python3 manage.py demo")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with stand_in() as gateway:
        _running = RunningDemo(gateway.url, directory)
        settings.HOOP_API_URL, settings.HOOP_API_KEY = gateway.url, Secret(gateway.key)
        settings.MIDDLEWARE = [
            DEMO_SIGN_IN if name == LOCAL_SIGN_IN else name for name in settings.MIDDLEWARE
        ]
        settings.ROOT_URLCONF = "sessions_ui.demo.urls"
        options: dict[str, Any] = settings.TEMPLATES[0]["OPTIONS"]  # type: ignore[assignment]  # a plain dict
        options["context_processors"].append("sessions_ui.demo.site.say_demo")
        migrate()
        call_command("collectstatic", interactive=False, verbosity=0)
        rehearse(gateway.doomed, gateway.destroy)
        try:
            yield _running
        finally:
            _running = None


def say_demo(request: HttpRequest) -> dict[str, bool]:
    """Every page says that it is the demo."""
    return {"demo": True}


@contextmanager
def stand_in() -> Iterator[Gateway]:
    """The stand-in in a process of its own.

    It reads its standard input and ends with it, so it cannot outlive us, however we end; and it
    has a session of its own, so that Ctrl-C reaches only us, and the pages end first.
    """
    owner = os.getpid()
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-m", "sessions_ui.demo.gateway"],
        cwd=bootstrap.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise DemoRefused("The demo's stand-in gateway did not start; its message is above.")
        said = json.loads(line)
        yield Gateway(said["url"], said["key"], said["doomed"], process)
    finally:
        # gunicorn's workers are forked below us and pass here as well when they end.
        if os.getpid() == owner:
            process.stdin.close()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
