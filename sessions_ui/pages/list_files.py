"""Rows of the list as CSV, a line a session, and as JSON, each row as hoop gave it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from sessions_ui.archive.list_filter import is_forced, marks_of
from sessions_ui.archive.list_walk import Row
from sessions_ui.eventlog.formats.csv_rows import guard_formula
from sessions_ui.session import ReviewGroup, Session

HEADER = (
    *("id", "started", "ended", "open_seconds", "person_id", "person_email", "person_name", "identity"),
    *("connection", "type", "subtype", "tags", "verb", "status", "exit_code", "review_type", "review_status"),
    *("review_groups", "forced", "marks", "event_size", "batch", "correlation"),
)
CHUNK_ROWS = 100


def csv_rows(rows: Iterable[Row]) -> Iterator[bytes]:
    """RFC 4180, UTF-8, safe to open in a spreadsheet."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for number, row in enumerate(rows, 1):
        writer.writerow([guard_formula(cell) for cell in _cells(row.session)])
        if number % CHUNK_ROWS == 0:
            yield held.getvalue().encode("utf-8", "backslashreplace")
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode("utf-8", "backslashreplace")


def json_rows(rows: Iterable[Row]) -> Iterator[bytes]:
    """An array, a row a line."""
    before = "[\n"
    for row in rows:
        text = json.dumps(row.fields, ensure_ascii=False, separators=(",", ":"))
        # Half a character, which no UTF-8 can hold, as JSON escapes it.
        yield f"{before}{text}".encode("utf-8", "backslashreplace")
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def _cells(session: Session) -> list[str]:
    review = session.review
    return [
        session.id,
        _moment(session.start_date),
        _moment(session.end_date),
        "" if session.open_seconds is None else f"{session.open_seconds:.6f}",
        session.user_id,
        session.user,
        session.user_name,
        session.identity_type,
        session.connection,
        session.type,
        session.subtype,
        "; ".join(f"{name}={text}" for name, text in session.tags.items()),
        session.verb,
        session.status,
        "" if session.exit_code is None else str(session.exit_code),
        review.type if review else "",
        review.status if review else "",
        "; ".join(_group(group) for group in review.groups) if review else "",
        "yes" if is_forced(session) else "no",
        "; ".join(marks_of(session)),
        str(session.event_size),
        session.batch_id,
        session.correlation_id,
    ]


def _group(group: ReviewGroup) -> str:
    by = group.reviewed_by
    who = f" by {by.email or by.id}" if by else ""
    at = f" at {_moment(group.reviewed_at)}" if group.reviewed_at else ""
    return f"{group.group}: {group.status}{who}{at}"


def _moment(at: datetime | None) -> str:
    return at.isoformat().replace("+00:00", "Z") if at else ""
