from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_ui", "0009_list_copies")]

    operations = [
        migrations.AddField("signinrecord", "provider_session", models.CharField(default="", max_length=255))
    ]
