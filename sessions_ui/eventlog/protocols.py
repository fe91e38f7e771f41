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
_REPLIES = {
    b"1": "parse complete",
    b"2": "bind complete",
    b"3": "close complete",
    b"A": "notification",
    b"C": "command complete",
    b"D": "data row",
    b"E": "error",
    b"G": "copy in",
    b"H": "copy out",
    b"I": "empty query",
    b"K": "key of the connection",
    b"N": "notice",
    b"R": "authentication",
    b"S": "parameter status",
    b"T": "row description",
    b"Z": "ready for query",
    b"c": "copy done",
    b"d": "copy data",
    b"n": "no data",
    b"s": "portal suspended",
    b"t": "parameter description",
}
#: How a value is sent.
TEXT, BINARY = 0, 1
#: Of the fields of an error or a notice: severity, code and message.
_TOLD = (b"S", b"C", b"M")
_METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD ", b"OPTIONS ", b"CONNECT ", b"TRACE ")
MAX_HEAD_BYTES = 64 * 1024
#: So many characters of a value, a tag or a message are shown; the raw bytes are beside it.
MAX_VALUE_LENGTH = 1000
#: An answer of the server over this is shown as bytes: its rows are many, and few would be shown.
MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A message of the Postgres protocol: its name, its statement where it carries one, else what it
    says: bound values, a row, how a command ended. Passwords and copied data are left out."""

    name: str
    statement: bytes = b""
    detail: bytes = b""


def postgres_frames(payload: bytes, *, server: bool = False) -> list[Frame] | None:
    """The client's (or the server's) messages in an event (PostgreSQL, "Message Formats"); None when the
    bytes are not whole messages.

    >>> postgres_frames(b"Q\\x00\\x00\\x00\\x0eSELECT 1;\\x00")
    [Frame(name='query', statement=b'SELECT 1;', detail=b'')]
    """
    if server and len(payload) > MAX_ANSWER_BYTES:
        return None
    frames: list[Frame] = []
    #: Of the columns of the rows that follow; empty: not known.
    formats: tuple[int, ...] = ()
    at = 0
    while at < len(payload):
        name = (_REPLIES if server else _FRAMES).get(payload[at : at + 1])
        if name is None or at + 5 > len(payload):
            return None
        (length,) = struct.unpack_from(">I", payload, at + 1)
        end = at + 1 + length
        if length < 4 or end > len(payload):
            return None
        if name in ("close", "describe") and payload[at + 5 : at + 6] not in (b"S", b"P"):
            # The same letter begins other messages of the server.
            return None
        body = payload[at + 5 : end]
        if name == "row description":
            # Where a statement is described, before it has values, its formats are not known yet.
            of_statement = bool(frames) and frames[-1].name == "parameter description"
            formats = () if of_statement else _formats(body)
        frames.append(Frame(name, _statement(name, body), _detail(name, body, formats)))
        if name in ("command complete", "ready for query"):
            formats = ()
        at = end
    return frames or None


def _statement(name: str, body: bytes) -> bytes:
    if name == "query":
        return body.removesuffix(b"\x00")
    if name == "parse":
        return body.split(b"\x00", 2)[1] if body.count(b"\x00") >= 2 else b""
    return b""


def _formats(body: bytes) -> tuple[int, ...]:
    try:
        return tuple(form for _, form in _columns(body))
    except (struct.error, ValueError):
        return ()


def _detail(name: str, body: bytes, formats: tuple[int, ...]) -> bytes:
    """Blank for a message that says no more than its name, or not in the form it should have."""
    try:
        match name:
            case "command complete":
                return _in_one_line(body.removesuffix(b"\x00"))
            case "parameter status":
                return _in_one_line(body.removesuffix(b"\x00").replace(b"\x00", b" = "))
            case "error" | "notice":
                fields = {field[:1]: field[1:] for field in body.split(b"\x00") if field}
                return b" ".join(_in_one_line(fields[key]) for key in _TOLD if key in fields)
            case "row description":
                return b" | ".join(_in_one_line(column) for column, _ in _columns(body))
            case "data row":
                values = _values(body, 0)
                known = formats if len(formats) == len(values) else (BINARY,) * len(values)
                return b" | ".join(map(_value, values, known))
            case "bind":
                return b", ".join(b"$%d = %b" % pair for pair in enumerate(_bound(body), 1))
    except (struct.error, ValueError):
        pass
    return b""


def _columns(body: bytes) -> list[tuple[bytes, int]]:
    """Each with its format."""
    (count,) = struct.unpack_from(">H", body)
    columns, at = [], 2
    for _ in range(count):
        end = body.index(b"\x00", at)
        # Table, column, type, length and modifier stand before it.
        (form,) = struct.unpack_from(">H", body, end + 1 + 16)
        columns.append((body[at:end], form))
        at = end + 1 + 18
    return columns


def _bound(body: bytes) -> list[bytes]:
    """The values of a Bind, behind the names of portal and statement and the formats."""
    at = body.index(b"\x00", body.index(b"\x00") + 1) + 1
    (count,) = struct.unpack_from(">H", body, at)
    formats = struct.unpack_from(f">{count}H", body, at + 2)
    values = _values(body, at + 2 + 2 * count)
    # None: all are text; one: it holds for all.
    each = formats if len(formats) > 1 else (formats or (TEXT,)) * len(values)
    return [_value(value, form) for value, form in zip(values, each, strict=True)]


def _values(body: bytes, at: int) -> list[bytes | None]:
    (count,) = struct.unpack_from(">H", body, at)
    values: list[bytes | None] = []
    at += 2
    for _ in range(count):
        (length,) = struct.unpack_from(">i", body, at)
        at += 4
        values.append(None if length < 0 else body[at : at + length])
        at += max(length, 0)
    if at > len(body):
        raise ValueError("a value ends behind its message")
    return values


def _value(value: bytes | None, form: int) -> bytes:
    """Text in quotes, so that no value can be taken for another one, for NULL or for a message."""
    if value is None:
        return b"NULL"
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        form = BINARY
    if form != TEXT or not text.translate(dict.fromkeys(_WRITTEN)).isprintable():
        return b"%d byte%b" % (len(value), b"" if len(value) == 1 else b"s")
    return b"'%b'" % _written(text).replace("'", "\\'").encode()


def _in_one_line(text: bytes) -> bytes:
    return _written(text.decode("utf-8", "replace")).encode()


def _written(text: str) -> str:
    """Cut, and with its line ends written out: what was sent must not look like a line of ours."""
    cut = "…" if len(text) > MAX_VALUE_LENGTH else ""
    return text[:MAX_VALUE_LENGTH].translate(_WRITTEN) + cut


_WRITTEN = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


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
