"""The places where this machine's owner cannot change a checkpoint: a file, a URL. ``sending`` decides what
goes there and when."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.error import URLError

import structlog
from django.conf import settings

from sessions_ui.trail.chain import Checkpoint

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """``address`` is a path or a URL, which may hold a secret."""

    kind: Literal["file", "URL"]
    address: str

    @property
    def key(self) -> str:
        """What it is remembered by: another address is another place."""
        return f"{self.kind} {hashlib.sha256(self.address.encode()).hexdigest()[:16]}"


def places() -> tuple[Place, ...]:
    """Those that the settings name."""
    file, url = settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE, settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL
    named = (Place("file", str(file or "")), Place("URL", url))
    return tuple(place for place in named if place.address)


def deliver(place: Place, checkpoint: Checkpoint) -> bool:
    """Whether it arrived. Raises nothing: a checkpoint that did not is no reason to show nothing."""
    line = checkpoint.line() + "\n"
    try:
        if place.kind == "file":
            _append(Path(place.address), line)
        else:
            _post(place.address, line)
    except (URLError, OSError, ValueError) as error:
        # The error's text may hold the address.
        log.error("trail_checkpoint_not_sent", to=place.kind, error=type(error).__name__)
        return False
    return True


def _append(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(line)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was configured is where it goes."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _post(url: str, line: str) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, line.encode("ascii"), headers, method="POST")
    with _opener.open(request, timeout=TIMEOUT_SECONDS):
        pass
