"""Which site a command works on: said before it does, and made sure that it is there."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper
from django.db import DatabaseError, connections

from hoopviewer.databases import DatabaseAway, named, require_answer


def require_site(alias: str, table: str, stderr: OutputWrapper) -> None:
    """Name the database, or raise CommandError where it is not there or was never migrated. Makes nothing:
    an answer about a new, empty database would be believed."""
    what = "trail" if alias == settings.TRAIL_DATABASE and table.startswith("trail_") else "database"
    missing = CommandError(
        f"There is no {what} here yet: {named(alias)}. Is this the site's environment (DATABASE_URL,"
        " HOOPVIEWER_DATA_DIR)?"
    )
    connection = connections[alias]
    name = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite" and not (":memory:" in name or "mode=memory" in name)
    if is_file and not Path(name).is_file():
        raise missing
    try:
        require_answer(alias)
        if table not in connection.introspection.table_names():
            raise missing
    except DatabaseAway as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        raise CommandError(f"{named(alias)} cannot be read: {type(error).__name__}.") from error
    stderr.write(f"The {what}: {named(alias)}.", style_func=str)
