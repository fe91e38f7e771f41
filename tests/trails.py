"""What tests do with the access trail and no program may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.conf import settings
from django.db import connections

from sessions_ui.trail.chain import Row
from sessions_ui.trail.models import ActorRecord, CheckpointRecord, HeadRecord, OutsideRecord, RowRecord
from sessions_ui.trail.reading import row_of

EVERYTHING = 2**62


def clear_trail() -> None:
    """Delete all of it, below a cut that nobody signed."""
    if not (RowRecord.objects.exists() or CheckpointRecord.objects.exists()):
        return
    CheckpointRecord.objects.create(number=EVERYTHING, last=0, cut=EVERYTHING, text="", signature="")
    RowRecord.objects.all().delete()
    for model in (ActorRecord, HeadRecord, OutsideRecord, CheckpointRecord):
        model.objects.all().delete()


def rows() -> list[Row]:
    """All of them, as the chain has them."""
    return [row_of(record) for record in RowRecord.objects.order_by("number")]


@contextmanager
def unguarded() -> Iterator[None]:
    """The trail without its triggers, as somebody has it who may do anything to the database."""
    names = ("0002_append_only", "0003_no_replace")
    triggers = [import_module(f"sessions_ui.trail.migrations.{name}") for name in names]
    connection = connections[settings.TRAIL_DATABASE]
    with connection.schema_editor() as editor:
        for migration in triggers:
            migration.backwards(None, editor)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            for migration in triggers:
                migration.forwards(None, editor)
