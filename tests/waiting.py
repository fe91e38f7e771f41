"""Waiting for what will come, as long as a slow machine takes; only a failure ever takes so long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LONG = 120.0


def wait_for(condition: Callable[[], object]) -> None:
    """Until it holds. Raises AssertionError where it never does."""
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@contextmanager
def impatient(settings: Any, *names: str, when: bool = True) -> Iterator[None]:
    """Give hoop a moment only, for what takes for ever: for all of it, or for these of FIRST_BYTE,
    BETWEEN_BYTES and METADATA. Whatever else is asked meanwhile must be allowed to fail too."""
    for name in (names or ("FIRST_BYTE", "BETWEEN_BYTES", "METADATA")) if when else ():
        setattr(settings, f"HOOPVIEWER_{name}_SECONDS", 0.3)
    yield
    for name in ("FIRST_BYTE", "BETWEEN_BYTES", "METADATA"):
        setattr(settings, f"HOOPVIEWER_{name}_SECONDS", LONG)
