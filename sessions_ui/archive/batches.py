"""A published log for files: its events in columns, a segment at a time, and how many bytes they are.

This is the one place where events leave the archive for a file. Memory is bounded by a few segments, or
by one event where that is longer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, compress, pairwise
from typing import Any

from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import LANES, EventLog, LogGone
from sessions_ui.archive.segments import LANE_OF, unpack_columns
from sessions_ui.archive.unpacking import OpenLane
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.options import Chosen
from sessions_ui.eventlog.masking import MASK

#: Segments a query: each alone would cost a query for a quarter of a megabyte.
RUN = 8
#: The lanes that payloads are stored in, and the kinds that each holds all of.
LANE_KINDS = {"typed": frozenset("i"), "printed": frozenset("oe"), "other": frozenset("x")}
_LANE_NAMES = tuple(LANE_KINDS)
#: What is counted, and the log's own column with its total.
_TOTALS = {name: f"{name}_events" for name in LANES.values()} | {
    f"{name}_bytes": f"{name}_bytes" for name in LANE_KINDS
}
_MAY_BE_TYPED = bytes(kind in b"i?" for kind in range(256))
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
class Measured:
    """How many events a choice holds, and the bytes of their payloads."""

    events: int
    size: int


def choose(log: EventLog, kinds: Collection[str] = LANES, *, first: int = 1, last: int = 0) -> Choice:
    """``last`` 0: to the end."""
    there = frozenset(kind for kind in kinds if log.count(kind))
    if len(there & {"o", "e"}) == 1 and not (log.count("o") and log.count("e")):
        # Output alone is all that was printed where there are no errors; and the other way round.
        there |= {"o", "e"}
    return Choice(there, first, last or log.events)


def read_batches(log: EventLog, choice: Choice) -> Iterator[Chosen]:
    """The chosen events, in order, each whole, masked as the log is. Raises LogGone, and ValueError for a
    damaged segment."""
    return (_masked(log, batch) for batch in _batches(log, choice))


def _batches(log: EventLog, choice: Choice) -> Iterator[Chosen]:
    held: Chosen | None = None
    rest: list[bytes] = []
    for rows in _rows(log, choice, choice.lanes):
        payloads = rows.payloads()
        if held is not None and rows.goes_on:
            rest.append(payloads[0])
            if len(rows.kinds) == 1:
                # The event may go on in the next segment as well.
                continue
        if held is not None:
            yield _completed(held, rest)
            rest = []
        held = rows.chosen(payloads)
    if held is not None:
        yield _completed(held, rest)


def _masked(log: EventLog, batch: Chosen) -> Chosen:
    """The batch without what its log's mask hides."""
    if not log.mask.typed or not (b"i" in batch.kinds or b"?" in batch.kinds):
        return batch
    payloads = list(batch.payloads)
    # Most events of a batch are output, which nothing has to look at.
    for row in compress(range(len(payloads)), batch.kinds.translate(_MAY_BE_TYPED)):
        event = Event(batch.numbers[row], batch.seconds[row], chr(batch.kinds[row]), payloads[row])
        payloads[row] = log.cover.event(event).payload
    return replace(batch, payloads=payloads)


def read_lane(log: EventLog, choice: Choice, *, start: int = 0) -> Iterator[bytes] | None:
    """The bytes from ``start`` on, where the choice is a whole lane of the whole log; None where not."""
    if (choice.first, choice.last) != (1, log.events):
        return None
    names = [name for name, kinds in LANE_KINDS.items() if kinds == choice.kinds]
    if log.mask.hides_all_typed and names != ["printed"]:
        return None
    return _lane(log, names[0], start) if names else None


def measure(log: EventLog, choice: Choice) -> Measured:
    """Exact; from the index alone unless output and errors must be told apart."""
    start, end = _before(log, choice.first), _before(log, choice.last + 1)
    events = sum(end[LANES[kind]] - start[LANES[kind]] for kind in choice.kinds)
    whole = [f"{name}_bytes" for name, kinds in LANE_KINDS.items() if kinds <= choice.kinds]
    size = sum(end[name] - start[name] for name in whole)
    if log.mask.hides_all_typed and "i" in choice.kinds:
        size += len(MASK) * (end["typed"] - start["typed"]) - (end["typed_bytes"] - start["typed_bytes"])
    if len(choice.kinds & {"o", "e"}) == 1:
        part = replace(choice, kinds=choice.kinds & {"o", "e"})
        size += sum(sum(compress(rows.lengths, rows.picked)) for rows in _rows(log, part, ()))
    return Measured(events, size)


def read_seconds(log: EventLog, choice: Choice) -> Iterator[Sequence[float]]:
    """When the chosen events were, a segment at a time, without their payloads."""
    for rows in _rows(log, choice, ()):
        yield rows.of_events(rows.seconds)


