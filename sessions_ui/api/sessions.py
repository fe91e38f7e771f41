"""``GET /api/sessions/{id}``: hoop's own route, answered from the archive in hoop's own form.

The envelope is what the metadata request brought, byte for byte; ``event_stream`` is in it only when
it was asked for, where hoop has it, and only for who may see it (hoop leaves it out, with a 200, as
well). Where we differ from hoop, docs/api.md says why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator
from itertools import islice

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response

from sessions_ui.access.policy import Rights
from sessions_ui.access.tokens import grants_input, takes_token, token_of_request
from sessions_ui.api.answers import (
    described,
    etag,
    hoops_form,
)
from sessions_ui.api.envelope import around_stream, with_values, without_stream
from sessions_ui.api.forms import in_form, kinds_of
from sessions_ui.api.links import link_answer
from sessions_ui.api.query import Asked, read_query
from sessions_ui.api.reading import find_log, read_events
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.page_cache import small_page_cache
from sessions_ui.eventlog.formats.moments import rfc3339
from sessions_ui.pages.files import Sent, in_trail, sending
from sessions_ui.pages.opening import admit, person_of_request
from sessions_ui.trail.acts import Act
from sessions_ui.verdicts.changes import is_changed

TYPE = "application/json"


@takes_token
@hoops_form
def api_session(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """``expand=event_stream`` brings the stream; ``extension`` a link to a file of it instead."""
    asked = read_query(request.GET)
    person = person_of_request(request)
    kept, may = admit(person, session_id)
    shows_input = grants_input(token_of_request(request), person)
    if asked.extension:
        return link_answer(request, kept, may, asked, reveals=shows_input)
    log = (
        find_log(request, kept, may, copy=asked.copy, shows_input=shows_input)
        if asked.expands_stream
        else None
    )
    if log is not None and not log.record.stream_seen:
        log = None
    told = _stream_told(kept, may, asked, log)
    tag = _tag(kept, log, asked)
    about = _about(asked, log, told, shows_input=shows_input)
    begins = in_trail(request, Act.API_CALLED, session=kept.session.id, about=about)
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None or request.method == "HEAD":
        begins()(Sent(0, finished=True))
        # Of HEAD no length is told, as none may be with the body.
        response = unchanged or StreamingHttpResponse(iter(()), content_type=TYPE)
    else:
        response = _sent(request, kept, log, asked, begins)
    response["ETag"] = tag
    if told:
        response["X-Event-Stream"] = told
    return described(response, kept)


def _sent(
    request: HttpRequest,
    kept: Kept,
    log: EventLog | None,
    asked: Asked,
    begins: Callable[[], Callable[[Sent], None]],
) -> StreamingHttpResponse:
    if log is not None:
        chunks = _begun(_expanded(kept, log, asked))
        return StreamingHttpResponse(sending(request, chunks, begins), content_type=TYPE)
    body = without_stream(kept.envelope)
    pieces = sending(request, _whole(body), begins, size=len(body))
    response = StreamingHttpResponse(pieces, content_type=TYPE)
    # So that an answer that was cut off is noticed.
    response["Content-Length"] = str(len(body))
    return response


def _tag(kept: Kept, log: EventLog | None, asked: Asked) -> str:
    parts: list[object] = ["2", hashlib.sha256(kept.envelope).hexdigest()]
    if log is not None:
        kinds = kinds_of(asked, kept.session)
        parts += [log.version, asked.form, kinds]
    return etag(*parts)


def _stream_told(kept: Kept, may: Rights, asked: Asked, log: EventLog | None) -> str:
    """Why a stream that was asked for is left out, or which copy it is of where there may be two; blank
    where there is nothing to say. To leave it out with a 200 is hoop's own way."""
    if not asked.expands_stream:
        return ""
    if log is None:
        return "not-at-hoop" if may.stream else "not-shown"
    if kept.changed_between is None:
        return ""
    return "at-hoop" if asked.copy else "kept"


def _about(asked: Asked, log: EventLog | None, told: str, *, shows_input: bool) -> dict[str, object]:
    """What the trail holds of the call, without what is usual."""
    if log is None:
        return {"stream": told} if told else {}
    said = {"form": asked.form, "events": asked.kinds, "copy": asked.copy, "input": shows_input}
    return {"stream": True} | {name: value for name, value in said.items() if value}


def _whole(body: bytes) -> Generator[bytes, None, None]:
    yield body


def _begun(body: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """The same chunks. Raises LogGone: a log that is gone is noticed while there is still a status."""
    first = list(islice(body, 2))

    def rest() -> Generator[bytes, None, None]:
        yield from first
        with small_page_cache():
            yield from body

    return rest()


def _as_read(kept: Kept, log: EventLog) -> bytes:
    """The envelope with what the answer that held this recording said of the end: beside it, hoop's newer
    words would make an answer that no gateway ever gave."""
    facts = log.facts()
    if not is_changed(kept.session, facts):
        return kept.envelope
    end = rfc3339(facts.end_date) if facts.end_date else None
    told = {"exit_code": facts.exit_code, "end_date": end, "event_size": facts.event_size}
    return with_values(kept.envelope, {name: json.dumps(value).encode() for name, value in told.items()})


def _expanded(kept: Kept, log: EventLog, asked: Asked) -> Generator[bytes, None, None]:
    before, size_member, after = around_stream(_as_read(kept, log))
    yield before
    events = read_events(log, kinds_of(asked, kept.session))
    size = yield from in_form(events, asked, kept.session)
    if size is not None and size_member:
        size_member = b',"event_size":%d' % size
    yield size_member + after
