"""A published log for files: its events in columns, a segment at a time, and how many bytes they are.

This is the one place where events leave the archive for a file. Memory is bounded by a few segments, or
by one event where that is longer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from sessions_ui.archive.chosen_rows import LANE_KINDS, Choice, read_rows, read_run, rows_of, segment_before
from sessions_ui.archive.reading import LANES, EventLog, LogGone
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.options import Chosen
from sessions_ui.eventlog.masking import MASK

#: What is counted, and the log's own column with its total.
_TOTALS = {name: f"{name}_events" for name in LANES.values()} | {
    f"{name}_bytes": f"{name}_bytes" for name in LANE_KINDS
}
_MAY_BE_TYPED = bytes(kind in b"i?" for kind in range(256))


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
    for rows in read_rows(log, choice, choice.lanes):
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
        size += sum(sum(compress(rows.lengths, rows.picked)) for rows in read_rows(log, part, ()))
    return Measured(events, size)


def read_seconds(log: EventLog, choice: Choice) -> Iterator[Sequence[float]]:
    """When the chosen events were, a segment at a time, without their payloads."""
    for rows in read_rows(log, choice, ()):
        yield rows.of_events(rows.seconds)


def _completed(batch: Chosen, rest: list[bytes]) -> Chosen:
    """The batch, its last event with what later segments hold of it."""
    if not rest:
        return batch
    return replace(batch, payloads=[*batch.payloads[:-1], b"".join([batch.payloads[-1], *rest])])


def _before(log: EventLog, event: int) -> dict[str, int]:
    """Events of each kind, and bytes of each lane, of all events before that one."""
    if event > log.events:
        return {name: int(getattr(log.record, column)) for name, column in _TOTALS.items()}
    if event <= 1:
        return dict.fromkeys(_TOTALS, 0)
    columns = {name: f"before_{name}" for name in _TOTALS}
    found = log.record.stored_segments().filter(sequence=segment_before(log, event))
    names = ("sequence", "first_event", "continues", "rows", "columns", *columns.values())
    record = found.values(*names).first()
    if record is None:
        raise LogGone(f"event {event} of log {log.record.pk}")
    counts = {name: int(record[column]) for name, column in columns.items()}
    for kind, name in LANES.items():
        one = rows_of(log, record, Choice(frozenset(kind), 1, event - 1), ())
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
        found = read_run(log, sequence, ["sequence", name])
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
