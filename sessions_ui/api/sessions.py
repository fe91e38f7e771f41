"""``GET /api/sessions/{id}``: hoop's own route, answered from the archive in hoop's own form.

The envelope is what the metadata request brought, unknown fields included; ``event_stream`` is there
only when it is asked for, and only for who may see it (hoop leaves it out, with a 200, as well).
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from sessions_ui.access.tokens import takes_token
from sessions_ui.archive.event_logs import EventLog, NotRead
from sessions_ui.eventlog.formats.triples import triples
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.opening import Opened, open_session
from sessions_ui.pages.refusals import NotASessionId, NotYours, words_for

WAIT_SECONDS = 5


@takes_token
@require_safe
def api_session(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """``expand=event_stream`` brings the stream: raw triples, or ``event_stream=base64|utf8``."""
    wanted = [part for part in request.GET.get("expand", "").split(",") if part]
    form = request.GET.get("event_stream", "")
    if form not in ("", "base64", "utf8"):
        return _message(422, "event_stream attribute has an unknown type format")
    if request.GET.get("extension"):
        return _message(422, f"files are at /sessions/{session_id}/download")
    try:
        opened = open_session(request, session_id, wait_seconds=WAIT_SECONDS if wanted else 0, whole=True)
    except NotASessionId:
        return _message(404, "not a session id")
    except NotYours:
        return _message(403, "user is not allowed to access this session")
    except GatewayError as error:
        words = words_for(type(error).__name__)
        return _message(words.status, "not found" if words.status == 404 else words.happened)
    if "event_stream" not in wanted or opened.log is None:
        return HttpResponse(opened.kept.envelope, content_type="application/json")
    if isinstance(opened.log, NotRead):
        words = words_for(opened.log.failure)
        return _message(words.status, f"the event stream could not be read. {words.happened}")
    if not isinstance(opened.log, EventLog):
        return _message(503, "the event stream is still being read from hoop")
    if not opened.log.record.stream_seen:
        return HttpResponse(opened.kept.envelope, content_type="application/json")
    return StreamingHttpResponse(_expanded(opened, opened.log, form), content_type="application/json")


def _expanded(opened: Opened, log: EventLog, form: str) -> Iterator[bytes]:
    """The envelope with the stream where hoop has it: before ``event_size``."""
    envelope = dict(opened.kept.fields)
    envelope.pop("event_stream", None)
    names = list(envelope)
    place = names.index("event_size") if "event_size" in names else len(names)
    before = {name: envelope[name] for name in names[:place]}
    after = {name: envelope[name] for name in names[place:]}
    yield (
        json.dumps(before, separators=(",", ":"))[:-1].encode()
        + (b"," if before else b"")
        + b'"event_stream":'
    )
    if form == "base64":
        yield b'["'
        yield from _base64(log.printed())
        yield b'"]'
    elif form == "utf8":
        # Bytes that are no UTF-8 become U+FFFD here; hoop answers with an error sentence instead.
        text = b"".join(log.printed()).decode("utf-8", "replace")
        yield json.dumps([text]).encode()
    else:
        yield from triples(log.read_all())
    yield (b"," + json.dumps(after, separators=(",", ":"))[1:].encode()) if after else b"}"


def _base64(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """One base64 text over all chunks: cut where three bytes make four characters."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        whole = len(data) - len(data) % 3
        rest = data[whole:]
        yield binascii.b2a_base64(data[:whole], newline=False)
    yield binascii.b2a_base64(rest, newline=False)


def _message(status: int, text: str) -> HttpResponse:
    response = JsonResponse({"message": text}, status=status)
    if status in (503, 504):
        response["Retry-After"] = "5"
    return response
