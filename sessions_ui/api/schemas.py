"""The bodies of the API as JSON Schema. A session is hoop's: members that hoop may leave out, send as
``null`` or add are allowed for, and nothing of a newer gateway is refused."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_OBJECT: Schema = {"type": "object"}
_MAYBE_TEXT = _or_null(_TEXT)
_MAYBE_OBJECT = _or_null(_OBJECT)
_DATE: Schema = _or_null(
    {"type": "string", "description": "RFC 3339; hoop's own document has an empty text here."}
)

_TRIPLE: Schema = {
    "type": "array",
    "prefixItems": [
        {"type": "number", "minimum": 0, "description": "Seconds since the recording began."},
        {"type": "string", "description": "i input, o output, e an error; h and b of remote desktops."},
        {"type": "string", "contentEncoding": "base64"},
    ],
    "items": False,
    "minItems": 3,
}
_REVIEWER: Schema = {
    "type": "object",
    "properties": {"id": _TEXT, "name": _TEXT, "email": _TEXT, "slack_id": _TEXT},
}
_REVIEW_GROUP: Schema = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "group": _TEXT,
        "status": _TEXT,
        "reviewed_by": _or_null(_REVIEWER),
        "review_date": _DATE,
        "forced_review": {"type": "boolean"},
    },
}
_REVIEW: Schema = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "type": _TEXT,
        "status": _TEXT,
        "access_duration": {"type": "integer", "description": "Nanoseconds."},
        "created_at": _DATE,
        "revoke_at": _DATE,
        "review_groups_data": _or_null({"type": "array", "items": _REVIEW_GROUP}),
        "time_window": _MAYBE_OBJECT,
        "access_request_rule_name": _MAYBE_TEXT,
        "min_approvals": _or_null({"type": "integer"}),
        "force_approval_groups": _or_null({"type": "array", "items": _TEXT}),
        "rejection_reason": _MAYBE_TEXT,
    },
}
_SESSION: Schema = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": _TEXT,
        "org_id": _TEXT,
        "user": _TEXT,
        "user_id": _TEXT,
        "user_name": _TEXT,
        "identity_type": _TEXT,
        "connection": _TEXT,
        "connection_subtype": _TEXT,
        "connection_tags": _MAYBE_OBJECT,
        "resource_name": _TEXT,
        "role_name": _TEXT,
        "type": _TEXT,
        "verb": _TEXT,
        "status": _TEXT,
        "start_date": _DATE,
        "end_date": _DATE,
        "exit_code": _or_null({"type": "integer"}),
        "script": _or_null({"type": "object", "properties": {"data": _TEXT}}),
        "script_size": _COUNT,
        "labels": _MAYBE_OBJECT,
        "metadata": _MAYBE_OBJECT,
        "integrations_metadata": _MAYBE_OBJECT,
        "metrics": _MAYBE_OBJECT,
        "review": _or_null(_REVIEW),
        "ai_analysis": _MAYBE_OBJECT,
        "guardrails_info": _or_null({"type": "array", "items": _OBJECT}),
        "event_size": {
            **_COUNT,
            "description": "Bytes of hoop's stored JSON; with utf8 the characters of the text, with "
            "base64 the length of it, with raw-queries the bytes of the statements.",
        },
        "event_stream": {
            "description": "Absent unless it was asked for, may be seen and is there at hoop. A list of "
            "triples; with utf8 and base64 of one text. An event that hoop sent in another form is passed on "
            "as it is. null: raw-queries found no statement.",
            "anyOf": [
                {"type": "array", "items": {"anyOf": [_TRIPLE, _TEXT, {"description": "An odd event."}]}},
                {"type": "null"},
            ],
        },
    },
    "additionalProperties": True,
}
_LINK: Schema = {
    "type": "object",
    "required": ["download_url", "expire_at"],
    "properties": {
        "download_url": {"type": "string", "format": "uri"},
        "expire_at": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": False,
}
#: A file made by ``formats.json_events``.
_FILE: Schema = {
    "type": "object",
    "required": ["session", "copy", "recording", "masked", "clock", "selection", "events", "event_count"],
    "properties": {
        "copy": {"enum": ["kept", "at-hoop"]},
        **dict.fromkeys(("session", "connection", "person", "recording"), _TEXT),
        "masked": {"type": "boolean"},
        "events_sha256": _MAYBE_TEXT,
        "clock": {"enum": ["recorded", "estimated", "unknown"]},
        "started_at": _MAYBE_TEXT,
        "selection": _OBJECT,
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["event", "offset_seconds", "time", "kind", "encoding", "data"],
                "properties": {
                    "event": {"type": "integer", "minimum": 1},
                    "offset_seconds": {"type": "number", "minimum": 0},
                    "time": _MAYBE_TEXT,
                    "kind": _TEXT,
                    "encoding": {"enum": ["utf-8", "base64", "json"]},
                    "data": _TEXT,
                },
                "additionalProperties": False,
            },
        },
        "event_count": {**_COUNT, "description": "How many events are in the file; its last member."},
    },
    "additionalProperties": False,
}
_MESSAGE: Schema = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {"type": "string", "minLength": 1},
        "status": {"type": "integer", "description": "There where files are concerned, as at hoop."},
    },
    "additionalProperties": False,
}
SCHEMAS: dict[str, Schema] = {
    "Session": _SESSION,
    "Link": _LINK,
    "File": _FILE,
    "Message": _MESSAGE,
}
