"""``/api/openapi.json``: the API as an OpenAPI 3.1 document.

It is the same for everybody and says nothing of any session, so it asks for no sign-in.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from sessions_ui.access.signin import open_to_all
from sessions_ui.api.answers import LONGEST_WAIT_SECONDS, etag, hoops_form
from sessions_ui.api.query import EXPANSIONS, FORMS, KINDS, MAX_EXTENSION
from sessions_ui.api.schemas import SCHEMAS

#: Of the form of the API, not of the program.
VERSION = "1.0"
Document = dict[str, Any]


@open_to_all
@hoops_form
def api_openapi(request: HttpRequest) -> HttpResponseBase:
    """The document."""
    response = get_conditional_response(request, etag=_TAG)
    if response is None:
        response = HttpResponse(b"" if request.method == "HEAD" else _TEXT, content_type="application/json")
    response["ETag"] = _TAG
    response["Cache-Control"] = "no-cache"
    return response


def _query(name: str, schema: Document, description: str, **more: Any) -> Document:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": description,
        **more,
    }


def _one_of(*values: str) -> Document:
    """A blank value is as if it were not there."""
    return {"type": "string", "enum": ["", *values]}


def _list_of(values: tuple[str, ...]) -> Document:
    return {"type": "array", "items": _one_of(*values)}


def _answer(status: int, description: str, **more: Any) -> tuple[str, Document]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}
    return str(status), {"description": description, "content": content, **more}


_FLAG: Document = {**_one_of("0", "1"), "default": "0"}
_RETRY: Document = {
    "headers": {
        "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds to wait."}
    }
}
_PARAMETERS: list[Document] = [
    {
        "name": "session_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "A UUID; upper case, braces and missing hyphens are taken, as hoop takes them.",
    },
    _query(
        "expand",
        _list_of(EXPANSIONS),
        "event_stream: bring the recording with the session. session_input is taken and changes nothing: "
        "the script is always there. Repeated, or a comma list.",
        style="form",
        explode=False,
    ),
    _query(
        "event_stream",
        _one_of(*FORMS),
        "The form of the expanded recording; without it, raw triples. utf8: output and errors as one text; "
        "a byte that is no UTF-8 is U+FFFD. base64: the same bytes. raw-queries: the statements of a "
        "native Postgres session.",
    ),
    _query(
        "events",
        _list_of(tuple(KINDS)),
        "Which events the recording, or the file, is made of: input, output, errors. Without it: all in raw "
        "triples, o and e elsewhere. Repeated, or a comma list.",
        style="form",
        explode=True,
    ),
    _query(
        "extension",
        {"type": "string", "maxLength": MAX_EXTENSION},
        "Answer with a link to the session as a file: csv, json, or anything else for the content as it is.",
    ),
    _query(
        "blob-type",
        _one_of("session_input"),
        "With extension: a file of the script instead of the recording.",
    ),
    _query("event-time", _FLAG, "In a file of the content: the time before each event."),
    _query("new_line", _FLAG, "In a file of the content: a line end behind each event."),
    _query("newline", _FLAG, "new_line by the name that hoop reads."),
    _query(
        "copy",
        _one_of("hoop"),
        "Of a recording that was changed at hoop after it was read: what hoop sends now.",
    ),
    {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "wait=N (RFC 7240): wait up to N seconds, at most "
        f"{LONGEST_WAIT_SECONDS}, for a recording that is still being read from hoop.",
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The ETag of an earlier answer.",
    },
]
_SESSION: Document = {
    "description": "The session as hoop sent it; with extension, a link.",
    "headers": {
        "ETag": {"schema": {"type": "string"}, "description": "Of everything that the answer is made of."},
        "X-Fetched-At": {
            "schema": {"type": "string", "format": "date-time"},
            "description": "When hoop last said so.",
        },
        "X-Stale": {
            "schema": {"type": "string"},
            "description": "There when hoop could not be asked, or no longer has the session; says which.",
        },
        "X-Changed-At-Hoop": {
            "schema": {"type": "string"},
            "description": "There when hoop said something else of the session after it had ended: when it "
            "was last seen unchanged, a slash, and when it was first seen changed.",
        },
        "X-Event-Stream": {
            "schema": {"enum": ["not-shown", "not-at-hoop", "kept", "at-hoop"]},
            "description": "Why event_stream is left out though it was asked for, or which copy of a changed "
            "recording it is.",
        },
        "Preference-Applied": {"schema": {"type": "string"}, "description": "The wait that was granted."},
    },
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/Session"},
                    {"$ref": "#/components/schemas/Link"},
                ]
            }
        }
    },
}
_ERRORS = dict(
    [
        _answer(401, "Nobody is signed in, or the token is not accepted."),
        _answer(403, "Not this person's to see, or to download."),
        _answer(404, "hoop has no such session, or this is no id of one."),
        _answer(422, "A value that cannot be taken; the message names it."),
        _answer(429, "As many answers as one person may have at once are on their way.", **_RETRY),
        _answer(500, "A defect of hoopviewer, or a setting that it lacks."),
        _answer(502, "hoop refused, or its answer makes no sense.", **_RETRY),
        _answer(503, "hoop cannot be reached, or the recording is still being read from it.", **_RETRY),
        _answer(504, "hoop did not answer in time.", **_RETRY),
    ]
)
_FILE: Document = {
    "description": "The file.",
    "headers": {
        "Content-Disposition": {"schema": {"type": "string"}, "description": "The name of the file."},
        "X-Event-Count": {"schema": {"type": "integer"}, "description": "The events in it."},
    },
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "text/csv": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {"schema": {"$ref": "#/components/schemas/File"}},
    },
}

DOCUMENT: Document = {
    "openapi": "3.1.0",
    "info": {
        "title": "hoopviewer",
        "version": VERSION,
        "description": "GET /api/sessions/{session_id} of hoop, answered from hoopviewer's own archive. A "
        "person sees what hoop would show them. docs/api.md lists the differences from a gateway.",
    },
    "servers": [{"url": "/"}],
    "security": [{"token": []}, {"session": []}],
    "paths": {
        "/api/sessions/{session_id}": {
            "get": {
                "operationId": "getSession",
                "summary": "A session, with its recording or a link to it as a file",
                "parameters": _PARAMETERS,
                "responses": {
                    "200": _SESSION,
                    "304": {"description": "What was asked for is what If-None-Match names."},
                    **_ERRORS,
                },
            }
        },
        "/dl/{token}": {
            "get": {
                "operationId": "getFile",
                "summary": "The file of a link",
                "description": "Good for five minutes, for one GET sent to its end, for who made it.",
                "parameters": [
                    {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {
                    "200": _FILE,
                    **_ERRORS,
                    **dict([_answer(410, "The link was not used within its five minutes.")]),
                },
            }
        },
        "/api/openapi.json": {
            "get": {
                "operationId": "getDocument",
                "summary": "This document",
                "security": [],
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            }
        },
    },
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A personal token, made on the page /tokens.",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "session",
                "description": "The cookie of a browser that is signed in; its name depends on the sign-in.",
            },
        },
    },
}
_TEXT = json.dumps(DOCUMENT, indent=1).encode()
_TAG = etag(_TEXT.decode())
