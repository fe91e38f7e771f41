"""LogRow: what a window of a log is made of."""

from __future__ import annotations

from typing import NamedTuple

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.places import Place, Stretch
from sessions_ui.eventlog.screens import Screen

#: What a row can show; more of one line is folded, and counts no further.
ROW_BYTES = 64 * 1024


class LogRow(NamedTuple):
    """``event`` holds this row's bytes only. ``line`` 0: the whole event (it has no other line).
    ``last_event`` is above the event's number in a run; ``last_line`` 1: of that event the run holds
    the first line only. ``screen``: a full-screen program, folded; the row has no bytes then.
    ``masked``: what was typed is not shown; the event's kind is ``o`` then, and its bytes are the echo.
    ``ended``: when the last of its events was, where it joins several."""

    event: Event
    line: int
    last_event: int
    last_line: int = 0
    screen: Screen | None = None
    masked: bool = False
    ended: float | None = None

    @property
    def until(self) -> float:
        """Seconds; when the last of its events was."""
        return self.event.seconds if self.ended is None else self.ended

    @property
    def place(self) -> Place:
        return Place(self.event.number, self.line)

    @property
    def size(self) -> int:
        return min(len(self.event.payload), ROW_BYTES)

    @property
    def written(self) -> str:
        """The row's stretch as it is written."""
        if self.last_event == self.event.number:
            return f"{self.event.number}.{self.line}" if self.line else str(self.event.number)
        return str(self.stretch)

    @property
    def is_silent(self) -> bool:
        """Typed, not shown, and not echoed."""
        return self.masked and not self.event.payload

    @property
    def stretch(self) -> Stretch:
        """What the row holds."""
        if self.last_event == self.event.number:
            return Stretch(self.place, self.place)
        return Stretch(self.place, Place(self.last_event, self.last_line))

    def ends_before(self, place: Place) -> bool:
        """An event as a whole stands where its first line does."""
        return (self.last_event, self.last_line or self.line or 1) < (place.event, place.line or 1)

    def within(self, stretch: Stretch) -> bool:
        """Whether any of it belongs to the stretch."""
        if self.last_event > self.event.number:
            begins = (stretch.first.event, stretch.first.line if self.last_line else 0)
            return begins <= (self.last_event, self.last_line) and self.event.number <= stretch.last.event
        return stretch.holds(self.event.number, self.line or 1)


def folded(screen: Screen) -> LogRow:
    """The row that stands for a full-screen program."""
    return LogRow(
        Event(screen.first, screen.began, "o", b""), 0, screen.last, screen=screen, ended=screen.ended
    )
