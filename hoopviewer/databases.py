"""Every database of the site: brought up to date, and asked whether it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from sessions_ui.trail.turns import turn

#: Any number will do that all processes of the site share: they ask PostgreSQL for the lock of this name.
MIGRATING = 7_208_116_533


class DatabaseAway(Exception):
    """It cannot be opened; the message says which, why, and no password."""


def require_answer(*aliases: str) -> None:
    """Open each once (all, where none is named), past any pool, which would try again for ten seconds.
    Raises DatabaseAway."""
    for alias in aliases or tuple(connections):
        connection: Any = connections[alias]
        try:
            connection.Database.connect(**connection.get_connection_params()).close()
        except (connection.Database.Error, OSError) as error:
            reason = " ".join(str(error).split("\n")[0].split())
            raise DatabaseAway(f"DATABASE_URL: {named(alias)} cannot be opened: {reason}.") from None


def named(alias: str) -> str:
    """Which database it is, for who runs a command: a file's path, or a server's host and database."""
    values = connections[alias].settings_dict
    if connections[alias].vendor == "sqlite":
        return str(values["NAME"])
    host = values["HOST"] or "the local server"
    return f"{values['NAME']} at {host}{':' + str(values['PORT']) if values['PORT'] else ''}"


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
