"""Sends checkpoints to where this machine's owner cannot change them: a log line, a file, a URL.

A checkpoint that could not be sent is no reason to show nothing: the next one covers its rows too.
"""

from __future__ import annotations

import os
import threading
import urllib.request
from pathlib import Path
from urllib.error import URLError

import structlog
from django.conf import settings

from sessions_ui.trail.chain import Checkpoint

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 10.0


def send_checkpoint(checkpoint: Checkpoint) -> None:
    """The log line always; file and URL where they are set. Returns before the URL has answered."""
    log.info("trail_checkpoint", checkpoint=checkpoint.text, signature=checkpoint.signature)
    line = checkpoint.line() + "\n"
    if settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE:
        _append(Path(settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE), line)
    if settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL:
        arguments = (settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL, line)
        threading.Thread(target=_post, args=arguments, name="trail-checkpoint", daemon=True).start()


def _append(path: Path, line: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(line)
    except OSError as error:
        log.error("trail_checkpoint_not_sent", to="file", error=type(error).__name__)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was configured is where it goes."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _post(url: str, line: str) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, line.encode("ascii"), headers, method="POST")
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS):
            pass
    except (URLError, OSError, ValueError) as error:
        log.error("trail_checkpoint_not_sent", to="url", error=type(error).__name__)
