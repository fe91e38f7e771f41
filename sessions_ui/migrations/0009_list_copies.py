from __future__ import annotations

from typing import Any

from django.db import migrations, models


def forget_rows(apps: Any, schema_editor: Any) -> None:
    """Rows that were kept before have no value in the new columns: hoop's list is read anew."""
    for name in ("ListSpanRecord", "ListRowRecord"):
        apps.get_model("sessions_ui", name).objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [("sessions_ui", "0008_full_payloads")]

    operations = [
        migrations.RunPython(forget_rows, migrations.RunPython.noop),
        migrations.AddField("listrowrecord", "access_until", models.DateTimeField(null=True)),
        migrations.AddField("listrowrecord", "opened", models.BooleanField(default=False)),
        migrations.AddField("listrowrecord", "read", models.BooleanField(default=False)),
        migrations.AddField("listrowrecord", "killed", models.BooleanField(default=False)),
        migrations.AddField("listrowrecord", "changed", models.BooleanField(default=False)),
        migrations.RemoveIndex("listrowrecord", "list_row_by_start"),
        migrations.AddIndex(
            "listrowrecord",
            models.Index(
                fields=[
                    *("gateway", "start_date", "session_id", "status", "verb", "exit_code", "forced"),
                    *("review_status", "marks", "ai_risk", "opened", "read", "killed", "changed"),
                ],
                name="list_row_scan",
            ),
        ),
        migrations.AddIndex(
            "listrowrecord",
            models.Index(
                fields=["gateway", "user_id", "connection", "access_until"],
                name="list_row_by_access",
                condition=models.Q(access_until__isnull=False),
            ),
        ),
    ]
