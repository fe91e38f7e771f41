from __future__ import annotations

from typing import Any

from django.db import migrations, models


def set_storage(schema_editor: Any, storage: str) -> None:
    """As for the other payloads: PostgreSQL would try to compress what is compressed already."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f'ALTER TABLE "sessions_ui_segmentrecord" ALTER COLUMN "errors" SET STORAGE {storage}'
        )


def forwards(apps: Any, schema_editor: Any) -> None:
    set_storage(schema_editor, "EXTERNAL")


def backwards(apps: Any, schema_editor: Any) -> None:
    set_storage(schema_editor, "EXTENDED")


class Migration(migrations.Migration):

    dependencies = [("sessions_ui", "0005_tokens_and_links")]

    operations = [
        migrations.AddField(
            model_name="segmentrecord", name="errors", field=models.BinaryField(null=True)
        ),
        migrations.RunPython(forwards, backwards),
    ]
