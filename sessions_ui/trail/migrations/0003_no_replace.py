from __future__ import annotations

from typing import Any

from django.db import migrations

TABLES = ("trail_rowrecord", "trail_checkpointrecord")
WORDS = "the trail is append-only"


def forwards(apps: Any, schema_editor: Any) -> None:
    """SQLite's INSERT OR REPLACE deletes the row in its way and fires no trigger of a delete. PostgreSQL
    has nothing like it: its ON CONFLICT DO UPDATE fires the one of an update."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_adds BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE number = NEW.number) "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def backwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_adds")


class Migration(migrations.Migration):
    dependencies = [("trail", "0002_append_only")]

    operations = [migrations.RunPython(forwards, backwards)]
