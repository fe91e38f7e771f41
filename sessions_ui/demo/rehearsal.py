"""What the demo lets happen before it opens: a finished recording is read, then destroyed at hoop.

hoop lets a session's owner do that, and keeps no trace of it; the page of that session shows what
an archive of one's own is good for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sessions_ui.archive.event_logs import open_event_log
from sessions_ui.archive.ingest import finish_ingests
from sessions_ui.archive.sessions import get_session, make_stale

PATIENCE_SECONDS = 10


def rehearse(session_id: str, destroy: Callable[[str], None]) -> None:
    """Read it, destroy it, and look again as if some time had passed."""
    wanted = UUID(session_id)
    open_event_log(get_session(wanted), wait_seconds=PATIENCE_SECONDS)
    destroy(session_id)
    make_stale(wanted, by=timedelta(minutes=20))
    open_event_log(get_session(wanted))
    finish_ingests()
