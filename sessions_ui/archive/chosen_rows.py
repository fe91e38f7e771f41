"""The stored rows of a choice of events: which of a segment's rows are chosen, and their payloads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, compress, pairwise, repeat
from typing import Any

from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog, LogGone
from sessions_ui.archive.segments import LANE_OF, unpack_columns
from sessions_ui.archive.unpacking import OpenLane
from sessions_ui.eventlog.formats.options import Chosen

#: Segments a query: each alone would cost a query for a quarter of a megabyte.
RUN = 8
#: The lanes that payloads are stored in, and the kinds that each holds all of.
LANE_KINDS = {"typed": frozenset("i"), "printed": frozenset("oe"), "other": frozenset("x")}
_LANE_NAMES = tuple(LANE_KINDS)
#: For each lane's number a table that turns it into 1 and the others into 0.
_ONLY = tuple(bytes(other == number for other in range(256)) for number in range(len(_LANE_NAMES)))


@dataclass(frozen=True)
class Choice:
    """Events ``first`` to ``last``, both included, of the given kinds (``i o e x``)."""

    kinds: frozenset[str]
    first: int
    last: int

    @cached_property
    def table(self) -> bytes:
        """Turns the chosen kinds into 1 and all others into 0."""
        return bytes((chr(kind) if chr(kind) in "ioe" else "x") in self.kinds for kind in range(256))

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes that hold any of it."""
        return tuple(name for name, kinds in LANE_KINDS.items() if kinds & self.kinds)


@dataclass(frozen=True, slots=True)
class Rows:
    """A segment's rows; ``picked`` has 1 for the chosen ones. ``continues``: the first row is the rest of
    the event before."""

    first_event: int
    continues: bool
    seconds: Sequence[float]
    kinds: bytes
    lengths: Sequence[int]
    picked: bytes
    sequence: int
    lanes: Mapping[str, bytes | memoryview]
    open_lane: OpenLane

    @property
    def goes_on(self) -> bool:
        """A chosen event that began earlier goes on here."""
        return self.continues and self.picked[:1] == b"\x01"

    def of_events(self, column: Sequence[float]) -> list[float]:
        """A column of the chosen events that begin here."""
        skip = int(self.continues)
        return list(compress(column[skip:], self.picked[skip:]))

    def payloads(self) -> list[bytes]:
        """Of the chosen rows. Raises ValueError when a lane is not as long as its rows."""
        lane_of = self.kinds.translate(LANE_OF)
        chosen = set(compress(lane_of, self.picked))
        pieces = [
            iter(self._pieces(lane_of.translate(_ONLY[number]), number)) if number in chosen else repeat(b"")
            for number in range(len(_LANE_NAMES))
        ]
        if len(chosen) == 1:
            (number,) = chosen
            return list(compress(pieces[number], compress(self.picked, lane_of.translate(_ONLY[number]))))
        return list(compress(map(next, map(pieces.__getitem__, lane_of)), self.picked))

    def _pieces(self, own: bytes, number: int) -> list[bytes]:
        name = _LANE_NAMES[number]
        data = self.open_lane(self.sequence, name, self.lanes[name])
        ends = list(accumulate(compress(self.lengths, own), initial=0))
        if ends[-1] != len(data):
            raise ValueError("a segment is damaged: a lane and its rows do not agree")
        return [data[start:end] for start, end in pairwise(ends)]

    def chosen(self, payloads: list[bytes]) -> Chosen | None:
        """The chosen events that begin here; None when there are none."""
        skip = int(self.continues)
        numbers = range(self.first_event + skip, self.first_event + len(self.kinds))
        kinds = bytes(compress(self.kinds[skip:], self.picked[skip:]))
        if not kinds:
            return None
        return Chosen(
            list(compress(numbers, self.picked[skip:])),
            self.of_events(self.seconds),
            kinds,
            payloads[1:] if self.goes_on else payloads,
        )


def read_rows(log: EventLog, choice: Choice, lanes: Collection[str]) -> Iterator[Rows]:
    """The segments that hold any event of the chosen numbers; ``lanes`` are read with them."""
    sequence, last, reached = segment_before(log, choice.first), choice.last, choice.first - 1
    if last < choice.first or not choice.kinds:
        return
    names = ("sequence", "first_event", "continues", "rows", "columns", *lanes)
    while True:
        found = read_run(log, sequence, names)
        if not found and reached < last:
            raise LogGone(f"segment {sequence} of log {log.record.pk}")
        for record in found:
            rows = rows_of(log, record, choice, lanes)
            reached = rows.first_event + len(rows.kinds) - 1
            yield rows
            # At the last number itself the next segment may hold more of that event.
            if reached > last:
                return
        if not found:
            return
        sequence += len(found)


def rows_of(log: EventLog, record: dict[str, Any], choice: Choice, lanes: Collection[str]) -> Rows:
    seconds, kinds, lengths = unpack_columns(unpack(record["columns"]), record["rows"])
    number = record["first_event"]
    start = min(len(kinds), max(0, choice.first - number))
    stop = min(len(kinds), max(start, choice.last + 1 - number))
    picked = bytes(start) + kinds[start:stop].translate(choice.table) + bytes(len(kinds) - stop)
    blobs = {name: record[name] for name in lanes}
    return Rows(
        number,
        record["continues"],
        seconds,
        kinds,
        lengths,
        picked,
        record["sequence"],
        blobs,
        log.cover.lane,
    )


def read_run(log: EventLog, sequence: int, names: Collection[str]) -> list[dict[str, Any]]:
    """A few segments from ``sequence`` on."""
    run = log.record.stored_segments().filter(sequence__gte=sequence, sequence__lt=sequence + RUN)
    return list(run.order_by("sequence").values(*names))


def segment_before(log: EventLog, event: int) -> int:
    """The last segment that begins with an earlier event; 0 where none does."""
    found = log.record.stored_segments().filter(first_event__lt=event).order_by("-first_event", "-sequence")
    return int(found.values_list("sequence", flat=True).first() or 0)
