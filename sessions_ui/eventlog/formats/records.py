"""An event as a record of plain values: what JSON and CSV downloads have in common.

``encoding`` says how ``data`` is to be read: ``utf-8`` is the payload itself, ``base64`` a payload
that is not UTF-8, ``json`` an odd event's own JSON, verbatim. ``time`` is empty where the wall
clock of the recording is not known.
"""

from __future__ import annotations

import binascii
from datetime import datetime, timedelta
from typing import NamedTuple

from sessions_ui.eventlog.batch import seconds_text
from sessions_ui.eventlog.events import ODD, Event


class EventRecord(NamedTuple):
    event: int
    offset_seconds: str
    time: str
    kind: str
    encoding: str
    data: str


def event_record(event: Event, *, started_at: datetime | None) -> EventRecord:
    """``started_at`` is the instant of offset 0, None where it is not known.

    >>> event_record(Event(3, 0.25, "o", b"\\xff"), started_at=None)
    EventRecord(event=3, offset_seconds='0.25', time='', kind='o', encoding='base64', data='/w==')
    """
    encoding, data = _readable(event)
    return EventRecord(
        event.number, seconds_text(event.seconds), _time(event, started_at), event.kind, encoding, data
    )


def _readable(event: Event) -> tuple[str, str]:
    try:
        text = event.payload.decode("utf-8")
    except UnicodeDecodeError:
        return "base64", binascii.b2a_base64(event.payload, newline=False).decode("ascii")
    return ("json" if event.kind == ODD else "utf-8"), text


def _time(event: Event, started_at: datetime | None) -> str:
    if started_at is None or event.kind == ODD:
        return ""
    try:
        moment = started_at + timedelta(seconds=event.seconds)
    except OverflowError:
        return ""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
