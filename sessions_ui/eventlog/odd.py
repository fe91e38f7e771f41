"""Events that do not have hoop's shape, and the RDP recorder's, said in words."""

from __future__ import annotations

import binascii
import json
import re
from typing import Any

from sessions_ui.eventlog.events import KINDS
from sessions_ui.eventlog.visible import inside_marker

_MAX_EXAMINED = 1 << 20
_DATA = re.compile(rb'"data"\s*:\s*"[A-Za-z0-9+/=]*"')
_LIMITS = {"x": 65535, "y": 65535, "width": 65535, "height": 65535, "bits_per_pixel": 64}


def odd_note(payload: bytes) -> tuple[str, bytes | None]:
    """What is odd about an event's JSON, in plain words, and its payload if it has one."""
    if len(payload) > _MAX_EXAMINED:
        return "not in the usual form, and too large to look into", None
    event = _parsed(payload)
    if not isinstance(event, list) or not event:
        return "not an event", None
    notes = [_time_note(event[0])]
    kind = event[1] if len(event) > 1 else None
    if kind is None:
        notes.append("no kind")
    elif not isinstance(kind, str):
        notes.append("its kind is not text")
    elif kind not in KINDS:
        notes.append(f"unknown kind “{inside_marker(kind[:40])}{'…' if len(kind) > 40 else ''}”")
    note, data = _payload_note(event[2] if len(event) > 2 else None)
    notes.append(note)
    if len(event) > 3:
        notes.append(f"{len(event)} parts instead of 3")
    return "; ".join(filter(None, notes)) or "not in the usual form", data


def bitmap_words(payload: bytes) -> str:
    """``bitmap 64×64 at 0,0, 16 bits, 116 bytes of JSON``; empty if it is not a bitmap."""
    bitmap = _parsed(_DATA.sub(b'"data":""', payload, count=1))
    if not isinstance(bitmap, dict):
        return ""
    values = {}
    for name, limit in _LIMITS.items():
        value = bitmap.get(name)
        if type(value) is not int or not 0 <= value <= limit:
            return ""
        values[name] = value
    return (
        f"bitmap {values['width']}×{values['height']} at {values['x']},{values['y']}, "
        f"{values['bits_per_pixel']} bits, {len(payload):,} bytes of JSON"
    )


def _parsed(payload: bytes) -> Any:
    """The JSON value, or None for what is no JSON or too large or deep to be ours."""
    if len(payload) > _MAX_EXAMINED:
        return None
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _time_note(seconds: object) -> str:
    if seconds is None:
        return "its time is missing"
    if isinstance(seconds, str):
        return "its time is text"
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return "its time is not a number"
    if seconds < 0:
        return "its time is negative"
    return "" if seconds <= 1e12 else "its time is too large"


def _payload_note(payload: object) -> tuple[str, bytes | None]:
    if payload is None:
        return "no payload", None
    if not isinstance(payload, str):
        return "payload is not text", None
    try:
        return "", binascii.a2b_base64(payload.replace("\r", "").replace("\n", ""), strict_mode=True)
    except ValueError:
        return "payload is not base64", None
