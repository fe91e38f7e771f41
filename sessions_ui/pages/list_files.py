"""Rows of the list as CSV, a line a session, and as JSON, each row as hoop gave it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sessions_ui.archive.list_filter import is_forced
from sessions_ui.archive.list_walk import Row
from sessions_ui.eventlog.formats.csv_rows import guard_formula
from sessions_ui.eventlog.formats.moments import rfc3339
from sessions_ui.pages.lines import CHANGED, ERASED
from sessions_ui.pages.list_shapes import SessionLine
from sessions_ui.session import ReviewGroup, Session

HEADER = (
    *("id", "started", "ended", "open_seconds", "person_id", "person_email", "person_name", "identity"),
    *("connection", "type", "subtype", "tags", "verb", "status", "exit_code", "review_type", "review_status"),
    *("review_groups", "forced", "marks", "event_size", "batch", "correlation"),
    *("how_it_ended", "was_it_approved", "covering_approval", "covered_by_session", "credential_session"),
    "changed_at_hoop",
    *("first_read_at", "first_read_exit_code", "first_read_ended", "first_read_event_size"),
)
CHUNK_ROWS = 100
#: A row as hoop gave it, and the list's own words of it.
Told = tuple[Row, SessionLine]


def csv_rows(rows: Iterable[Told]) -> Iterator[bytes]:
    """RFC 4180, UTF-8, safe to open in a spreadsheet."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for number, (row, line) in enumerate(rows, 1):
        writer.writerow([guard_formula(cell) for cell in _cells(row.session, line)])
        if number % CHUNK_ROWS == 0:
            yield held.getvalue().encode("utf-8", "backslashreplace")
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode("utf-8", "backslashreplace")


def json_rows(rows: Iterable[Told]) -> Iterator[bytes]:
    """An array, a row a line: hoop's, and beside it what the list says of it, as ``hoopviewer``."""
    before = "[\n"
    for row, line in rows:
        told = {**row.fields, "hoopviewer": _words(line)}
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        # Half a character, which no UTF-8 can hold, as JSON escapes it.
        yield f"{before}{text}".encode("utf-8", "backslashreplace")
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def _words(line: SessionLine) -> dict[str, Any]:
    first = line.first_read
    return {
        "how_it_ended": _ending(line),
        "was_it_approved": line.review,
        "covering_approval": _covering_words(line),
        "marks": _marks(line),
        "changed_at_hoop": _is_changed(line),
        "first_read": {
            "at": _moment(first.read_at),
            "exit_code": first.exit_code,
            "end_date": _moment(first.end_date) or None,
            "event_size": first.event_size,
        }
        if first
        else None,
    }


def _covering_words(line: SessionLine) -> dict[str, str] | None:
    """Of a session without a review: whether another's approval covers it, which is our inference."""
    found = line.covering
    if found is None:
        return None
    return {"looked": found.looked, "session": found.session_id, "by": found.by, "doubt": found.doubt}


def _marks(line: SessionLine) -> list[str]:
    return [mark for _, mark in line.marks]


def _is_changed(line: SessionLine) -> bool:
    return not {CHANGED, ERASED}.isdisjoint(_marks(line))


def _ending(line: SessionLine) -> str:
    """As the list says it; of a changed one with what hoop says now, as the row's other columns do."""
    return f"{line.ending}; {line.now_at_hoop}" if line.now_at_hoop else line.ending


def _first_read(line: SessionLine) -> list[str]:
    """Blank where nothing was changed, or where this person may not see the recording it rests on."""
    first = line.first_read
    if first is None:
        return [""] * 4
    code = "" if first.exit_code is None else str(first.exit_code)
    return [_moment(first.read_at), code, _moment(first.end_date), str(first.event_size)]


def _cells(session: Session, line: SessionLine) -> list[str]:
    """hoop's own values, and behind them the list's words."""
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
        "; ".join(_marks(line)),
        str(session.event_size),
        session.batch_id,
        session.correlation_id,
        _ending(line),
        line.review,
        line.covering.looked if line.covering else "",
        line.covering.session_id if line.covering else "",
        str(session.metadata.get("credential_session") or ""),
        "yes" if _is_changed(line) else "no",
        *_first_read(line),
    ]


def _group(group: ReviewGroup) -> str:
    by = group.reviewed_by
    who = f" by {by.email or by.id}" if by else ""
    at = f" at {_moment(group.reviewed_at)}" if group.reviewed_at else ""
    return f"{group.group}: {group.status}{who}{at}"


def _moment(at: datetime | None) -> str:
    return rfc3339(at) if at else ""
