"""What a terminal escape sequence is, and a short plain name for each.

``ESCAPE`` and, of what was typed, ``TYPED_ESCAPE`` are the definitions, for the page and for the
search. A sequence starts with ESC, never with a C1 byte (those are no UTF-8), never crosses a line
end, and has at most ``MAX_ESCAPE_BYTES``; whatever is longer, broken off or misshapen is text behind
an ESC.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sessions_ui.eventlog.visible import inside_marker

MAX_ESCAPE_BYTES = 4096

#: With up to 16 bytes between them and the last byte, CSI parameters end here.
MAX_PARAMETER_BYTES = MAX_ESCAPE_BYTES - 19

_PARAMETERS = rb"[0-?]{0,%d}" % MAX_PARAMETER_BYTES
_BETWEEN = rb"[ -/]{0,16}"
_BODY = rb"[\]PX^_][\t\x20-\x7e\x80-\xff]{0,%d}" % (MAX_ESCAPE_BYTES - 4)

#: CSI; OSC, DCS, SOS, PM and APC strings; charset and other switches; two-byte sequences.
ESCAPE = re.compile(
    rb"\x1b(?:\[" + _PARAMETERS + _BETWEEN + rb"[@-~]"
    rb"|" + _BODY + rb"(?:\x07|\x1b\\)"
    rb"|[ -/]{1,16}[0-~]"
    rb"|[0-OQ-WYZ\\`-~])"
)
#: The start of a sequence whose end has not come yet.
ESCAPE_START = re.compile(rb"\x1b(?:\[" + _PARAMETERS + _BETWEEN + rb"|" + _BODY + rb"\x1b?|[ -/]{1,16})?\Z")

#: Typed, ESC is mostly the key itself, before a letter that is a command of vi or of readline. So only
#: keys and what terminals answer are sequences there: CSI, arrows, and replies by their start.
_ANSWER = rb"\x1b(?:\[|\][0-9]|P(?:[01][$+]r|[>!]\|))"
TYPED_ESCAPE = re.compile(rb"\x1bO[ABCDFHPQRS]|(?=%b)%b" % (_ANSWER, ESCAPE.pattern))
TYPED_ESCAPE_START = re.compile(
    rb"\x1b(?:O|\]|P(?:[01][$+]?|[>!])?)?\Z|(?=%b)%b" % (_ANSWER, ESCAPE_START.pattern)
)

_SHORT = 64
_NUMBERS = re.compile("[0-9;]*…?")
_MARKED_NUMBERS = re.compile("([?>]?)([0-9;]*…?)([! ]?)")
_TWO_BYTES = {
    "7": "save cursor",
    "8": "restore cursor",
    "=": "keypad keys on",
    ">": "keypad keys off",
    "D": "line down",
    "E": "next line",
    "H": "set tab stop",
    "M": "line up",
    "Z": "identify",
    "c": "reset terminal",
    "\\": "end of string",
}
_CHARSETS = {"A": "UK", "B": "ASCII", "0": "line drawing"}
_COUNTED = {
    "@": "insert characters",
    "A": "cursor up",
    "B": "cursor down",
    "C": "cursor right",
    "D": "cursor left",
    "E": "next line",
    "F": "previous line",
    "G": "cursor to column",
    "I": "tab forward",
    "L": "insert lines",
    "M": "delete lines",
    "P": "delete characters",
    "S": "scroll up",
    "T": "scroll down",
    "X": "erase characters",
    "Z": "tab back",
    "`": "cursor to column",
    "a": "cursor right",
    "b": "repeat last character",
    "d": "cursor to row",
    "e": "cursor down",
}
_ERASED = {
    "J": {
        "0": "erase to end of screen",
        "1": "erase to start of screen",
        "2": "erase screen",
        "3": "erase scrollback",
    },
    "K": {"0": "erase to end of line", "1": "erase to start of line", "2": "erase line"},
}
#: With what stands before or behind the numbers.
_PLAIN = {
    "c": "identify",
    "n": "ask for status",
    "s": "save cursor",
    "u": "restore cursor",
    "!p": "soft reset",
    ">c": "identify",
    " q": "cursor shape",
    "t": "window",
    "r": "scroll region",
    "g": "clear tab stop",
    ">m": "key options",
}
_MODES = {
    "?1": "cursor keys",
    "?7": "line wrap",
    "?12": "cursor blinking",
    "?1000": "mouse reports",
    "?1002": "mouse reports",
    "?1003": "mouse reports",
    "?1004": "focus reports",
    "?1006": "mouse reports",
    "?2004": "paste marks",
    "?2026": "held drawing",
    "4": "insert mode",
}
_SWITCHES = {
    "?25": ("show cursor", "hide cursor"),
    "?47": ("alternate screen", "main screen"),
    "?1047": ("alternate screen", "main screen"),
    "?1049": ("alternate screen", "main screen"),
}
_STRINGS = {"P": "device control", "X": "string", "^": "private message", "_": "application command"}
_OSC = {
    "0": "title",
    "1": "icon title",
    "2": "title",
    "4": "palette",
    "7": "folder",
    "9": "notification",
    "10": "text colour",
    "11": "background colour",
    "12": "cursor colour",
    "52": "clipboard",
    "133": "prompt",
    "777": "notification",
}


def whole_escapes(data: bytes, *, typed: bool) -> int:
    r"""Where the sequence begins that ``data`` breaks off in; its length where it breaks off in none.

    >>> whole_escapes(b"a\x1b[3", typed=False), whole_escapes(b"a\x1b[3A", typed=False)
    (1, 5)
    """
    last = data.rfind(b"\x1b")
    if last < 0:
        return len(data)
    starts = TYPED_ESCAPE_START if typed else ESCAPE_START
    # The last ESC may be the first half of the end of a string that began before.
    before = data.rfind(b"\x1b", 0, last) if last == len(data) - 1 else -1
    return next((at for at in (before, last) if at >= 0 and starts.match(data, at)), len(data))


def escape_name(sequence: bytes) -> str:
    r"""A few plain words for one whole sequence, harmless whatever it holds.

    >>> escape_name(b"\x1b[3A"), escape_name(b"\x1b]0;hello\x07")
    ('cursor up 3', 'title: hello')
    """
    return _known_name(sequence) if len(sequence) <= _SHORT else _name(sequence)


def _name(sequence: bytes) -> str:
    text = sequence[1:].decode("utf-8", "surrogateescape")
    if text[0] == "[":
        return _csi_name(text[1:])
    if text[0] == "]":
        return _osc_name(_body(text))
    if text[0] in _STRINGS:
        return f"{_STRINGS[text[0]]}: {inside_marker(_body(text))}"
    if text[0] in "()*+" and len(text) == 2:
        return f"charset {_CHARSETS.get(text[1], text[1])}"
    return _TWO_BYTES.get(text, f"escape {text}")


_known_name = lru_cache(maxsize=2048)(_name)


def _body(text: str) -> str:
    return text[1:-1] if text[-1] == "\x07" else text[1:-2]


def _csi_name(text: str) -> str:
    given, final = text[:-1], text[-1]
    if len(given) > 40:
        given = f"{given[:40]}…"
    name = None
    if _NUMBERS.fullmatch(given.removeprefix("?")) and final in "hl":
        name = _mode_name(given, on=final == "h")
    elif _NUMBERS.fullmatch(given):
        name = _numbered_name(given, final)
    elif parts := _MARKED_NUMBERS.fullmatch(given):
        name = _PLAIN.get(f"{parts[1] or parts[3]}{final}")
        name = name and f"{name} {parts[2]}".rstrip()
    return name or f"escape [{given}{final}"


def _numbered_name(given: str, final: str) -> str | None:
    if final in _ERASED:
        return _ERASED[final].get(given or "0")
    if final in "Hf":
        return f"cursor to {given.replace(';', ',')}" if given else "cursor to start"
    if final in _COUNTED and ";" in given:
        return None
    name = _COUNTED.get(final) or _PLAIN.get(final)
    return name and f"{name} {given}".rstrip()


def _mode_name(given: str, *, on: bool) -> str:
    private = "?" if given.startswith("?") else ""
    names = []
    for number in given.lstrip("?").split(";"):
        mode = private + number
        if mode in _SWITCHES:
            names.append(_SWITCHES[mode][0 if on else 1])
        else:
            names.append(f"{_MODES.get(mode, f'mode {mode}')} {'on' if on else 'off'}")
    return ", ".join(dict.fromkeys(names))


def _osc_name(body: str) -> str:
    number, _, rest = body.partition(";")
    if number == "8":
        address = rest.partition(";")[2]
        return f"link: {inside_marker(address)}" if address else "link end"
    if number in _OSC:
        return f"{_OSC[number]}: {inside_marker(rest)}"
    return f"command: {inside_marker(body)}"
