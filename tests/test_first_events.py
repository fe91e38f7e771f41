"""The first events of a long log are on its page while the rest is still arriving."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from sessions_ui.archive import event_logs, ingest
from sessions_ui.archive.event_logs import Arriving, EventLog, open_event_log
from sessions_ui.archive.sessions import get_session
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import EventLogRecord, SessionRecord
from sessions_ui.pages import opening
from tests.waiting import LONG


@pytest.fixture
def half_sent(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> str:
    """A long recording of which hoop sends five megabytes, and no more until the fault is cleared."""
    monkeypatch.setattr(event_logs, "PATIENCE_SECONDS", 0)
    session_id = hoop.add_large_log(events=30_000)
    hoop.faults.set("stall", path="/api/sessions/*", query="*expand=event_stream*", after=5_000_000)
    return session_id


def test_it_shows_the_first_events_and_nothing_that_needs_the_whole(
    half_sent: str, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = half_sent
    page = operator.get(f"/sessions/{session_id}/log").content.decode()
    assert "The recording is being read from hoop, " in page
    assert 'id="e1"' in page
    assert "./replay --all-orders" in page
    assert "The first rows; the rest can be read once all of it is here." in page
    assert "/download?format=" not in page
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0)
    assert operator.get(f"/sessions/{session_id}/search?q=order").status_code == 503


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


def test_it_says_that_it_reads_anew_after_an_interruption(half_sent: str, operator: Client) -> None:
    kept = get_session(UUID(half_sent))
    EventLogRecord.objects.create(
        session_id=kept.record_id, state="arriving", owner="a process that died", started_at=timezone.now()
    )
    page = operator.get(f"/sessions/{half_sent}/log").content.decode()
    assert "The process that read it before ended in the middle, so it is read anew." in page


def test_it_reads_anew_what_an_earlier_release_cut_elsewhere(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = hoop.add_running(minutes_ago=3)
    hoop.at(session_id, 120)
    monkeypatch.setattr("sessions_ui.archive.segments.SEGMENT_ROWS", 7)
    open_event_log(get_session(UUID(session_id)), wait_seconds=LONG)
    monkeypatch.setattr("sessions_ui.archive.segments.SEGMENT_ROWS", 9)
    hoop.at(session_id, 170)
    earlier = timezone.now() - timedelta(hours=1)
    SessionRecord.objects.update(fetched_at=earlier)
    EventLogRecord.objects.update(started_at=earlier, ended_at=earlier)
    open_event_log(get_session(UUID(session_id)), wait_seconds=LONG)
    ingest.finish_ingests()
    log = open_event_log(get_session(UUID(session_id)))
    assert isinstance(log, EventLog)
    assert [event.number for event in log.read_from(1)] == list(range(1, log.events + 1))
