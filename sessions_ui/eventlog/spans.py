"""Harmless text in classes, line by line: what every rendering in this room is made of."""

from __future__ import annotations

from typing import NamedTuple

MARK = "t-ctl"
BYTES = "t-byte"
FOLD = "t-fold"
STYLES = ("t-bold", "t-dim", "t-italic", "t-underline", "t-inverse", "t-strike")
HEX = ("x-off", "x-hex", "x-asc")

#: Every class a span may carry; the stylesheet knows them all.
CLASSES = frozenset(
    (MARK, BYTES, FOLD, *STYLES, *HEX, *(f"t-{ground}-{n}" for ground in ("fg", "bg") for n in range(256)))
)


class Span(NamedTuple):
    """``text`` holds no control character but TAB, nothing invisible and no lone surrogate;
    it is not HTML-escaped. ``classes`` are space-separated names of ``CLASSES``."""

    text: str
    classes: str = ""


Line = tuple[Span, ...]


def joined(start: Line, end: Line) -> Line:
    """One line of two halves; equal classes merge."""
    if start and end and start[-1].classes == end[0].classes:
        middle = Span(start[-1].text + end[0].text, end[0].classes)
        return (*start[:-1], middle, *end[1:])
    return (*start, *end)


class LineBuilder:
    """Collects text and markers: equal classes merge, a marker said again is counted."""

    __slots__ = ("_classes", "_count", "_lines", "_mark", "_parts", "_spans")

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._spans: list[Span] = []
        self._parts: list[str] = []
        self._classes = ""
        self._mark = ""
        self._count = 0

    def text(self, text: str, classes: str = "") -> None:
        if self._mark:
            self._settle_mark()
        if classes != self._classes:
            self._settle_span()
            self._classes = classes
        self._parts.append(text)

    def mark(self, name: str) -> None:
        """Add a marker such as ``⟨bell⟩``; ``name`` must be harmless already."""
        if name == self._mark:
            self._count += 1
            return
        if self._mark:
            self._settle_mark()
        self._mark, self._count = name, 1

    def end_line(self) -> None:
        self._settle_mark()
        self._settle_span()
        self._lines.append(tuple(self._spans))
        self._spans = []

    def lines(self) -> list[Line]:
        """All lines; the last is the one not ended yet, often empty. Ends the builder."""
        self.end_line()
        return self._lines

    def _settle_mark(self) -> None:
        name, self._mark = self._mark, ""
        if name:
            self.text(f"⟨{name} ×{self._count:,}⟩" if self._count > 1 else f"⟨{name}⟩", MARK)

    def _settle_span(self) -> None:
        if self._parts:
            self._spans.append(Span("".join(self._parts), self._classes))
            self._parts = []
