"""How long a request may hold its thread while a recording is read: most threads stay free for pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

#: So long an ordinary recording is waited for anyway.
SHORT_SECONDS = 2
#: A quarter of the threads may wait longer.
_waiting = threading.BoundedSemaphore(max(1, settings.HOOPVIEWER_THREADS // 4))


@contextmanager
def granted(seconds: float) -> Iterator[float]:
    """The seconds that may be waited within the block: those asked for, or fewer while many wait."""
    if seconds <= SHORT_SECONDS:
        yield seconds
        return
    holds = _waiting.acquire(blocking=False)
    try:
        yield seconds if holds else SHORT_SECONDS
    finally:
        if holds:
            _waiting.release()
