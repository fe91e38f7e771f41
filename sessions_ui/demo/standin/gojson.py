"""JSON, quoting and times as a Go program writes them, which is what a client of hoop reads."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

_QUANTA = re.compile(r"(?:[A-Za-z0-9+/]{4})*")
_SHORT_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


class Number(str):
    """A JSON number kept as it was written: PostgreSQL stores ``0.0`` and gives ``0.0`` back."""


def encode(value: Any, *, escape_html: bool = True) -> bytes:
    """``value`` as Go's encoding/json writes it; lone surrogates stand for invalid bytes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    text = re.sub("[\ud800-\udfff]", r"\\ufffd", text)
    return (escaped_html(text) if escape_html else text).encode()


def escaped_html(text: str) -> str:
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def stored(value: Any) -> str:
    """Compact JSON of a value read with ``loads_exact``, its numbers untouched."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(stored(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{stored(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def loads_exact(text: str | bytes) -> Any:
    return json.loads(text, parse_float=Number, parse_int=Number)


def number(value: float) -> str:
    """A float64 as encoding/json writes it: no ``.0``, exponents only for the very small and large."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    if 1e-6 <= abs(value) < 1e21:
        return f"{value:.25f}".rstrip("0") if "e" in repr(value) else repr(value)
    mantissa, exponent = repr(value).split("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"


def text_of(payload: bytes) -> str:
    """Bytes as a Go string: every invalid byte is one rune (here: one lone surrogate)."""
    return payload.decode("utf-8", "surrogateescape")


def quoted(payload: bytes) -> str | None:
    """``payload`` as Go's %q writes it, or None when that is no JSON string: it breaks hoop's utf8 form."""
    pieces = ['"']
    for character in text_of(payload):
        piece = _quoted_rune(character)
        if piece.startswith(("\\x", "\\a", "\\v", "\\U")):
            return None
        pieces.append(piece)
    return "".join([*pieces, '"'])


def _quoted_rune(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if code < 0x20 or code == 0x7F or 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def decoded(text: str) -> bytes:
    """base64 as Go's DecodeString gives it when the error is ignored: what stood before the fault."""
    clean = text.replace("\r", "").replace("\n", "")
    try:
        return base64.b64decode(clean, validate=True)
    except (binascii.Error, ValueError):
        match = _QUANTA.match(clean)
        return base64.b64decode(match.group() if match else "")


def rfc3339(moment: datetime, *, digits: str | None = None) -> str:
    """UTC with the fraction's trailing zeros cut, as Go writes RFC 3339 times."""
    fraction = (f"{moment.microsecond:06d}" if digits is None else digits).rstrip("0")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"


def milliseconds(text: str | None) -> str | None:
    """A stored time cut (not rounded) to milliseconds, as the session route shows review times."""
    if not text or "." not in text:
        return text
    seconds, fraction = text.rstrip("Z").split(".")
    kept = fraction[:3].rstrip("0")
    return f"{seconds}{'.' + kept if kept else ''}Z"


def moment(text: str) -> datetime:
    """An RFC 3339 time of hoop's; digits past the microsecond are dropped."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    return datetime.fromisoformat(text).astimezone(UTC)
