"""The product as a Django app."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class SessionsUIConfig(AppConfig):
    """Registers the system checks, and keeps SQLite's file to its owner."""

    name = "sessions_ui"
    verbose_name = "Sessions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sessions_ui import checks  # noqa: F401  registers on import
        from sessions_ui.access.signin import checks as sign_in_checks  # noqa: F401

        connection_created.connect(keep_database_private, dispatch_uid="sessions_ui.private")


def keep_database_private(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Mode 0600 for a SQLite file; its -wal and -shm files take the mode of the first."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or ":memory:" in name or "mode=memory" in name:
        return
    path = Path(name)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(name + suffix):
                os.chmod(name + suffix, 0o600)
