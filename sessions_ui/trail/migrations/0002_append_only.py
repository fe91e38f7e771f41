from __future__ import annotations

from typing import Any

from django.db import migrations

#: Table, and the column whose value a checkpoint's cut must have reached for a delete to pass.
TABLES = (("trail_rowrecord", "number"), ("trail_checkpointrecord", "last"))
WORDS = "the trail is append-only"

SQLITE = """
CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{words}'); END;
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table}
WHEN NOT EXISTS (SELECT 1 FROM trail_checkpointrecord WHERE cut >= OLD.{column})
BEGIN SELECT RAISE(ABORT, '{words}'); END;
"""

POSTGRESQL = """
CREATE FUNCTION {table}_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{words}'; END $$;
CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM trail_checkpointrecord WHERE cut >= OLD.{column}) THEN
        RAISE EXCEPTION '{words}';
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION {table}_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM {table}) THEN
        RAISE EXCEPTION '{words}';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_keeps();
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stays();
CREATE TRIGGER {table}_holds BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_holds();
"""


def forwards(apps: Any, schema_editor: Any) -> None:
    """Neither an update nor a delete passes, but a delete below a cut that a checkpoint names."""
    sql = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for table, column in TABLES:
        for statement in _statements(sql.format(table=table, column=column, words=WORDS)):
            schema_editor.execute(statement, params=None)


def backwards(apps: Any, schema_editor: Any) -> None:
    for table, _ in TABLES:
        for name in ("keeps", "stays", "holds"):
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(f"DROP FUNCTION {table}_{name} CASCADE")
            else:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}")


def _statements(sql: str) -> list[str]:
    # Each begins a line with CREATE, and nothing within one does.
    return [f"CREATE {part}" for part in sql.split("\nCREATE ")[1:]]


class Migration(migrations.Migration):
    dependencies = [("trail", "0001_trail")]

    operations = [migrations.RunPython(forwards, backwards)]
