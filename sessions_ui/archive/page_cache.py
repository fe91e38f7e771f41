"""SQLite keeps 20 MB of the pages it read, for each connection: right for pages that people come back to.

A file is read once, from its beginning to its end, and would leave that much behind in every thread that
ever sent one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import DatabaseError, connection

SMALL_KIB = 2_000


@contextlib.contextmanager
def small_page_cache() -> Iterator[None]:
    """This thread's connection keeps little meanwhile. Of no effect on PostgreSQL."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size=-{SMALL_KIB}")
    try:
        yield
    finally:
        # Who left may have taken the connection along; the next one begins as all do.
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size={int(usual)}")
