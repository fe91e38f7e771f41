"""The log as CSV (RFC 4180) with a header, safe to open in a spreadsheet.

A cell that a spreadsheet would run as a formula gets a ``'`` in front: after leading blanks, and at
the start of each of its lines too (OWASP's list, with the full-width forms).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.records import EventRecord, event_record
from sessions_ui.eventlog.formats.triples import CHUNK_BYTES

HEADER = EventRecord._fields
_FORMULA = re.compile(r"^(?=[ \u00a0\u3000]*[=+\-@\t\r＝＋－＠])", re.MULTILINE)


def csv_rows(events: Iterable[Event], *, started_at: datetime | None) -> Iterator[bytes]:
    """UTF-8, CRLF between rows."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for event in events:
        record = event_record(event, started_at=started_at)
        writer.writerow(record._replace(data=guard_formula(record.data)))
        if held.tell() >= CHUNK_BYTES:
            yield held.getvalue().encode("utf-8")
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode("utf-8")


def guard_formula(text: str) -> str:
    """
    >>> guard_formula("=1+1"), guard_formula("a = b"), guard_formula("x\\n @SUM(A1)")
    ("'=1+1", 'a = b', "x\\n' @SUM(A1)")
    """
    return _FORMULA.sub("'", text)
