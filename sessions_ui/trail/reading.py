"""What the trail holds, read back."""

from __future__ import annotations

from sessions_ui.trail.chain import Row, instant
from sessions_ui.trail.models import RowRecord


def row_of(record: RowRecord) -> Row:
    """The row as the chain has it."""
    return Row(
        number=record.number,
        at=instant(record.at),
        act=record.act,
        who=record.who,
        session=record.session,
        request=record.request,
        page=record.page,
        ends=record.ends,
        about=record.about,
        previous=record.previous,
        hash=record.hash,
    )
