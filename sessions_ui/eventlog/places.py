"""Where in a log: an event, a line of it, or a stretch from one to another.

A place is written ``120`` (an event) or ``2.57`` (line 57 of event 2), a stretch ``2.57-2.60``. Events
and lines count from 1; an event's lines end at LF, and a last line without one counts as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Positions fit in 63 bits; hoop's own limit is some ten million events.
_WRITTEN = re.compile(r"([1-9][0-9]{0,17})(?:\.([1-9][0-9]{0,17}))?", re.ASCII)
#: Bytes in which line ends are counted together: first roughly, then more closely.
_STEPS = (64 * 1024, 1024)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """``line`` 0 is the event as a whole; it sorts before its first line."""

    event: int
    line: int = 0

    def __str__(self) -> str:
        return f"{self.event}.{self.line}" if self.line else str(self.event)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``first`` to ``last``, both included; equal for a single place."""

    first: Place
    last: Place

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def holds(self, event: int, line: int) -> bool:
        """Whether a line belongs to it; a place without a line stands for the whole event.

        >>> read_stretch("2.57-3").holds(3, 99), read_stretch("2.57").holds(2, 58)
        (True, False)
        """
        first = (self.first.event, self.first.line)
        last = (self.last.event, self.last.line or float("inf"))
        return first <= (event, line) <= last


def read_place(text: str) -> Place:
    """Raises ValueError for what is no place.

    >>> read_place("2.57")
    Place(event=2, line=57)
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError("not a place in a log")
    return Place(int(match[1]), int(match[2] or 0))


def read_stretch(text: str) -> Stretch:
    """A place, or two with ``-`` between; the second may not come first. Raises ValueError.

    >>> str(read_stretch("120-157"))
    '120-157'
    """
    first, dash, last = text.partition("-")
    start = read_place(first)
    end = read_place(last) if dash else start
    if end < start:
        raise ValueError("a stretch ends before it begins")
    return Stretch(start, end)


def lines_of(payload: bytes, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """The lines of a payload with their numbers from ``first`` on, LF included. Lines before are
    passed over without being copied; an empty payload is one empty line.

    >>> list(lines_of(b"a\\nb\\n\\nc", 2))
    [(2, b'b\\n'), (3, b'\\n'), (4, b'c')]
    """
    number, start = first, line_start(payload, first)
    while start < len(payload) or (number == 1 and not payload):
        stop = payload.find(b"\n", start) + 1 or len(payload)
        yield number, payload[start:stop]
        if stop == len(payload):
            return
        start, number = stop, number + 1


def lines_before(payload: bytes, before: int, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """The lines below number ``before`` and from ``first`` on, the last one first.

    >>> list(lines_before(b"a\\nb\\n\\nc", 4, 2))
    [(3, b'\\n'), (2, b'b\\n')]
    """
    number = min(before - 1, count_lines(payload))
    stop = line_start(payload, number + 1)
    while number >= first:
        start = payload.rfind(b"\n", 0, max(0, stop - 1)) + 1
        yield number, payload[start:stop]
        stop, number = start, number - 1


def line_start(payload: bytes, number: int) -> int:
    """Where line ``number`` begins; the payload's end where it has none. An event may have hundreds of
    thousands of lines: they are counted a stretch at a time, not looked for one by one.

    >>> line_start(b"a\\nb\\nc", 3), line_start(b"a\\n", 3)
    (4, 2)
    """
    at, left = 0, number - 1
    for step in _STEPS:
        while at < len(payload) and (ends := payload.count(b"\n", at, at + step)) < left:
            at, left = at + step, left - ends
    for _ in range(left):
        end = payload.find(b"\n", at)
        if end < 0:
            return len(payload)
        at = end + 1
    return min(at, len(payload))


def count_lines(payload: bytes) -> int:
    """
    >>> count_lines(b"a\\nb"), count_lines(b"a\\n"), count_lines(b"")
    (2, 1, 1)
    """
    return max(1, payload.count(b"\n") + (not payload.endswith(b"\n")))
