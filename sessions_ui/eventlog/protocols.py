"""Binary protocols in an honest form: what can be read as text is, the rest stays bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_FRAMES = {
    b"B": "bind",
    b"C": "close",
    b"D": "describe",
    b"E": "execute",
    b"F": "function call",
    b"H": "flush",
    b"P": "parse",
    b"Q": "query",
    b"S": "sync",
    b"X": "terminate",
    b"d": "copy data",
    b"c": "copy done",
    b"f": "copy fail",
    b"p": "password or answer to a challenge",
}
_METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD ", b"OPTIONS ", b"CONNECT ", b"TRACE ")
MAX_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A message of the Postgres protocol: its name, and its statement where it carries one."""

    name: str
    statement: bytes = b""


def postgres_frames(payload: bytes) -> list[Frame] | None:
    """The client's messages in an event (PostgreSQL, "Message Formats"); None when the bytes are not
    whole messages. What a message carries beside a statement (a bound value, a password) is left out.

    >>> postgres_frames(b"Q\\x00\\x00\\x00\\x0eSELECT 1;\\x00")
    [Frame(name='query', statement=b'SELECT 1;')]
    """
    frames: list[Frame] = []
    at = 0
    while at < len(payload):
        name = _FRAMES.get(payload[at : at + 1])
        if name is None or at + 5 > len(payload):
            return None
        (length,) = struct.unpack_from(">I", payload, at + 1)
        end = at + 1 + length
        if length < 4 or end > len(payload):
            return None
        if name in ("close", "describe") and payload[at + 5 : at + 6] not in (b"S", b"P"):
            # The same letter begins other messages of the server.
            return None
        frames.append(Frame(name, _statement(name, payload[at + 5 : end])))
        at = end
    return frames or None


def _statement(name: str, body: bytes) -> bytes:
    if name == "query":
        return body.removesuffix(b"\x00")
    if name == "parse":
        return body.split(b"\x00", 2)[1] if body.count(b"\x00") >= 2 else b""
    return b""


def http_head(payload: bytes) -> tuple[bytes, bytes] | None:
    """The head of an HTTP message and the bytes behind it; None when it does not begin with one.

    >>> http_head(b"HTTP/1.1 200 OK\\r\\nA: b\\r\\n\\r\\n\\x1f\\x8b")
    (b'HTTP/1.1 200 OK\\r\\nA: b\\r\\n', b'\\x1f\\x8b')
    """
    if not payload.startswith((*_METHODS, b"HTTP/1.")):
        return None
    end = payload.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
    if end < 0:
        return None
    return payload[: end + 2], payload[end + 4 :]
