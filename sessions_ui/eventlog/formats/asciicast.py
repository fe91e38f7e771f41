"""The log as an asciicast v2, which asciinema and its player show as a terminal.

What was printed (``o`` and hoop's own ``e``) are output events, what was typed input events; other kinds
have no place in one. A character that two events share is shown with the later one. hoop does not record
how large the terminal was: a size is worked out from where programs put the cursor in the first
megabyte, and is never below 80 by 24.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec

from sessions_ui.eventlog.formats.options import About, Chosen

SIZE = (80, 24)
LARGEST = (400, 120)
LOOKED_AT_BYTES = 1 << 20
#: A line and a column of ``ESC [ 24 ; 80 H`` (cursor), the last line of ``ESC [ 1 ; 24 r`` (scrolled
#: part), and both of ``ESC [ 8 ; 24 ; 80 t`` (size).
_PLACE = re.compile(rb"\x1b\[([0-9]{1,3});([0-9]{1,3})[Hf]")
_SCROLL = re.compile(rb"\x1b\[[0-9]{0,3};([0-9]{1,3})r")
_RESIZE = re.compile(rb"\x1b\[8;([0-9]{1,3});([0-9]{1,3})t")
_BARE = re.compile(r"(?<!\r)\n")
_encoder = msgspec.json.Encoder()


def asciicast_lines(events: Iterable[Chosen], about: About) -> Iterator[bytes]:
    """A line for the header and one an event."""
    source = iter(events)
    first, looked_at = [], 0
    while looked_at < LOOKED_AT_BYTES and (batch := next(source, None)):
        first.append(batch)
        looked_at += sum(map(len, batch.payloads))
    yield _encoder.encode(_head(first, about)) + b"\n"
    streams = {"o": _Stream(bare_lines=not about.terminal), "i": _Stream(bare_lines=False)}
    seconds = 0.0
    for batch in chain(first, source):
        lines = []
        for offset, kind, payload in zip(
            batch.seconds, batch.kinds.decode("ascii"), batch.payloads, strict=True
        ):
            code = _CODES.get(kind)
            if code is not None:
                # Time never runs back in one.
                seconds = max(seconds, offset)
                lines.append((seconds, code, streams[code].text(payload)))
        yield _encoder.encode_lines(lines)
    rest = [(seconds, code, text) for code, stream in streams.items() if (text := stream.rest())]
    if rest:
        yield _encoder.encode_lines(rest)


_CODES = {"o": "o", "e": "o", "i": "i"}


def terminal_size(output: Iterable[bytes]) -> tuple[int, int]:
    """Columns and rows.

    >>> terminal_size([b"plain"]), terminal_size([b"\\x1b[1;40r\\x1b[40;132H"])
    ((80, 24), (132, 40))
    """
    columns, rows = [SIZE[0]], [SIZE[1]]
    for payload in output:
        if b"\x1b[" in payload:
            for pattern in (_PLACE, _RESIZE):
                places = pattern.findall(payload)
                # "999;999" asks for the corner, whichever it is.
                rows += [int(row) for row, _ in places if int(row) < 999]
                columns += [int(column) for _, column in places if int(column) < 999]
            rows += [int(row) for row in _SCROLL.findall(payload) if int(row) < 999]
    return min(max(columns), LARGEST[0]), min(max(rows), LARGEST[1])


def _head(batches: list[Chosen], about: About) -> dict[str, Any]:
    printed = (
        payload
        for batch in batches
        for kind, payload in zip(batch.kinds, batch.payloads, strict=True)
        if kind == ord("o")
    )
    columns, rows = terminal_size(printed)
    head: dict[str, Any] = {"version": 2, "width": columns, "height": rows}
    if about.known_start is not None:
        head["timestamp"] = int(about.known_start.timestamp())
    head["title"] = f"hoop session {about.session}: {about.person} on {about.connection}"
    return head


class _Stream:
    """Bytes of one direction -> text, whatever events the bytes of a character came in."""

    def __init__(self, *, bare_lines: bool) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._bare_lines = bare_lines
        self._returned = False

    def text(self, payload: bytes, *, final: bool = False) -> str:
        text = self._decode(payload, final)
        if self._bare_lines and text:
            # Without a terminal nobody has put a CR before each LF, and lines would run down in steps.
            led, self._returned = self._returned, text.endswith("\r")
            if led and text[0] == "\n":
                return "\n" + _BARE.sub("\r\n", text[1:])
            return _BARE.sub("\r\n", text)
        return text

    def rest(self) -> str:
        """What an event began and none ended."""
        return self.text(b"", final=True)
