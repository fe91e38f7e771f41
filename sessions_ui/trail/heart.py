"""A thread of the server that writes the hourly heartbeat: a quiet night leaves rows, or a gap that tells.
It also sends again what could not be sent outside."""

from __future__ import annotations

import threading

import structlog
from django.conf import settings
from django.db import connections

from sessions_ui.trail.sending import send_arrears
from sessions_ui.trail.store import TrailUnavailable, write_heartbeat

log = structlog.get_logger(__name__)
#: How often a worker looks whether one is due. They all look; one of them writes.
LOOK_SECONDS = 60.0


def start_heart(stop: threading.Event | None = None) -> threading.Thread:
    """In each worker, after the fork. Ends with the process, or when ``stop`` is set."""
    thread = threading.Thread(
        target=_beat, args=(stop or threading.Event(),), name="trail-heart", daemon=True
    )
    thread.start()
    return thread


def _beat(stop: threading.Event) -> None:
    while True:
        try:
            write_heartbeat()
            send_arrears()
        except TrailUnavailable as error:
            log.error("trail_heartbeat_not_written", error=str(error))
        finally:
            connections[settings.TRAIL_DATABASE].close()
        if stop.wait(LOOK_SECONDS):
            return
