"""Terminal colours and styles (SGR) as classes of a fixed set."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sessions_ui.eventlog.palette import nearest
from sessions_ui.eventlog.spans import STYLES

_ON = {
    1: "t-bold",
    2: "t-dim",
    3: "t-italic",
    4: "t-underline",
    7: "t-inverse",
    9: "t-strike",
    21: "t-underline",
}
_OFF = {
    22: frozenset(("t-bold", "t-dim")),
    23: frozenset(("t-italic",)),
    24: frozenset(("t-underline",)),
    27: frozenset(("t-inverse",)),
    29: frozenset(("t-strike",)),
}
#: Said in words, because we do not draw them; hidden text above all stays readable.
_SAID = {5: "blink", 6: "blink", 8: "hidden text"}
#: Ends of what is only said, and the usual font.
_QUIET = frozenset((10, 25, 28, 50, 54, 55, 59, 65, 75))
_SHORT = 64


class Style(NamedTuple):
    """What text is drawn with; -1 is the terminal's own colour."""

    styles: frozenset[str] = frozenset()
    text: int = -1
    ground: int = -1

    def classes(self) -> str:
        return _classes(self)


PLAIN = Style()


@lru_cache(maxsize=4096)
def _classes(style: Style) -> str:
    names = [name for name in STYLES if name in style.styles]
    if style.text >= 0:
        names.append(f"t-fg-{style.text}")
    if style.ground >= 0:
        names.append(f"t-bg-{style.ground}")
    return " ".join(names)


def restyle(style: Style, parameters: bytes) -> tuple[Style, tuple[str, ...]]:
    """The style after one SGR sequence, and the names of what in it is only said.

    >>> restyle(PLAIN, b"1;38;5;208")[0].classes()
    't-bold t-fg-208'
    """
    if len(parameters) <= _SHORT:
        return _known_restyle(style, parameters)
    return _restyle(style, parameters)


def _restyle(style: Style, parameters: bytes) -> tuple[Style, tuple[str, ...]]:
    said: dict[str, None] = {}
    items = iter(parameters.decode("ascii").split(";"))
    for item in items:
        code, *details = (_number(part) for part in item.split(":"))
        if code in (38, 48, 58):
            colour = _colour(iter(_without_space(details)) if details else (_number(part) for part in items))
            if colour < 0:
                said[f"style {code} …"] = None
            elif code != 58:
                style = style._replace(text=colour) if code == 38 else style._replace(ground=colour)
        elif code == 4 and details[:1] == [0]:
            style = style._replace(styles=style.styles - _OFF[24])
        else:
            style = _plain_code(style, code, said)
    return style, tuple(said)


_known_restyle = lru_cache(maxsize=4096)(_restyle)


def _plain_code(style: Style, code: int, said: dict[str, None]) -> Style:
    if code == 0:
        return PLAIN
    if code in _ON:
        return style._replace(styles=style.styles | {_ON[code]})
    if code in _OFF:
        return style._replace(styles=style.styles - _OFF[code])
    if 30 <= code <= 37 or 90 <= code <= 97:
        return style._replace(text=code - 30 if code < 90 else code - 82)
    if 40 <= code <= 47 or 100 <= code <= 107:
        return style._replace(ground=code - 40 if code < 100 else code - 92)
    if code in (39, 49):
        return style._replace(text=-1) if code == 39 else style._replace(ground=-1)
    if code not in _QUIET:
        said[_SAID.get(code, f"style {code}")] = None
    return style


def _number(text: str) -> int:
    return int(text or 0) if len(text) <= 4 and not text.strip("0123456789") else 9999


def _without_space(details: list[int]) -> list[int]:
    """``38:2:<colour space>:r:g:b`` without its colour space, which few programs write."""
    return [2, *details[2:5]] if details[0] == 2 and len(details) >= 5 else details


def _colour(numbers: Iterator[int]) -> int:
    """A palette index from ``5;n`` or ``2;r;g;b``; -1 when there is none."""
    mode = next(numbers, -1)
    if mode == 5:
        index = next(numbers, -1)
        return index if index <= 255 else -1
    if mode == 2:
        red, green, blue = (next(numbers, -1) for _ in range(3))
        if all(0 <= part <= 255 for part in (red, green, blue)):
            return nearest(red, green, blue)
    return -1
