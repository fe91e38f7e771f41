"""What the verdicts ask of recorded sessions: read as the archive does, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sessions_ui.archive.segments import SegmentBuilder
from sessions_ui.eventlog.events import Event
from sessions_ui.gateway.stream import SessionStream
from sessions_ui.gateway.wire import parse_session
from sessions_ui.session import LogFacts, Session
from tests.recordings import FIXTURES, recorded

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def session_of(name: str, **changes: Any) -> Session:
    """A recorded session: a case, or the file of an answer."""
    return replace(parse_session(recorded(_file(name, "session.json"))), **changes)


def log_of(name: str, **changes: Any) -> LogFacts:
    """The facts of a recorded stream: a case, or the file of an answer."""
    body = (FIXTURES / _file(name, "session.expand.json")).read_bytes()
    events, facts = read(body)
    if events and events[-1].kind == "e":
        facts = replace(facts, closing_text=events[-1].payload.decode())
    return replace(facts, **changes)


def read(body: bytes) -> tuple[list[Event], LogFacts]:
    stream, builder = SessionStream(), SegmentBuilder()
    events: list[Event] = []
    for batch in stream.batches([body]):
        list(builder.add(batch))
        rows = zip(batch.seconds, batch.kinds.decode(), batch.payloads, strict=True)
        events += [Event(number, *row) for number, row in enumerate(rows, len(events) + 1)]
    list(builder.close())
    session, totals = parse_session(stream.finish()), builder.totals
    return events, LogFacts(
        events=totals.events,
        typed_events=totals.typed_events,
        output_events=totals.output_events,
        error_events=totals.error_events,
        odd_events=totals.odd_events,
        payload_bytes=totals.typed_bytes + totals.printed_bytes + totals.other_bytes,
        printed_bytes=totals.printed_bytes,
        stream_seen=stream.stream_seen,
        wire_bytes=stream.wire_bytes,
        event_size=session.event_size,
        status=session.status,
        end_date=session.end_date,
        exit_code=session.exit_code,
        only_placeholder=builder.only_placeholder,
        first_seconds=totals.first_seconds,
        last_seconds=totals.last_seconds,
        closing_text="",
        read_at=START,
        events_sha256=builder.events_sha256,
        printed_sha256=builder.printed_sha256,
        full_payloads=totals.full_payloads,
    )


def ended(session: Session, *, after: timedelta) -> datetime:
    assert session.start_date
    return session.start_date + after


def _file(name: str, answer: str) -> str:
    return name if name.endswith(".json") else f"{name}/{answer}"
