"""The trail's tables and no others are in the trail's database, where it has one of its own."""

from __future__ import annotations

from typing import Any

from django.conf import settings

LABEL = "trail"


class TrailRouter:
    """On SQLite two files: a recording that is being read never holds up a row, and its bytes are not
    what a row waits for to be safe on the disk."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return settings.TRAIL_DATABASE if model._meta.app_label == LABEL else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:
        if settings.TRAIL_DATABASE == "default":
            return None
        return (db == settings.TRAIL_DATABASE) == (app_label == LABEL)
