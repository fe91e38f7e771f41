"""Logs brought into the database as the site does it; hoop's answer comes from a file."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from sessions_ui.archive import ingest
from sessions_ui.archive.packing import pack
from sessions_ui.models import EventLogRecord, SessionRecord
from tests.bench import texts


class FileClient:
    """Answers for the gateway's client with the bytes of a file, as a socket gives them."""

    def __init__(self, path: Path, times: int) -> None:
        self._path, self._times = path, times

    @contextmanager
    def open_stream(self, session_id: UUID) -> Iterator[Iterator[bytes]]:
        yield texts.body(self._path, session_id=session_id, times=self._times)


def store(path: Path, *, times: int = 1) -> tuple[EventLogRecord, float]:
    """Ingest a file's events, that many times over, into a new session; the log and the seconds."""
    now, session_id = timezone.now(), uuid.uuid4()
    envelope = texts.envelope(session_id)
    record = SessionRecord.objects.create(
        gateway=settings.HOOP_API_URL,
        org_id="bench",
        session_id=session_id,
        envelope=pack(envelope),
        first_seen_at=now,
        fetched_at=now,
        status="done",
    )
    with mock.patch.object(ingest, "gateway_client", return_value=FileClient(path, times)):
        started = time.perf_counter()
        ingest.start_ingest(record)
        ingest.finish_ingests()
        seconds = time.perf_counter() - started
    log = EventLogRecord.objects.select_related("session").get(session=record)
    if log.state != EventLogRecord.State.PUBLISHED:
        raise RuntimeError(f"the log was not stored: {log.failure}: {log.failure_text}")
    return log, seconds


def refresh(log: EventLogRecord) -> None:
    """Our copy of the session is fresh: a page need not ask hoop."""
    SessionRecord.objects.filter(pk=log.session_id).update(fetched_at=timezone.now())
