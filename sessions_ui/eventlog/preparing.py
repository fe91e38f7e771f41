"""Whole lines of a lane, made ready to be searched: line ends alike, bytes that are no text marked,
and the few lines found that must be stripped. Every byte stays in its place.
"""

from __future__ import annotations

import re

from sessions_ui.eventlog.finding import has_lone_return

_SLICE = 4096
#: So many bytes of a stretch for each line of it with an escape sequence: then only those are stripped.
_RARE = 512
_STRAY = re.compile("[\ud800-\udfff]")
_UNKNOWN = "\x1a"
#: What ends a line of what was printed (False) and of what was typed (True).
LINE_ENDS = {True: (b"\n", b"\r"), False: (b"\n",)}


def prepared(text: bytes, *, typed: bool) -> bytes:
    """Stripped text as an expression sees it, byte for byte in the same places."""
    text = line_ends(text, typed=typed)
    if is_utf8(text, 0, len(text)):
        return text
    return _STRAY.sub(_UNKNOWN, text.decode("utf-8", "surrogateescape")).encode()


def line_ends(text: bytes, *, typed: bool) -> bytes:
    """Every line end as LF, or as two where it is a CR LF: an empty line more is no hit more."""
    if b"\r" not in text:
        return text
    if typed or not has_lone_return(text):
        return text.replace(b"\r", b"\n")
    return text.replace(b"\r\n", b"\n\n")


def is_utf8(text: bytes, at: int, last: int) -> bool:
    """Whether all of it is; most text is plain ASCII but for a few lines, and that is quick to see."""
    if text.isascii():
        return True
    while at < last:
        end = text.find(b"\n", at + _SLICE, last) + 1 or last
        piece = text[at:end]
        if not piece.isascii():
            try:
                piece.decode()
            except UnicodeDecodeError:
                return False
        at = end
    return True


def lines_with_escapes(raw: bytes, at: int, last: int) -> bytes | None:
    """Those lines, one after the other; None where they are many."""
    lines: list[bytes] = []
    most = 1 + (last - at) // _RARE
    start, at = at, raw.find(b"\x1b", at, last)
    while at >= 0:
        end = raw.find(b"\n", at, last) + 1 or last
        lines.append(raw[raw.rfind(b"\n", start, at) + 1 or start : end])
        if len(lines) > most:
            return None
        start, at = end, raw.find(b"\x1b", end, last)
    return b"".join(lines)


def has_long_line(raw: bytes, at: int, last: int, *, typed: bool, longest: int) -> bool:
    """Whether a line between the two has more than ``longest`` bytes."""
    while last - at > longest:
        end = max(raw.rfind(mark, at, at + longest) for mark in LINE_ENDS[typed]) + 1
        if not end:
            return True
        at = end
    return False


def line_end(raw: bytes, at: int, last: int, *, typed: bool) -> int:
    """The index behind the first line end from ``at`` on; -1 where there is none before ``last``."""
    found = [end + 1 for end in (raw.find(mark, at, last) for mark in LINE_ENDS[typed]) if end >= 0]
    return min(found, default=-1)
