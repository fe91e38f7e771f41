"""The routes below /api/sessions/{id} that read: the session, its output, its RDP frames."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from sessions_ui.demo.standin import gojson
from sessions_ui.demo.standin.http_values import Answer, Request, json_answer, message
from sessions_ui.demo.standin.people import Person
from sessions_ui.demo.standin.state import Session, State
from sessions_ui.demo.standin.streams import FORMS, Form, Printing, form, printed


def session_detail(state: State, request: Request, caller: Person, session: Session) -> Answer:
    """The session itself. Whoever may not read the stream gets the answer without it, and no error."""
    expand = request.query.get("expand")
    fields = expand.split(",")
    chosen: Form | None = None
    if "event_stream" in fields and session.stream and state.may_read_stream(session, caller):
        name = request.query.get("event_stream")
        if name and name not in FORMS:
            return message(422, "event_stream attribute has an unknown type format")
        elapsed = state.elapsed(session)
        if name:
            chosen = form(session.stream, name, elapsed, queries=session.queries)
        else:
            chosen = Form(session.stream.chunks(elapsed))
    shown = envelope_shown(session, with_script=not expand or "session_input" in fields)
    return Answer(200, session_body(shown, chosen), "application/json")


def envelope_shown(session: Session, *, with_script: bool) -> dict[str, Any]:
    shown = dict(session.envelope)
    if not with_script and "script" in shown:
        shown["script"] = {"data": ""}
    if shown.get("review"):
        shown["review"] = review_shown(shown["review"])
    return shown


def review_shown(review: dict[str, Any]) -> dict[str, Any]:
    """A review as the session route shows it: its times cut to milliseconds."""
    shown = dict(review)
    for key in ("revoke_at", "created_at"):
        if key in shown:
            shown[key] = gojson.milliseconds(shown[key])
    return shown


def session_body(shown: dict[str, Any], stream: Form | None) -> bytes | Iterator[bytes]:
    """The JSON of a session; its stream is woven in before ``event_size`` without being held."""
    if stream and stream.event_size is not None:
        shown["event_size"] = stream.event_size
    first = next(stream.chunks, b"") if stream else b""
    if stream is None or not first:
        return gojson.encode(shown) + b"\n"
    keys = list(shown)
    place = keys.index("event_size") if "event_size" in keys else len(keys)
    before = gojson.encode({key: shown[key] for key in keys[:place]})[:-1]
    after = gojson.encode({key: shown[key] for key in keys[place:]})[1:]
    head = before + (b"," if place else b"") + b'"event_stream":' + first
    tail = (b"," if place < len(keys) else b"") + after + b"\n"
    return chain([head], stream.chunks, [tail])


def chosen_kinds(request: Request) -> tuple[str, ...]:
    """``events`` as the downloads read it: one comma list, not trimmed; nothing valid means o and e."""
    kinds = tuple(kind for kind in request.query.get("events").split(",") if kind in ("i", "o", "e"))
    return kinds or ("o", "e")


def result_stream(state: State, request: Request, caller: Person, session: Session) -> Answer:
    """The printed output as plain text; despite its name hoop writes it in one go."""
    if not state.may_read_stream(session, caller):
        return message(403, "user is not allowed to stream this session")
    query = request.query
    how = Printing(chosen_kinds(request), query.get("newline") == "1", query.get("event-time") == "1")
    body: bytes | Iterator[bytes] = b""
    if session.stream:
        body = printed(session.stream.events(state.elapsed(session)), session.started, how)
        # A malformed event must become a 500 before anything is sent; only a made log is surely sound.
        body = body if session.stream.large else b"".join(body)
    headers = [("X-Content-Type-Options", "nosniff")]
    return Answer(200, body, "text/plain; charset=utf-8", headers, chunked=True)


def rdp_frames(state: State, request: Request, caller: Person, session: Session) -> Answer:
    refused = _rdp_refused(state, caller, session)
    if refused:
        return refused
    events = list(session.stream.events(0)) if session.stream else []
    frames = [
        {"index": index, "timestamp": event[0], "bitmap": json.loads(base64.b64decode(event[2]))}
        for index, event in enumerate(event for event in events if event[1] == "b")
    ]
    offset, limit = _whole(request.query.get("offset"), 0), _whole(request.query.get("limit"), 50)
    limit = limit if 1 <= limit <= 200 else 50
    page = frames[offset : offset + limit]
    return json_answer(
        {
            "frames": page or None,
            "total_frames": len(frames),
            "total_duration": frames[-1]["timestamp"] if frames else 0,
            "offset": offset,
            "limit": limit,
            "has_more": offset + limit < len(frames),
        }
    )


def rdp_detections(state: State, request: Request, caller: Person, session: Session) -> Answer:
    refused = _rdp_refused(state, caller, session)
    if refused:
        return refused
    status = (session.envelope.get("metrics") or {}).get("rdp_analysis_status") or "not_analyzed"
    analysis = {"status": status, "attempt": 0, "max_attempts": 3}
    return json_answer({"detections": [], "total": 0, "analysis_status": status, "analysis": analysis})


def _rdp_refused(state: State, caller: Person, session: Session) -> Answer | None:
    if not state.may_read_stream(session, caller):
        return message(403, "user is not allowed to access this session")
    if session.envelope.get("connection_subtype") != "rdp":
        return message(400, "session is not an RDP recording")
    return None


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() else default
