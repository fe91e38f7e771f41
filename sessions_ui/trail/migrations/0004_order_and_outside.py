from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Max

from sessions_ui.trail.chain import instant


def forwards(apps: Any, schema_editor: Any) -> None:
    """Nobody noted in which order of time the rows are that stand there already."""
    using = schema_editor.connection.alias
    latest = apps.get_model("trail", "RowRecord").objects.using(using).aggregate(latest=Max("at"))["latest"]
    if latest is not None:
        apps.get_model("trail", "HeadRecord").objects.using(using).update(
            latest=instant(latest), earlier=instant(latest), ordered_from=models.F("number") + 1
        )


class Migration(migrations.Migration):
    dependencies = [("trail", "0003_no_replace")]

    operations = [
        migrations.CreateModel(
            name="OutsideRecord",
            fields=[
                ("place", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("sent", models.BigIntegerField()),
                ("busy_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField("headrecord", "latest", models.CharField(default="", max_length=32)),
        migrations.AddField("headrecord", "ordered_from", models.BigIntegerField(default=0)),
        migrations.AddField("headrecord", "earlier", models.CharField(default="", max_length=32)),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
