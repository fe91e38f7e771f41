"""The first events of a long log are on its page while the rest is still arriving."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.test import Client

from sessions_ui.archive import ingest
from sessions_ui.archive.event_logs import Arriving, EventLog, open_event_log
from sessions_ui.archive.sessions import get_session
from sessions_ui.demo.standin import StandIn


def test_it_shows_the_first_events_and_nothing_that_needs_the_whole(
    hoop: StandIn, operator: Client, settings: Any
) -> None:
    settings.HOOPVIEWER_BETWEEN_BYTES_SECONDS = 30.0
    session_id = hoop.add_large_log(events=30_000)
    hoop.faults.set(
        "stall", path="/api/sessions/*", query="*expand=event_stream*", after=5_000_000, seconds=8
    )
    page = operator.get(f"/sessions/{session_id}/log").content.decode()
    assert "The recording is being read from hoop, " in page
    assert 'id="e1"' in page
    assert "./replay --all-orders" in page
    assert "The first rows; the rest can be read once all of it is here." in page
    assert "/download?format=" not in page
    assert operator.get(f"/sessions/{session_id}/search?q=order").status_code == 503
    ingest.finish_ingests()


def test_what_arrived_is_taken_back_when_the_rest_does_not_come(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_large_log(events=30_000)
    hoop.faults.set("cut", path="/api/sessions/*", query="*expand=event_stream*", after=5_000_000)
    operator.get(f"/sessions/{session_id}/log")
    ingest.finish_ingests()
    log = open_event_log(get_session(UUID(session_id)))
    assert not isinstance(log, Arriving | EventLog)
    page = operator.get(f"/sessions/{session_id}/log").content.decode()
    assert 'id="e1"' not in page
    assert "the answer broke off before its end" in page
