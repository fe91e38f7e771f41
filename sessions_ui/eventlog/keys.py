"""Names of what a person types into a terminal: control keys and key sequences."""

from __future__ import annotations

import re

from sessions_ui.eventlog.escapes import escape_name

_CONTROLS = {
    0x00: "ctrl-space",
    0x08: "backspace",
    0x09: "tab",
    0x0A: "enter",
    0x0D: "enter",
    0x1B: "esc",
    0x1C: "ctrl-\\",
    0x1D: "ctrl-]",
    0x1E: "ctrl-^",
    0x1F: "ctrl-_",
    0x7F: "backspace",
}
_LETTERS = {
    "A": "up",
    "B": "down",
    "C": "right",
    "D": "left",
    "E": "keypad 5",
    "F": "end",
    "H": "home",
    "P": "f1",
    "Q": "f2",
    "R": "f3",
    "S": "f4",
    "Z": "shift-tab",
    "I": "window in focus",
    "O": "window out of focus",
}
_NUMBERS = {
    "1": "home",
    "2": "insert",
    "3": "delete",
    "4": "end",
    "5": "page up",
    "6": "page down",
    "7": "home",
    "8": "end",
    **{
        str(code): f"f{n}" for n, code in enumerate((11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24), start=1)
    },
    "200": "paste",
    "201": "end of paste",
}
#: A letter key or a number key, with the modifier xterm adds (1 plus shift 1, alt 2, ctrl 4).
_KEY = re.compile(rb"\x1b\[(?:(?:1;([2-8]))?([A-FHIOPQRSZ])|([0-9]{1,3})(?:;([2-8]))?~)")
_MOUSE = re.compile(rb"\x1b\[<[0-9;]*[Mm]")
_CURSOR = re.compile(rb"\x1b\[([0-9]{1,5});([0-9]{1,5})R")


def control_key(byte: int) -> str:
    """``0x03`` is ``ctrl-c``. Expects a control character."""
    return _CONTROLS.get(byte) or f"ctrl-{chr(byte + 0x60)}"


def key_name(sequence: bytes) -> str:
    r"""The key behind a sequence, or what a terminal program answered by itself.

    >>> key_name(b"\x1b[A"), key_name(b"\x1b[1;5C"), key_name(b"\x1b[30;1R")
    ('up', 'ctrl-right', 'reply: cursor at 30,1')
    """
    if sequence[1:2] == b"O":
        return _LETTERS[chr(sequence[2])]
    if match := _KEY.fullmatch(sequence):
        number = match[3] and match[3].decode()
        name = _NUMBERS.get(number) if number else _LETTERS[match[2].decode()]
        if name:
            return _modifier(match[1] or match[4] or b"1") + name
    if _MOUSE.fullmatch(sequence):
        return "mouse"
    if match := _CURSOR.fullmatch(sequence):
        return f"reply: cursor at {match[1].decode()},{match[2].decode()}"
    if sequence.startswith((b"\x1b[?", b"\x1b[>", b"\x1bP", b"\x1b]")):
        return f"reply: {escape_name(sequence)}"
    return escape_name(sequence)


def _modifier(digit: bytes) -> str:
    bits = int(digit) - 1
    return "".join(word for bit, word in ((4, "ctrl-"), (2, "alt-"), (1, "shift-")) if bits & bit)
