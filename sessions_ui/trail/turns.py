"""Whose turn it is among the processes of a machine, on SQLite; and whose a connection is, of a pool.

SQLite waits for another process by sleeping, ever longer, so that one writer can starve another for a
second. A lock of the system wakes who waits at once, and falls with a process that dies.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def turn(using: str) -> Iterator[None]:
    """Hold it around a short transaction. Raises OSError. A database server needs none: it wakes writers."""
    connection = connections[using]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or ":memory:" in name or "mode=memory" in name:
        yield
        return
    # Opened each time: a descriptor that was inherited over a fork would hold the same lock.
    descriptor = os.open(f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def borrowed(using: str) -> Iterator[None]:
    """A connection of a pool that was taken for this alone goes back at once: one is enough for a crowd."""
    connection = connections[using]
    here_already = connection.connection is not None
    yield
    if not here_already and "pool" in connection.settings_dict["OPTIONS"]:
        connection.close()
