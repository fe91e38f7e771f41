"""Where in a recording the hits of a search are: for the position strip, and for going from hit to hit.

A published log never changes, so what a whole search found of it is remembered in this process.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from sessions_ui.archive.masking import Mask
from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.searching import Found, LaneFound, search_log
from sessions_ui.archive.segments import PRINTED, TYPED, unpack_columns
from sessions_ui.eventlog.query import Query
from sessions_ui.eventlog.search import part_bytes

#: A page that only shows where hits are waits this long for them.
PATIENCE_SECONDS = 1.5
_KEPT = 256


@dataclass(frozen=True, slots=True)
class HitPlace:
    """``count`` hits, of which ``first`` is the number of the first. ``seconds`` is when the two-hundredth
    of its lane began in which their lines begin: near enough for a picture, and no more."""

    first: int
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Spread:
    """All hits of a query: how many, and where; ``whole`` False: as far as the search came. ``masked``:
    what was typed was not searched."""

    count: int
    places: tuple[HitPlace, ...]
    whole: bool
    masked: bool = False


_Key = tuple[int, str, Mask, Query]
_kept: OrderedDict[_Key, Spread] = OrderedDict()
_kept_lock = threading.Lock()


def spread_of(log: EventLog, query: Query, found: Found) -> Spread:
    """What a search has just found, as places in time. Less than the whole is remembered as well, until
    somebody waits for more: each page of a long log would search it again."""
    spread = Spread(found.count, tuple(_places(log, found)), found.whole, found.masked)
    with _kept_lock:
        before = _kept.get(_key(log, query))
        if before is None or spread.whole or not before.whole:
            _kept[_key(log, query)] = spread
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return spread


def find_spread(log: EventLog, query: Query, *, gone: Callable[[], bool] = lambda: False) -> Spread:
    """Of an earlier search of this process, or of one that is made now and may not take long.
    Raises BadPattern."""
    kept = kept_spread(log, query)
    if kept is None:
        found = search_log(log, query, limit=0, seconds=PATIENCE_SECONDS, gone=gone)
        if not found.whole and gone():
            # Nobody is shown how far it came by then.
            return Spread(found.count, (), whole=False, masked=found.masked)
        kept = spread_of(log, query, found)
    return kept


def kept_spread(log: EventLog, query: Query) -> Spread | None:
    with _kept_lock:
        return _kept.get(_key(log, query))


def _key(log: EventLog, query: Query) -> _Key:
    return log.record.pk, log.record.events_sha256, log.mask, query


def _places(log: EventLog, found: Found) -> Iterator[HitPlace]:
    """A place for each two-hundredth of a lane that holds a hit, in the order of the hits."""
    number = 1
    for lane in found.lanes:
        size = part_bytes(lane.lane_bytes)
        offsets = [part * size for part, count in enumerate(lane.parts) if count]
        counts = [count for count in lane.parts if count]
        for count, seconds in zip(counts, _moments(log, lane, offsets), strict=True):
            yield HitPlace(number, count, seconds)
            number += count


def _moments(log: EventLog, lane: LaneFound, offsets: list[int]) -> Iterator[float]:
    """When the bytes of the lane at these offsets, which only grow, were typed or printed."""
    rows = log.record.stored_segments().order_by("sequence")
    begins = list(rows.values_list(f"before_{lane.lane}_bytes", flat=True)) if offsets else []
    read: int | None = None
    for offset in offsets:
        # Of several that begin at the same byte only the last one holds it.
        sequence = bisect_right(begins, offset) - 1
        if sequence != read:
            count, blob = rows.values_list("rows", "columns").get(sequence=sequence)
            seconds, kinds, lengths = unpack_columns(unpack(blob), count)
            wanted = TYPED if lane.lane == "typed" else PRINTED
            held = [row for row in range(count) if kinds[row] in wanted and lengths[row]]
            starts = list(accumulate((lengths[row] for row in held), initial=begins[sequence]))[:-1]
            read = sequence
        yield seconds[held[bisect_right(starts, offset) - 1]]
