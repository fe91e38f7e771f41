from __future__ import annotations

from typing import Any

from django.db import migrations

BLOBS = ("columns", "typed", "printed", "other")


def set_storage(schema_editor: Any, storage: str) -> None:
    """PostgreSQL would try to compress what is compressed already, at every write."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for column in BLOBS:
        schema_editor.execute(
            f'ALTER TABLE "sessions_ui_segmentrecord" ALTER COLUMN "{column}" SET STORAGE {storage}'
        )


def forwards(apps: Any, schema_editor: Any) -> None:
    set_storage(schema_editor, "EXTERNAL")


def backwards(apps: Any, schema_editor: Any) -> None:
    set_storage(schema_editor, "EXTENDED")


class Migration(migrations.Migration):

    dependencies = [("sessions_ui", "0001_archive")]

    operations = [migrations.RunPython(forwards, backwards)]
