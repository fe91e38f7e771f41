"""A session's own JSON as hoop sent it, taken apart and put together again without reading its values.

Numbers, escapes, the order of members and members that nobody knows stay byte for byte what they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from sessions_ui.gateway.json_text import TOKEN

_COLON = re.compile(rb"\s*:")
STREAM, SIZE = "event_stream", "event_size"


def without_stream(body: bytes) -> bytes:
    """The envelope as it came; should a stream have come along, without it."""
    members = list(_members(body))
    if all(name != STREAM for name, _ in members):
        return body
    return _object(member for name, member in members if name != STREAM)


def around_stream(body: bytes) -> tuple[bytes, bytes, bytes]:
    """The envelope before a stream (up to its value), the member with its size, and what comes behind.

    The stream stands where hoop has it, before ``event_size``; the second part is blank without one.

    >>> around_stream(b'{"id":"a","event_size":4,"x":null}')
    (b'{"id":"a","event_stream":', b',"event_size":4', b',"x":null}')
    >>> around_stream(b'{"event_stream":[],"id":1.0}')
    (b'{"id":1.0,"event_stream":', b'', b'}')
    """
    members = [(name, member) for name, member in _members(body) if name != STREAM]
    names = [name for name, _ in members]
    place = names.index(SIZE) if SIZE in names else len(names)
    parts = [member for _, member in members]
    before = b"".join(part + b"," for part in parts[:place])
    size = b"".join(b"," + part for part in parts[place : place + 1])
    after = b"".join(b"," + part for part in parts[place + 1 :])
    return b"{" + before + b'"event_stream":', size, after + b"}"


def with_values(body: bytes, values: Mapping[str, bytes]) -> bytes:
    """The envelope with other values, as JSON, in members that it has.

    >>> with_values(b'{"id":"a","exit_code":254}', {"exit_code": b"0", "size": b"1"})
    b'{"id":"a","exit_code":0}'
    """
    return _object(
        json.dumps(name).encode() + b":" + values[name] if name in values else member
        for name, member in _members(body)
    )


def _object(members: Iterator[bytes]) -> bytes:
    return b"{" + b",".join(members) + b"}"


def _members(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Each member of an object, by name, as it is written: ``"name":value``. The body is known to be JSON."""
    depth, start, name, end = 0, 0, "", 0
    for token in TOKEN.finditer(body):
        text = token.group()
        if text in (b"{", b"["):
            depth += 1
        elif text in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                end = token.start()
        elif depth == 1 and _COLON.match(body, token.end()):
            if name:
                yield name, body[start : token.start()].rstrip()[:-1].rstrip()
            start, name = token.start(), json.loads(text)
    if name:
        yield name, body[start:end].rstrip()