@dataclass(frozen=True, slots=True)
class _Rows:
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
        pieces = {
            number: iter(self._pieces(lane_of.translate(_ONLY[number]), number))
            for number in set(compress(lane_of, self.picked))
        }
        if len(pieces) == 1:
            ((number, own),) = pieces.items()
            return list(compress(own, compress(self.picked, lane_of.translate(_ONLY[number]))))
        rows = [next(pieces[number]) if number in pieces else b"" for number in lane_of]
        return list(compress(rows, self.picked))

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


_MAY_BE_TYPED = bytes(kind in b"i?" for kind in range(256))
#: For each lane's number a table that turns it into 1 and the others into 0.
_ONLY = tuple(bytes(other == number for other in range(256)) for number in range(len(_LANE_NAMES)))


def _completed(batch: Chosen, rest: list[bytes]) -> Chosen:
    """The batch, its last event with what later segments hold of it."""
    if not rest:
        return batch
    return replace(batch, payloads=[*batch.payloads[:-1], b"".join([batch.payloads[-1], *rest])])


def _rows(log: EventLog, choice: Choice, lanes: Collection[str]) -> Iterator[_Rows]:
    """The segments that hold any event of the chosen numbers; ``lanes`` are read with them."""
    sequence, last, reached = _segment_before(log, choice.first), choice.last, choice.first - 1
    if last < choice.first or not choice.kinds:
        return
    names = ("sequence", "first_event", "continues", "rows", "columns", *lanes)
    while True:
        found = _run(log, sequence, names)
        if not found and reached < last:
            raise LogGone(f"segment {sequence} of log {log.record.pk}")
        for record in found:
            rows = _rows_of(log, record, choice, lanes)
            reached = rows.first_event + len(rows.kinds) - 1
            yield rows
            # At the last number itself the next segment may hold more of that event.
            if reached > last:
                return
        if not found:
            return
        sequence += len(found)


def _rows_of(log: EventLog, record: dict[str, Any], choice: Choice, lanes: Collection[str]) -> _Rows:
    seconds, kinds, lengths = unpack_columns(unpack(record["columns"]), record["rows"])
    number = record["first_event"]
    start = min(len(kinds), max(0, choice.first - number))
    stop = min(len(kinds), max(start, choice.last + 1 - number))
    picked = bytes(start) + kinds[start:stop].translate(choice.table) + bytes(len(kinds) - stop)
    blobs = {name: record[name] for name in lanes}
    return _Rows(
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


def _run(log: EventLog, sequence: int, names: Collection[str]) -> list[dict[str, Any]]:
    """A few segments from ``sequence`` on."""
    run = log.record.stored_segments().filter(sequence__gte=sequence, sequence__lt=sequence + RUN)
    return list(run.order_by("sequence").values(*names))


def _segment_before(log: EventLog, event: int) -> int:
    """The last segment that begins with an earlier event; 0 where none does."""
    found = log.record.stored_segments().filter(first_event__lt=event).order_by("-first_event", "-sequence")
    return int(found.values_list("sequence", flat=True).first() or 0)


def _before(log: EventLog, event: int) -> dict[str, int]:
    """Events of each kind, and bytes of each lane, of all events before that one."""
    if event > log.events:
        return {name: int(getattr(log.record, column)) for name, column in _TOTALS.items()}
    if event <= 1:
        return dict.fromkeys(_TOTALS, 0)
    columns = {name: f"before_{name}" for name in _TOTALS}
    found = log.record.stored_segments().filter(sequence=_segment_before(log, event))
    names = ("sequence", "first_event", "continues", "rows", "columns", *columns.values())
    record = found.values(*names).first()
    if record is None:
        raise LogGone(f"event {event} of log {log.record.pk}")
    counts = {name: int(record[column]) for name, column in columns.items()}
    for kind, name in LANES.items():
        one = _rows_of(log, record, Choice(frozenset(kind), 1, event - 1), ())
        counts[name] += sum(one.picked[int(one.continues) :])
        lane = next(lane for lane, kinds in LANE_KINDS.items() if kind in kinds)
        counts[f"{lane}_bytes"] += sum(compress(one.lengths, one.picked))
    return counts


def _lane(log: EventLog, name: str, start: int) -> Iterator[bytes]:
    left = int(getattr(log.record, f"{name}_bytes")) - start
    if left <= 0:
        return
    sequence, skip = _segment_at(log, name, start)
    while left:
        found = _run(log, sequence, ["sequence", name])
        if not found:
            raise LogGone(f"segment {sequence} of log {log.record.pk}")
        for record in found:
            chunk = log.cover.lane(record["sequence"], name, record[name])[skip : skip + left]
            skip = 0
            left -= len(chunk)
            if chunk:
                yield chunk
        sequence += len(found)


def _segment_at(log: EventLog, name: str, place: int) -> tuple[int, int]:
    """The segment that holds a lane's byte, and how many of the lane's bytes stand before it there."""
    column = f"before_{name}_bytes"
    found = log.record.stored_segments().filter(**{f"{column}__lte": place})
    record = found.order_by(f"-{column}", "-sequence").values("sequence", column).first()
    return (record["sequence"], place - record[column]) if record else (0, place)
