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
    start, number = 0, 1
    while number < first:
        end = payload.find(b"\n", start)
        if end < 0 or end + 1 == len(payload):
            return
        start, number = end + 1, number + 1
    while start < len(payload) or (number == 1 and not payload):
        end = payload.find(b"\n", start)
        stop = len(payload) if end < 0 else end + 1
        yield number, payload[start:stop]
        if stop == len(payload):
            return
        start, number = stop, number + 1


def count_lines(payload: bytes) -> int:
    """
    >>> count_lines(b"a\\nb"), count_lines(b"a\\n"), count_lines(b"")
    (2, 1, 1)
    """
    return max(1, payload.count(b"\n") + (not payload.endswith(b"\n")))
