"""One lane of a recording, typed or printed, from bytes to safe spans.

A lane is one stream of bytes cut into events anywhere: within a character, an escape
sequence, a CR LF. What is cut waits and is shown where it completes. Nothing is dropped:
what is not text becomes a marker, what is not UTF-8 is shown as bytes. Linear in time.
"""

from __future__ import annotations

import re

from sessions_ui.eventlog.colours import PLAIN, restyle
from sessions_ui.eventlog.escapes import (
    ESCAPE,
    MAX_PARAMETER_BYTES,
    TYPED_ESCAPE,
    escape_name,
    whole_escapes,
)
from sessions_ui.eventlog.keys import control_key, key_name
from sessions_ui.eventlog.spans import BYTES, Line, LineBuilder, Span
from sessions_ui.eventlog.visible import SPECIAL, byte_text, pieces

_TEXT, _LINE_END, _COLOUR, _SEQUENCE = 1, 2, 3, 4
_PRINTED = re.compile(
    rb"([\t\x20-\x7e\x80-\xff]+)|(\r?\n)|\x1b\[([0-9:;]{0,%d})m|(%b)|[\x00-\x1f\x7f]"
    % (MAX_PARAMETER_BYTES, ESCAPE.pattern)
)
#: Most of what is printed: one line of text, and nothing else.
_PLAIN_LINE = re.compile(rb"([\t\x20-\x7e]+)(\r?\n)?")
_KEY = 3
_TYPED = re.compile(rb"([\x20-\x7e\x80-\xff]+)|(\r|\n)|(%b)|[\x00-\x1f\x7f]" % TYPED_ESCAPE.pattern)
_CHARACTER_START = re.compile(
    rb"(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]?|[\xe1-\xec\xee\xef][\x80-\xbf]?|\xed[\x80-\x9f]?"
    rb"|\xf0(?:[\x90-\xbf][\x80-\xbf]?)?|[\xf1-\xf3](?:[\x80-\xbf][\x80-\xbf]?)?|\xf4(?:[\x80-\x8f][\x80-\xbf]?)?)\Z"
)
_CONTROLS = {
    0x00: "nul",
    0x07: "bell",
    0x08: "backspace",
    0x0B: "vertical tab",
    0x0C: "form feed",
    0x0D: "carriage return",
    0x0E: "shift out",
    0x0F: "shift in",
    0x1B: "esc",
    0x7F: "delete",
}


class Lane:
    """The state of one lane between its events: colours, and what is not complete yet."""

    def __init__(self, *, typed: bool = False) -> None:
        self._typed = typed
        self._style = PLAIN
        self._rest = b""
        self._after_enter = False

    @property
    def held(self) -> int:
        """Bytes fed and not shown yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Line]:
        """The lines that ``data`` completes; the last is still open, and often empty."""
        plain = self.plain(data)
        if plain is not None:
            return plain
        data = self._rest + data
        end = self._complete(data)
        self._rest = data[end:]
        lines = LineBuilder()
        if self._typed:
            self._read_typed(data, end, lines)
        else:
            self._read_printed(data, end, lines)
        return lines.lines()

    def plain(self, data: bytes) -> list[Line] | None:
        """What ``feed`` gives for one line of plain text; None for anything else."""
        if self._typed or self._rest:
            return None
        found = _PLAIN_LINE.fullmatch(data)
        if found is None:
            return None
        text, end = found.groups()
        line: Line = (Span(text.decode("ascii"), self._style.classes()),)
        return [line, ()] if end else [line]

    def finish(self) -> list[Line]:
        """What is still held, shown as bytes, because nothing comes after it."""
        rest, self._rest = self._rest, b""
        lines = LineBuilder()
        if rest == b"\r":
            lines.mark(_CONTROLS[0x0D])
        elif rest == b"\x1b":
            lines.mark(_CONTROLS[0x1B])
        elif rest:
            lines.text(byte_text(rest), BYTES)
        return lines.lines()

    def skip(self, tail: bytes) -> None:
        """Go on behind bytes that are not shown, of which ``tail`` is the end."""
        self._rest = b""
        self.feed(tail)

    def _complete(self, data: bytes) -> int:
        """Where the part of ``data`` ends that later bytes cannot change."""
        whole = whole_escapes(data, typed=self._typed)
        if whole < len(data):
            return whole
        if not self._typed and data.endswith(b"\r"):
            return len(data) - 1
        tail = max(0, len(data) - 3)
        match = _CHARACTER_START.search(data, tail)
        return match.start() if match else len(data)

    def _read_printed(self, data: bytes, end: int, lines: LineBuilder) -> None:
        style = self._style
        classes = style.classes()
        for token in _PRINTED.finditer(data, 0, end):
            which = token.lastindex
            if which == _TEXT:
                _add_text(token[_TEXT], classes, lines)
            elif which == _COLOUR:
                style, said = restyle(style, token[_COLOUR])
                classes = style.classes()
                for name in said:
                    lines.mark(name)
            elif which == _LINE_END:
                lines.end_line()
            elif which == _SEQUENCE:
                lines.mark(escape_name(token[_SEQUENCE]))
            else:
                byte = data[token.start()]
                lines.mark(_CONTROLS.get(byte) or f"U+{byte:04X}")
        self._style = style

    def _read_typed(self, data: bytes, end: int, lines: LineBuilder) -> None:
        for token in _TYPED.finditer(data, 0, end):
            which = token.lastindex
            after_enter, self._after_enter = self._after_enter, token[0] == b"\r"
            if which == _TEXT:
                _add_text(token[_TEXT], "", lines)
            elif which == _LINE_END:
                # CR LF is one key; its halves may come in two events.
                if after_enter and token[0] == b"\n":
                    continue
                lines.mark("enter")
                lines.end_line()
            elif which == _KEY:
                lines.mark(key_name(token[_KEY]))
            else:
                lines.mark(control_key(data[token.start()]))


def _add_text(data: bytes, classes: str, lines: LineBuilder) -> None:
    if data.isascii():
        lines.text(data.decode("ascii"), classes)
        return
    text = data.decode("utf-8", "surrogateescape")
    if SPECIAL.search(text) is None:
        lines.text(text, classes)
        return
    for plain, name, stray in pieces(text):
        if plain:
            lines.text(plain, classes)
        elif name:
            lines.mark(name)
        else:
            lines.text(stray, BYTES)
