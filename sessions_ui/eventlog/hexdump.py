"""Bytes that are no text, as a hex dump."""

from __future__ import annotations

from sessions_ui.eventlog.spans import Line, Span

MAX_HEX_BYTES = 1024
_WIDTH = 16
_SAMPLE = 8192
#: Text, and the controls that terminals use.
_USUAL = bytes((0x07, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x0E, 0x0F, 0x1B, *range(0x20, 0x7F)))
_CONTROLS = bytes((*range(0x07), 0x0B, *range(0x10, 0x1B), *range(0x1C, 0x20)))


def hexdump(data: bytes, limit: int = MAX_HEX_BYTES) -> list[Line]:
    """Lines of offset, 16 bytes and their ASCII, of the first ``limit`` bytes."""
    shown = data[:limit]
    return [_hex_line(start, shown[start : start + _WIDTH]) for start in range(0, len(shown), _WIDTH)]


def is_binary(data: bytes) -> bool:
    """Whether a payload is largely not text: a fifth and more of it is NULs, odd controls
    and bytes that are no UTF-8. A few bytes are never binary, they may be half a character.

    >>> is_binary("漢字 and text".encode()), is_binary(bytes(16))
    (False, True)
    """
    sample = data[:_SAMPLE]
    if len(sample) < _WIDTH or not sample.translate(None, _USUAL):
        return False
    # A character cut at either end is not held against it: three bytes each.
    broken = max(0, len(sample) - len(sample.decode("utf-8", "ignore").encode()) - 6)
    odd = len(sample) - len(sample.translate(None, _CONTROLS))
    return (broken + odd) * 5 >= len(sample)


def _hex_line(start: int, row: bytes) -> Line:
    left, right = row[:8].hex(" "), row[8:].hex(" ")
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
    return (
        Span(f"{start:04x}", "x-off"),
        Span(f"  {left:<23}  {right:<23}  ", "x-hex"),
        Span(text, "x-asc"),
    )
