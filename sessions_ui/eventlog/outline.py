"""The outline of a whole log: how much was printed when, where input and errors are, where it paused.

Made of columns or of whole segments alike: ``add`` takes stretches that begin at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sessions_ui.eventlog.events import PAUSE_SECONDS

BUCKETS = 240
#: How many silences are named.
PAUSES = 5
MARKS = 60


@dataclass(frozen=True, slots=True)
class Pause:
    """``seconds`` of silence that end with event ``event`` at ``at`` seconds."""

    event: int
    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Mark:
    """An error event, which hoop itself wrote."""

    event: int
    at: float


@dataclass(frozen=True, slots=True)
class Outline:
    """``first`` and ``last`` are seconds; bucket ``n`` covers its share between them. ``printed`` is in
    bytes, ``typed`` in events. The longest pauses, in order of time; the first error events."""

    first: float
    last: float
    printed: tuple[int, ...]
    typed: tuple[int, ...]
    pauses: tuple[Pause, ...]
    errors: tuple[Mark, ...]

    def place(self, at: float) -> float:
        """Where a time stands, from 0 to 1.

        >>> Outline(0, 10, (), (), (), ()).place(2.5)
        0.25
        """
        if self.last <= self.first:
            return 0.0
        return min(1.0, max(0.0, (at - self.first) / (self.last - self.first)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """One event, or a whole segment where a log has very many: then ``until`` is when it was over."""

    event: int
    seconds: float
    printed: int
    typed: int
    error: bool
    until: float | None = None


def draw_outline(stretches: Iterable[Stretch], *, first: float, last: float) -> Outline:
    """From stretches in order; odd times outside ``first`` … ``last`` count at the ends."""
    printed, typed = [0] * BUCKETS, [0] * BUCKETS
    pauses: list[Pause] = []
    errors: list[Mark] = []
    scale = BUCKETS / (last - first) if last > first else 0.0
    before: float | None = None
    for stretch in stretches:
        at = min(BUCKETS - 1, max(0, int((stretch.seconds - first) * scale)))
        printed[at] += stretch.printed
        typed[at] += stretch.typed
        if before is not None and stretch.seconds - before > PAUSE_SECONDS:
            pauses.append(Pause(stretch.event, stretch.seconds, stretch.seconds - before))
        before = stretch.seconds if stretch.until is None else stretch.until
        if stretch.error and len(errors) < MARKS:
            errors.append(Mark(stretch.event, stretch.seconds))
    longest = sorted(pauses, key=lambda pause: -pause.seconds)[:PAUSES]
    return Outline(
        first,
        last,
        tuple(printed),
        tuple(typed),
        tuple(sorted(longest, key=lambda pause: pause.at)),
        tuple(errors),
    )
