"""What the stand-in knows: sessions with their stored streams, people, the clock."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sessions_ui.demo.standin import gojson
from sessions_ui.demo.standin.people import People, Person
from sessions_ui.demo.standin.streams import PLACEHOLDER, FlushedStream, StoredStream, Stream

_UUID = re.compile(r"(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}", re.IGNORECASE)


class SessionGone(Exception):
    """hoop's 404: no such session (or not this caller's to touch)."""


class BadSessionId(Exception):
    """hoop's 500: PostgreSQL could not read the id as a UUID."""


def canonical_id(text: str) -> str:
    """The id as PostgreSQL reads it: upper case, braces and missing hyphens are fine."""
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    if not _UUID.fullmatch(text):
        raise BadSessionId
    digits = text.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@dataclass
class Limits:
    """What the list gives at most: rows of a page, the deepest offset, and how far it counts."""

    page: int = 100
    offset: int = 10_000
    count: int = 10_000


@dataclass
class Session:
    """One session: ``envelope`` is what the session route answers, script included, stream left out.

    Review times in it keep their microseconds. ``elapsed`` freezes an open session at that many
    seconds after its start; otherwise the clock decides what has been stored by now.
    """

    id: str
    envelope: dict[str, Any]
    stream: Stream | None = None
    wire_proto: bool = False
    elapsed: float | None = None
    case: str = ""

    @property
    def review(self) -> dict[str, Any] | None:
        review: dict[str, Any] | None = self.envelope.get("review")
        return review

    @property
    def user_id(self) -> str:
        return str(self.envelope.get("user_id") or "")

    @property
    def started(self) -> datetime:
        return gojson.moment(self.envelope["start_date"])

    @property
    def review_groups(self) -> list[str]:
        return [group["group"] for group in (self.review or {}).get("review_groups_data") or []]

    @property
    def queries(self) -> str:
        """What ``event_stream=raw-queries`` does with this session's stream."""
        if not self.wire_proto:
            return "raw"
        return "parse" if self.envelope.get("connection_subtype") == "postgres" else "nothing"


class State:
    """Sessions by canonical id, and in hoop's list order (newest first, then by id, descending)."""

    def __init__(self, people: People, server: dict[str, Any]) -> None:
        self.people = people
        self.server = server
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.api_url = ""
        self.downloads_disabled = False
        self.lock = threading.RLock()
        self.limits = Limits()
        self._sessions: dict[str, Session] = {}
        self._order: list[tuple[datetime, str]] = []

    def add(self, session: Session) -> None:
        with self.lock:
            self.remove(session.id)
            self._sessions[session.id] = session
            insort(self._order, (session.started, session.id))

    def remove(self, session_id: str) -> None:
        with self.lock:
            known = self._sessions.pop(session_id, None)
            if known:
                self._order = [entry for entry in self._order if entry[1] != session_id]

    def get(self, session_id: str) -> Session:
        session = self._sessions.get(canonical_id(session_id))
        if session is None:
            raise SessionGone
        return session

    def newest_first(self, start: datetime | None = None, end: datetime | None = None) -> list[Session]:
        """Those that started from ``start`` to ``end``, both included; without them all."""
        with self.lock:
            low = bisect_left(self._order, (start, "")) if start else 0
            high = bisect_right(self._order, (end, "~")) if end else len(self._order)
            return [self._sessions[session_id] for _, session_id in reversed(self._order[low:high])]

    def by_case(self, case: str) -> Session:
        return next(session for session in self._sessions.values() if session.case == case)

    def elapsed(self, session: Session) -> float:
        if session.elapsed is not None:
            return session.elapsed
        return (self.clock() - session.started).total_seconds()

    def may_open(self, session: Session, person: Person) -> bool:
        return self.may_read_stream(session, person) or bool(set(person.groups) & set(session.review_groups))

    def may_read_stream(self, session: Session, person: Person) -> bool:
        return person.sees_everything or session.user_id == person.id

    def kill(self, session: Session) -> None:
        """End a running session; destroy the recording of a finished one, as hoop does (1.2 of its notes)."""
        with self.lock:
            envelope = session.envelope
            if envelope["status"] == "open" and isinstance(session.stream, FlushedStream):
                self._end(session, session.stream)
            else:
                session.stream = StoredStream([PLACEHOLDER])
            envelope.update(status="done", exit_code=254, end_date=gojson.rfc3339(self.clock()))

    def _end(self, session: Session, running: FlushedStream) -> None:
        elapsed = self.elapsed(session)
        ended = StoredStream(
            [*running.printed(elapsed), (round(elapsed, 6), "e", b"session killed by the user")]
        )
        session.stream = ended
        session.envelope["event_size"] = len(ended.text)
        session.envelope["metrics"] = metrics(len(ended.text))


def metrics(event_size: int) -> dict[str, Any]:
    """The metrics hoop writes when an ordinary session closes."""
    masking = {"err_count": 0, "info_types": {}, "total_redact_count": 0, "transformed_bytes": 0}
    return {"data_masking": masking, "event_size": event_size, "truncated": False}
