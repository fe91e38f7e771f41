"""``GET /api/sessions/{id}``: hoop's own route, answered from the archive in hoop's own form.

The envelope is what the metadata request brought, byte for byte; ``event_stream`` is in it only when
it was asked for, where hoop has it, and only for who may see it (hoop leaves it out, with a 200, as
well). Where we differ from hoop, docs/api.md says why.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from itertools import chain, islice

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response

from sessions_ui.access.policy import Rights
from sessions_ui.access.tokens import grants_input, takes_token, token_of_request
from sessions_ui.api.answers import (
    MOVING,
    Refusal,
    asked_wait,
    described,
    etag,
    gateway_trouble,
    hoops_form,
)
from sessions_ui.api.envelope import around_stream, without_stream
from sessions_ui.api.forms import in_form, kinds_of
from sessions_ui.api.query import Asked, read_query
from sessions_ui.api.reading import read_events
from sessions_ui.archive.event_logs import EventLog, NotRead
from sessions_ui.archive.reading import LogGone
from sessions_ui.archive.sessions import Kept
from sessions_ui.pages.opening import admit, open_log, person_of_request

#: How long a log may be waited for unasked, so that an ordinary one is there at once.
WAIT_SECONDS = 2
#: Who asks to wait longer holds a thread for it: some must stay free for pages.
_waiting = threading.BoundedSemaphore(max(1, settings.HOOPVIEWER_THREADS // 4))


@takes_token
@hoops_form
def api_session(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """``expand=event_stream`` brings the stream; ``extension`` a link to a file of it instead."""
    asked = read_query(request.GET)
    person = person_of_request(request)
    kept, may = admit(person, session_id)
    shows_input = grants_input(token_of_request(request), person)
    if asked.extension:
        raise Refusal(422, f"files are at /sessions/{session_id}/download")
    log = find_log(request, kept, may) if asked.expands_stream else None
    tag = _tag(kept, log, asked, shows_input=shows_input)
    response = get_conditional_response(request, etag=tag) or _answer(
        request, kept, log, asked, shows_input=shows_input
    )
    response["ETag"] = tag
    return described(response, kept)


def find_log(request: HttpRequest, kept: Kept, may: Rights) -> EventLog | None:
    """The published log, which is waited for as the request prefers; None where the person may see none of
    it, or hoop has none. Raises Refusal."""
    wanted = asked_wait(request)
    holds = wanted is not None and wanted > WAIT_SECONDS and _waiting.acquire(blocking=False)
    wait = wanted if wanted is not None and (holds or wanted <= WAIT_SECONDS) else WAIT_SECONDS
    try:
        opened = open_log(request, kept, may, wait_seconds=wait, whole=True)
    finally:
        if holds:
            _waiting.release()
    if wanted is not None:
        request.preference_applied = f"wait={wait}"  # type: ignore[attr-defined]  # said with the answer
    log = opened.log
    if isinstance(log, NotRead):
        raise gateway_trouble(log.failure, about="the event stream could not be read. ")
    if log is not None and not isinstance(log, EventLog):
        raise Refusal(503, "the event stream is still being read from hoop")
    return log if log is not None and log.record.stream_seen else None


def _tag(kept: Kept, log: EventLog | None, asked: Asked, *, shows_input: bool) -> str:
    parts: list[object] = ["1", hashlib.sha256(kept.envelope).hexdigest()]
    if log is not None:
        kinds = kinds_of(asked, kept.session)
        parts += [log.record.events_sha256, log.events, asked.form, kinds, shows_input]
    return etag(*parts)


def _answer(
    request: HttpRequest, kept: Kept, log: EventLog | None, asked: Asked, *, shows_input: bool
) -> HttpResponseBase:
    kind = "application/json"
    if request.method == "HEAD":
        # No length is told, as none would be with the body.
        return StreamingHttpResponse(iter(()), content_type=kind)
    if log is None:
        return HttpResponse(without_stream(kept.envelope), content_type=kind)
    body = _expanded(kept, log, asked, shows_input=shows_input)
    try:
        # A log that is gone, or damaged at its beginning, is noticed while there is still a status.
        begun = list(islice(body, 2))
    except LogGone as error:
        raise Refusal(503, MOVING) from error
    return StreamingHttpResponse(chain(begun, body), content_type=kind)


def _expanded(kept: Kept, log: EventLog, asked: Asked, *, shows_input: bool) -> Iterator[bytes]:
    before, size_member, after = around_stream(kept.envelope)
    yield before
    events = read_events(log, kinds_of(asked, kept.session), shows_input=shows_input)
    size = yield from in_form(events, asked, kept.session)
    if size is not None and size_member:
        size_member = b',"event_size":%d' % size
    yield size_member + after
