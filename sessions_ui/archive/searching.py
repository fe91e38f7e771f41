"""search_log: all hits in a published log, counted, and a page of them resolved to their events.

Only the lanes' bytes are read, segment by segment; memory is bounded by some segments, whatever the
size of the log. A search that is told to stop, or
runs out of time, answers with what it found and how far it came.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sessions_ui.archive.hits import Hit, HitReader
from sessions_ui.archive.leases import release_lease, take_lease
from sessions_ui.archive.reading import EventLog
from sessions_ui.eventlog.finding import Stopped
from sessions_ui.eventlog.query import LaneName, Query
from sessions_ui.eventlog.search import LaneSearch

DEADLINE_SECONDS = 20.0
HITS_A_PAGE = 100
SEARCHES_A_PERSON = 2
#: A search holds its place a little longer than it may take; a dead process's place frees itself.
_LEASE_SECONDS = DEADLINE_SECONDS + 10
_ROWS_A_QUERY = 16


class TooManySearches(Exception):
    """This person has as many searches under way as one person may."""


@dataclass(frozen=True, slots=True)
class LaneFound:
    """What the search of one lane came to. ``parts``: hits by two-hundredths of the lane's bytes, each
    where its line begins. ``pieces``: some line was too long for the expression and searched in pieces."""

    lane: LaneName
    count: int
    searched_bytes: int
    lane_bytes: int
    pieces: bool
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Hits are numbered from 1 through the query's lanes in order; ``hits`` begins with ``first``.
    ``masked``: what was typed is not shown, so it was not searched."""

    lanes: tuple[LaneFound, ...]
    hits: tuple[Hit, ...]
    first: int
    whole: bool
    masked: bool = False

    @property
    def count(self) -> int:
        return sum(lane.count for lane in self.lanes)

    @property
    def searched_bytes(self) -> int:
        return sum(lane.searched_bytes for lane in self.lanes)

    @property
    def lane_bytes(self) -> int:
        return sum(lane.lane_bytes for lane in self.lanes)


def search_log(
    log: EventLog,
    query: Query,
    *,
    first: int = 1,
    limit: int = HITS_A_PAGE,
    seconds: float = DEADLINE_SECONDS,
    gone: Callable[[], bool] = lambda: False,
) -> Found:
    """Hits number ``first`` to ``first + limit - 1``, and the count of all. ``gone`` says that nobody
    waits any more. Raises BadPattern."""
    deadline = time.monotonic() + seconds
    lanes: list[LaneFound] = []
    hits: list[Hit] = []
    whole = True
    masked = "typed" in query.lanes and log.mask.hides_all_typed and log.count("i") > 0
    for name in query.lanes:
        if masked and name == "typed":
            # A count of hits alone would let somebody try out what it was.
            continue
        before = sum(lane.count for lane in lanes)
        search = LaneSearch(
            query,
            typed=name == "typed",
            lane_bytes=_size(log, name),
            first=max(1, first - before),
            limit=limit - len(hits),
            stop=lambda: time.monotonic() > deadline or gone(),
        )
        reader = HitReader(log, name)
        if whole:
            whole = _search_lane(log, name, search, reader)
        lanes.append(_lane_found(name, log, search))
        hits += reader.resolve(search.hits, first + len(hits))
    return Found(tuple(lanes), tuple(hits), first, whole, masked)


def _search_lane(log: EventLog, name: LaneName, search: LaneSearch, reader: HitReader) -> bool:
    """Whether it came to the end."""
    try:
        for sequence, before, data in _lane_bytes(log, name):
            reader.note(sequence, before)
            search.feed(data)
        search.finish()
    except Stopped:
        return False
    return True


def _lane_found(name: LaneName, log: EventLog, search: LaneSearch) -> LaneFound:
    return LaneFound(
        name, search.count, search.searched_bytes, _size(log, name), search.pieces, tuple(search.parts)
    )


def _size(log: EventLog, name: LaneName) -> int:
    return log.record.typed_bytes if name == "typed" else log.record.printed_bytes


def _lane_bytes(log: EventLog, name: LaneName) -> Iterator[tuple[int, int, bytes]]:
    """Sequence, lane bytes before it, and lane bytes of each segment that has any."""
    if not _size(log, name):
        return
    rows = log.record.stored_segments().order_by("sequence")
    fields = rows.values_list("sequence", f"before_{name}_bytes", name)
    start = 0
    while page := list(fields.filter(sequence__gte=start, sequence__lt=start + _ROWS_A_QUERY)):
        start += _ROWS_A_QUERY
        for sequence, before, blob in page:
            if blob:
                yield sequence, before, log.cover.lane(sequence, name, blob)


@contextmanager
def search_slot(person: str) -> Iterator[None]:
    """One of the places that ``person`` (any stable name) has for searches, in the whole deployment.
    Raises TooManySearches."""
    key = hashlib.sha256(person.encode()).hexdigest()[:32]
    owner = uuid.uuid4().hex
    names = (f"search {key} {place}" for place in range(SEARCHES_A_PERSON))
    taken = next((name for name in names if take_lease(name, owner, seconds=_LEASE_SECONDS)), None)
    if taken is None:
        raise TooManySearches
    try:
        yield
    finally:
        release_lease(taken, owner)
