"""What the verdicts and the pages are told of a log: counts, times, hoop's last word, hashes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sessions_ui.session import LogFacts

if TYPE_CHECKING:
    from sessions_ui.archive.reading import EventLog

CLOSING_BYTES = 1024
#: Closing texts and hashes that a process remembers: a reading never changes.
KEPT = 1024
#: A page does not wait for more than this to be hashed again as it is shown.
MAX_REHASHED_BYTES = 8 * 1024 * 1024
_closing_texts: dict[int, str] = {}
_masked_hashes: dict[tuple[int, str], str] = {}


def facts_of(log: EventLog) -> LogFacts:
    """Nothing in it tells what is masked, nor how long it is."""
    record = log.record
    return LogFacts(
        events=record.events,
        typed_events=record.typed_events,
        output_events=record.output_events,
        error_events=record.error_events,
        odd_events=record.odd_events,
        payload_bytes=log.payload_bytes,
        printed_bytes=record.printed_bytes,
        stream_seen=record.stream_seen,
        wire_bytes=record.wire_bytes,
        event_size=record.event_size,
        status=record.status,
        end_date=record.end_date,
        exit_code=record.exit_code,
        only_placeholder=record.only_placeholder,
        first_seconds=record.first_seconds,
        last_seconds=record.last_seconds,
        closing_text=_closing_text(log),
        read_at=record.ended_at or record.started_at,
        events_sha256=log.events_sha256,
        printed_sha256=log.printed_sha256,
        full_payloads=record.full_payloads,
        input_hidden=log.mask.hides_all_typed,
    )


def printed_sha256_of(log: EventLog) -> str:
    """Of what was printed, as it is shown; blank where that is another and too long to hash."""
    record = log.record
    if not log.mask.hides_all_headers:
        return record.printed_sha256
    if record.printed_bytes > MAX_REHASHED_BYTES:
        return ""
    key = record.pk, record.printed_sha256
    if key not in _masked_hashes:
        digest = hashlib.sha256()
        for part in log.masked().printed():
            digest.update(part)
        if len(_masked_hashes) >= KEPT:
            _masked_hashes.clear()
        _masked_hashes[key] = digest.hexdigest()
    return _masked_hashes[key]


def _closing_text(log: EventLog) -> str:
    """The last event, when hoop itself wrote it. A reading never changes, so one look is enough."""
    key = log.record.pk
    if key not in _closing_texts:
        if len(_closing_texts) >= KEPT:
            _closing_texts.clear()
        _closing_texts[key] = _read_closing_text(log)
    return _closing_texts[key]


def _read_closing_text(log: EventLog) -> str:
    if not log.record.error_events:
        return ""
    last = next(log.masked().read(log.events, log.events), None)
    if last is None or last.kind != "e":
        return ""
    return last.payload[:CLOSING_BYTES].decode("utf-8", "replace")
