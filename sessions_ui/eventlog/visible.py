"""Characters that can fake or hide text, and bytes that are no characters, made visible.

Works on text decoded from UTF-8 with ``surrogateescape``, where a byte that is not UTF-8
stands as U+DC80 to U+DCFF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Controls (C0 but TAB, DEL, C1), bidirectional controls, and what is drawn as nothing:
#: joiners, fillers, line and paragraph separators, tags, noncharacters. The variation
#: selectors U+FE00 to U+FE0F stay: emoji use them and they change only a glyph.
_UNSEEN = (
    "\x00-\x08\x0a-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SPECIAL = re.compile(f"([\ud800-\udfff]+)|([{_UNSEEN}])")


def byte_text(data: bytes) -> str:
    r"""Bytes as printable ASCII, the rest as escapes.

    >>> byte_text(b"\x1b[3\xff")
    '\\x1b[3\\xff'
    """
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in data)


def pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """The text in order, as triples of which one is filled: plain text, the name of a
    character (``U+202E``), bytes that are no UTF-8 (``\\xff``)."""
    at = 0
    for match in SPECIAL.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], "", ""
        if match[1]:
            yield "", "", "".join(_stray(char) for char in match[1])
        else:
            yield "", f"U+{ord(match[2]):04X}", ""
        at = match.end()
    if at < len(text):
        yield text[at:], "", ""


def inside_marker(text: str) -> str:
    """Text fit to stand within ``⟨…⟩`` or in a sentence of ours: one line, nothing hidden,
    and no bracket that could seem to end the marker."""
    if not text.isascii() or not text.isprintable():
        text = "".join(plain or name or data for plain, name, data in pieces(text))
    return text.replace("⟨", "‹").replace("⟩", "›").replace("\t", " ")


def _stray(char: str) -> str:
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
