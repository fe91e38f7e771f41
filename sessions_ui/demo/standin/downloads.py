"""Download links and the files behind them: one token a session, good once, for five minutes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sessions_ui.demo.standin import gojson
from sessions_ui.demo.standin.http_values import Answer, Request, json_answer, message
from sessions_ui.demo.standin.people import Person
from sessions_ui.demo.standin.sessions import chosen_kinds
from sessions_ui.demo.standin.state import BadSessionId, Session, SessionGone, State
from sessions_ui.demo.standin.streams import Printing, Stream, printed, printed_json

LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True)
class Link:
    token: str
    expires: datetime


class Links:
    """The pending links, by session id as the caller wrote it: a second one replaces the first."""

    def __init__(self) -> None:
        self._pending: dict[str, Link] = {}
        self._lock = threading.Lock()

    def create(self, written_id: str, now: datetime) -> Link:
        link = Link(secrets.token_hex(32), now + LIFETIME)
        with self._lock:
            self._pending[written_id] = link
        return link

    def pop(self, written_id: str) -> Link | None:
        with self._lock:
            return self._pending.pop(written_id, None)


def download_link(
    state: State, links: Links, request: Request, caller: Person, session: Session, written_id: str
) -> Answer:
    """What ``extension=`` (any non-empty value) turns the session route into."""
    if state.downloads_disabled or not state.may_read_stream(session, caller):
        return message(403, "user is not allowed to download this session", with_status=True)
    link = links.create(written_id, state.clock())
    address = f"{state.api_url}/api/sessions/{written_id}/download"
    query = request.query
    if query.get("blob-type") == "session_input":
        address += f"/input?token={link.token}"
    else:
        # hoop pastes the values in as they came, unescaped.
        address += f"?token={link.token}&extension={query.get('extension')}&newline={query.get('newline')}"
        address += f"&event-time={query.get('event-time')}&events={query.get('events')}"
    digits = f"{link.expires.microsecond:06d}{secrets.randbelow(1000):03d}"
    return json_answer({"download_url": address, "expire_at": gojson.rfc3339(link.expires, digits=digits)})


def download(state: State, links: Links, request: Request, written_id: str, *, script: bool) -> Answer:
    """The file itself. The link is spent before its token is even compared, as in hoop."""
    link = links.pop(written_id)
    if link is None:
        return message(404, "not found", with_status=True)
    if state.clock() > link.expires:
        return message(410, "session download link expired", with_status=True)
    if request.query.get("token") != link.token:
        return message(401, "unauthorized", with_status=True)
    try:
        session = state.get(written_id)
    except (SessionGone, BadSessionId):
        return message(500, "failed fetching session")
    extension = "txt" if script else request.query.get("extension")
    body = _script(session) if script else _body(state, request, session, extension)
    name = f"{session.envelope['connection']}-{written_id}-{state.clock():%Y%m%d-%H%M%S}.{extension}"
    headers = [("Content-Disposition", f"attachment; filename={_one_line(name)}")]
    if isinstance(body, bytes):
        headers.append(("Accept-Length", str(len(body))))
    return Answer(200, body, "application/octet-stream", headers)


def _script(session: Session) -> bytes:
    return str((session.envelope.get("script") or {}).get("data") or "").encode()


def _body(state: State, request: Request, session: Session, extension: str) -> bytes | Iterator[bytes]:
    if not session.stream:
        return b""
    pieces = _pieces(request, session, session.stream, extension, state.elapsed(session))
    return pieces if session.stream.large else b"".join(pieces)


def _pieces(
    request: Request, session: Session, stream: Stream, extension: str, elapsed: float
) -> Iterator[bytes]:
    events, kinds = stream.events(elapsed), chosen_kinds(request)
    if extension.endswith("json"):
        return printed_json(events, session.started, kinds)
    query = request.query
    newline, event_time = query.get("newline") == "1", query.get("event-time") == "1"
    return printed(events, session.started, Printing(kinds, newline, event_time, extension.endswith("csv")))


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
