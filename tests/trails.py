"""What tests do with the access trail and no program may."""

from __future__ import annotations

from sessions_ui.trail.chain import Row
from sessions_ui.trail.models import ActorRecord, CheckpointRecord, HeadRecord, RowRecord
from sessions_ui.trail.reading import row_of

EVERYTHING = 2**62


def clear_trail() -> None:
    """Delete all of it, below a cut that nobody signed."""
    if not (RowRecord.objects.exists() or CheckpointRecord.objects.exists()):
        return
    CheckpointRecord.objects.create(number=EVERYTHING, last=0, cut=EVERYTHING, text="", signature="")
    RowRecord.objects.all().delete()
    for model in (ActorRecord, HeadRecord, CheckpointRecord):
        model.objects.all().delete()


def rows() -> list[Row]:
    """All of them, as the chain has them."""
    return [row_of(record) for record in RowRecord.objects.order_by("number")]
