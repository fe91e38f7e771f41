"""Whether a reading holds all that hoop says it had stored when it sent it."""

from __future__ import annotations

from datetime import datetime

from sessions_ui.models import EventLogRecord
from sessions_ui.session import FLUSH_SECONDS, sizes_fit


def is_whole(reading: EventLogRecord, started_at: datetime | None) -> bool:
    """``started_at`` is the session's. True too where there is nothing to compare.

    A byte more than the verdict takes for whole: hoop is asked again for more than one flush."""
    if reading.end_date is None or started_at is None:
        return True
    seconds = (reading.end_date - started_at).total_seconds()
    return sizes_fit(reading.event_size, reading.wire_bytes, seconds + FLUSH_SECONDS)
