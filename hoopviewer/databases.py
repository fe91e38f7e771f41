"""Every database of the site: brought up to date, and asked whether it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from sessions_ui.trail.turns import turn

#: Any number will do that all processes of the site share: they ask PostgreSQL for the lock of this name.
MIGRATING = 7_208_116_533


def migrate() -> None:
    """Run what migrations wait, in each. Processes that start together take turns; who comes second finds
    nothing left to do. Raises DatabaseError, and OSError for a file beside which no lock can be."""
    for alias in connections:
        with _alone(alias):
            call_command("migrate", database=alias, interactive=False, verbosity=0)


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """On SQLite by a lock of the system beside the file, on PostgreSQL by one of the server, which falls
    with the connection."""
    connection = connections[alias]
    with turn(alias):
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def waits_for_migration() -> bool:
    """Whether one has migrations to run. Raises DatabaseError when one does not answer."""
    for alias in connections:
        connection = connections[alias]
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return True
    return False
