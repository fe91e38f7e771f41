"""Every database of the site: brought up to date, and asked whether it is."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor


def migrate() -> None:
    """Run what migrations wait, in each."""
    for alias in connections:
        call_command("migrate", database=alias, interactive=False, verbosity=0)


def waits_for_migration() -> bool:
    """Whether one has migrations to run. Raises DatabaseError when one does not answer."""
    for alias in connections:
        connection = connections[alias]
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return True
    return False
