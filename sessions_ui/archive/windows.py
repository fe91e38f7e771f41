"""A window of a log: at most 200 rows or 256 KB, from a place on, up to a place, or around one.

A row is a line of an event, a run of keystrokes with their echo, or an event that has no lines
(bytes that are no text). Every window is a slice of the rows of the whole log, whatever the size of
the log, and costs a few segments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, takewhile
from typing import NamedTuple

from sessions_ui.archive.log_row import LogRow, folded
from sessions_ui.archive.reading import LANES, Budget, EventLog
from sessions_ui.eventlog.events import ODD, PAUSE_SECONDS, Event
from sessions_ui.eventlog.hexdump import is_binary
from sessions_ui.eventlog.places import Place, Stretch, count_lines, line_start, lines_before, lines_of
from sessions_ui.eventlog.runs import RUN_EVENTS, Run, block_of, runs
from sessions_ui.eventlog.screens import Screen

WINDOW_ROWS = 200
WINDOW_BYTES = 256 * 1024
#: What a window of chosen kinds may unpack: rare events lie far apart.
WINDOW_UNPACKED = 12 * 1024 * 1024
CONTEXT_ROWS = 5

__all__ = ["LogRow", "Window", "Windows"]


@dataclass(frozen=True, slots=True)
class Window:
    """``before`` and ``after`` are where the neighbouring windows end and begin; None at the ends."""

    rows: tuple[LogRow, ...]
    before: Place | None
    after: Place | None


class _Lines(NamedTuple):
    """The rows of an event with several lines, from line ``first`` on, made when they are asked for: there
    may be a million."""

    event: Event
    first: int

    def rows_from(self, place: Place | None) -> Iterator[LogRow]:
        """``place`` lets lines before it be passed over without being made."""
        first = self.first
        if place is not None and self.event.number <= place.event:
            if self.event.number < place.event:
                return iter(())
            first = max(first, place.line)
        return map(self._row, lines_of(self.event.payload, first))

    def rows_before(self, place: Place) -> Iterator[LogRow]:
        """Those that end before ``place``, the last one first."""
        payload, number = self.event.payload, self.event.number
        before = place.line or 1 if number == place.event else count_lines(payload) + 1
        return map(self._row, lines_before(payload, before if number <= place.event else 1, self.first))

    def _row(self, line: tuple[int, bytes]) -> LogRow:
        number, text = line
        event = self.event
        return LogRow(Event(event.number, event.seconds, event.kind, text), number, event.number)


class Windows:
    """The windows of one log. ``kinds`` chooses among ``i o e x``; ``keyboard``: join keystrokes;
    ``as_bytes``: events are not text and have no lines; ``screens``: those to be shown as one row each."""

    def __init__(
        self,
        log: EventLog,
        *,
        kinds: Collection[str] = LANES,
        keyboard: bool = False,
        as_bytes: bool = False,
        screens: Sequence[Screen] = (),
    ) -> None:
        self._log = log
        self._kinds = kinds
        self._keyboard = keyboard and not as_bytes
        self._as_bytes = as_bytes
        #: Rows that join events have the same borders wherever reading begins, if it begins with a block.
        self._aligned = self._keyboard or log.mask.typed
        self._screens = screens if not as_bytes and {"i", "o"} <= set(kinds) else ()

    def first(self) -> Window:
        return self.starting(Place(1))

    def last(self) -> Window:
        return self.ending(Place(self._log.events + 1))

    def starting(self, place: Place) -> Window:
        """Rows from ``place`` on; a place within a run or an event begins at its row."""
        rows: list[LogRow] = []
        size = 0
        before = None
        begin = block_of(place.event) * RUN_EVENTS + 1 if self._aligned else place.event
        budget = self._budget()
        for row in self._rows_from(begin, place, budget):
            if row.ends_before(place):
                continue
            size += row.size
            if rows and (len(rows) == WINDOW_ROWS or size > WINDOW_BYTES):
                return Window(tuple(rows), before, row.place)
            if not rows:
                # Asked at once: of hundreds of segments only the last few stay unpacked.
                before = self._before(row)
            rows.append(row)
        return Window(
            tuple(rows),
            before if rows else self._end(),
            Place(budget.resume) if budget and budget.resume else None,
        )

    def ending(self, place: Place) -> Window:
        """The rows just before ``place``."""
        rows: list[LogRow] = []
        size = 0
        budget = self._budget()
        for row in self._rows_before(place, budget):
            size += row.size
            if rows and (len(rows) == WINDOW_ROWS or size > WINDOW_BYTES):
                return Window(tuple(reversed(rows)), rows[-1].place, self._from(place))
            rows.append(row)
        before = Place(budget.resume) if budget and budget.resume else None
        return Window(tuple(reversed(rows)), before, self._from(place))

    def around(self, stretch: Stretch) -> Window:
        """The window that shows ``stretch`` with a few rows before it."""
        before = [row for row, _ in zip(self._rows_before(stretch.first), range(CONTEXT_ROWS), strict=False)]
        shown = self.starting(before[-1].place if before else stretch.first)
        if before and not any(row.within(stretch) for row in shown.rows):
            # What stands before it fills a window by itself.
            return self.starting(stretch.first)
        return shown

    def quiet_since(self, row: LogRow) -> float | None:
        """When the event before this row was; None where there is none, or some kinds are left out."""
        if len(self._kinds) < len(LANES) or row.line > 1:
            return None
        event = next(self._log.read_before(row.event.number), None)
        return None if event is None or (event.kind == ODD and not event.seconds) else event.seconds

    def lookback(self, place: Place, *, events: int = 20, size: int = 16 * 1024) -> list[Event]:
        """Events just before a row, as much as colours and split characters need, oldest first."""
        found: list[Event] = []
        if self._keyboard and len(self._kinds) == len(LANES):
            # An echo that is joined to its keys is not among what was printed before.
            rows = islice(self._rows_before(place), events)
            shown = [row.event._replace(payload=b"") if row.masked else row.event for row in rows]
            return [event._replace(payload=event.payload[-size:]) for event in reversed(shown)]
        if place.line > 1:
            event = next(self._log.read_from(place.event), None)
            if event is not None:
                begins = line_start(event.payload, place.line)
                ahead = event.payload[max(0, begins - size) : begins]
                found.append(Event(event.number, event.seconds, event.kind, ahead))
        for event in self._log.read_before(place.event):
            if len(found) >= events:
                break
            found.append(Event(event.number, event.seconds, event.kind, event.payload[-size:]))
        return found[::-1]

    def _rows(self, events: Iterable[Event], place: Place | None = None) -> Iterator[LogRow]:
        """``place`` lets lines before it be passed over without being made."""
        for item in self._items(events):
            if isinstance(item, _Lines):
                yield from item.rows_from(place)
            else:
                yield item

    def _items(self, events: Iterable[Event]) -> Iterator[LogRow | _Lines]:
        """``events`` as they were recorded: whether something is an echo is worked out of what was typed,
        also where that is not shown. No row of masked input holds any of it."""
        items = self._of_each(events)
        return self._joined(items) if self._log.mask.typed else items

    def _of_each(self, events: Iterable[Event]) -> Iterator[LogRow | _Lines]:
        for item in runs(events, gap=self._gap()) if self._keyboard else events:
            if isinstance(item, Run):
                yield self._run(item)
                if item.last_line:
                    yield self._lines(item.last, item.last_line + 1)
            elif self._log.mask.hides(item.kind, item.number):
                yield LogRow(item._replace(kind="o", payload=b""), 0, item.number, masked=True)
            else:
                yield self._lines(self._log.cover.event(item))

    def _run(self, run: Run) -> LogRow:
        first, last = run.first.number, run.last.number
        masked = any(self._log.mask.hides("i", number) for number in range(first, last + 1))
        shown = Event(first, run.first.seconds, *(("o", run.echo) if masked else ("i", run.typed)))
        return LogRow(shown, 0, last, run.last_line, masked=masked, ended=run.last.seconds)

    def _joined(self, items: Iterable[LogRow | _Lines]) -> Iterator[LogRow | _Lines]:
        """Masked rows without an echo that follow each other are one: not even the kinds of keys are told."""
        held: LogRow | None = None
        for item in items:
            silent = item if isinstance(item, LogRow) and item.is_silent else None
            if held is not None and silent is not None and self._follows(silent, held):
                held = held._replace(last_event=silent.last_event, ended=silent.until)
                continue
            if held is not None:
                yield held
            held = silent
            if silent is None:
                yield item
        if held is not None:
            yield held

    def _follows(self, row: LogRow, held: LogRow) -> bool:
        """Whether two silent rows are one."""
        near = 0 <= row.event.number - held.last_event <= self._gap()
        near = near and row.event.seconds - held.until <= PAUSE_SECONDS
        return near and block_of(row.event.number) == block_of(held.event.number)

    def _lines(self, event: Event, first: int = 1) -> LogRow | _Lines:
        """From line ``first`` on."""
        payload = event.payload
        whole = self._as_bytes or event.kind not in "ioe" or payload.find(b"\n", 0, len(payload) - 1) < 0
        return LogRow(event, 0, event.number) if whole or is_binary(payload) else _Lines(event, first)

    def _budget(self) -> Budget | None:
        block = RUN_EVENTS if self._aligned else 1
        return None if len(self._kinds) == len(LANES) else Budget(WINDOW_UNPACKED, block=block)

    def _rows_from(self, begin: int, place: Place, budget: Budget | None) -> Iterator[LogRow]:
        """Rows of the events from number ``begin`` on, each screen in its place."""
        for screen in self._screens:
            if screen.last < begin:
                continue
            if begin < screen.first:
                events = self._log.real_from(begin, self._kinds, budget=budget)
                yield from self._rows(_below(events, screen.first), place)
                if budget and budget.resume is not None:
                    return
            yield folded(screen)
            begin = screen.last + 1
        yield from self._rows(self._log.real_from(begin, self._kinds, budget=budget), place)

    def _rows_before(self, place: Place, budget: Budget | None = None) -> Iterator[LogRow]:
        """Rows that end before ``place``, the last one first."""
        end = place.event + 1 if place.line > 1 else place.event
        if self._aligned:
            # The run that holds the place begins before it and is not wholly before.
            end = (block_of(max(1, end - 1)) + 1) * RUN_EVENTS + 1
        for screen in reversed(self._screens):
            if screen.first >= end:
                continue
            yield from self._rows_between(screen.last + 1, end, place, budget)
            if budget and budget.resume is not None:
                return
            row = folded(screen)
            if row.ends_before(place):
                yield row
            end = screen.first
        yield from self._rows_between(1, end, place, budget)

    def _rows_between(self, first: int, end: int, place: Place, budget: Budget | None) -> Iterator[LogRow]:
        """Rows of the events from number ``first`` on and below ``end`` that end before ``place``."""
        if end <= first:
            return
        events = self._log.real_before(end, self._kinds, budget=budget)
        events = takewhile(lambda event: event.number >= first, events)
        for _, block in groupby(events, key=lambda event: block_of(event.number)):
            for item in reversed(list(self._items(reversed(list(block))))):
                if isinstance(item, _Lines):
                    yield from item.rows_before(place)
                elif item.ends_before(place):
                    yield item

    def _gap(self) -> int:
        return 1 if "o" in self._kinds else 2

    def _before(self, row: LogRow) -> Place | None:
        """Where the window before this row ends, if there is anything before it."""
        more = row.line > 1 or self._log.has_before(row.event.number, self._kinds)
        return row.place if more else None

    def _end(self) -> Place | None:
        return Place(self._log.events + 1) if self._log.count(self._kinds) else None

    def _from(self, place: Place) -> Place | None:
        if place.event > self._log.events:
            return None
        following = next(iter(self._rows(self._log.real_from(place.event, self._kinds), place)), None)
        return place if following is not None else None


def _below(events: Iterable[Event], number: int) -> Iterator[Event]:
    return takewhile(lambda event: event.number < number, events)
