"""Searching a stored log: every hit with its event and line, whatever the cut; limits and slots."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_ui.archive import segments
from sessions_ui.archive.hits import AFTER, BEFORE, INSIDE
from sessions_ui.archive.searching import SEARCHES_A_PERSON, TooManySearches, search_log, search_slot
from sessions_ui.eventlog.query import LaneName, Query
from sessions_ui.eventlog.spans import Line
from tests.test_reading import stored
from tests.test_search import PARTS, PATTERNED, PHRASED, naive

pytestmark = [pytest.mark.django_db, pytest.mark.database]
payloads = st.lists(st.sampled_from(PARTS), max_size=8).map(b"".join)
events = st.lists(st.tuples(st.sampled_from("iiooeh?"), payloads), max_size=25)


def text_of(line: Line) -> str:
    return "".join(span.text for span in line)


def wanted_places(rows: list[tuple[str, bytes]], query: Query, lane: LaneName) -> list[tuple[int, int]]:
    """Event and line of each hit, from the whole of the lane."""
    kinds = "i" if lane == "typed" else "oe"
    own = [(number, data) for number, (kind, data) in enumerate(rows, 1) if kind in kinds and data]
    starts = list(accumulate((len(data) for _, data in own), initial=0))
    whole = b"".join(data for _, data in own)
    found = []
    for begin, _ in naive(whole, query, typed=lane == "typed"):
        at = bisect_right(starts, begin) - 1
        found.append((own[at][0], 1 + whole[starts[at] : begin].count(b"\n")))
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=events, query=st.one_of(PHRASED, PATTERNED))
def test_it_finds_the_event_and_the_line_of_every_hit(
    db: None, rows: list[tuple[str, bytes]], query: Query
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SEGMENT_BYTES", 16)
        patch.setattr(segments, "SEGMENT_ROWS", 5)
        log = stored(rows)
    found = search_log(log, query, limit=1000)
    wanted = [wanted_places(rows, query, lane) for lane in query.lanes]
    assert [(hit.place.event, hit.place.line) for hit in found.hits] == [*wanted[0], *wanted[1]]
    assert [lane.count for lane in found.lanes] == [len(wanted[0]), len(wanted[1])]
    assert [hit.number for hit in found.hits] == list(range(1, found.count + 1))
    assert found.whole
    assert found.searched_bytes == found.lane_bytes
    page = search_log(log, query, first=3, limit=4)
    assert page.hits == found.hits[2:6]
    assert page.count == found.count


def test_it_joins_what_was_typed_key_by_key() -> None:
    rows = [pair for key in "ls -la\r" for pair in (("i", key.encode()), ("o", key.encode()))]
    found = search_log(stored(rows), Query("ls -la", lanes=("typed",)))
    assert [(hit.place.event, hit.lane, hit.kind, text_of(hit.text)) for hit in found.hits] == [
        (1, "typed", "i", "ls -la")
    ]


def test_it_shows_what_stands_around_a_hit_on_its_line() -> None:
    rows = [("o", b"above\r\n\x1b[31mfi"), ("o", "r\x1b[0mst, é thi\u202erd\r\nbelow".encode())]
    hit = search_log(stored(rows), Query("first")).hits[0]
    assert (text_of(hit.before), text_of(hit.text), text_of(hit.after)) == ("", "first", ", é thi⟨U+202E⟩rd")
    assert (str(hit.place), hit.column, hit.alone, hit.seconds) == ("1.2", 1, False, 0.0)
    hit = search_log(stored(rows), Query("é")).hits[0]
    assert (text_of(hit.before), str(hit.place), hit.column) == ("first, ", "2.1", 6)


def test_it_bounds_what_it_shows() -> None:
    lane = b"x" * 300_000 + b"needle" + b"y" * 300_000
    hit = search_log(stored([("o", lane)]), Query("needle")).hits[0]
    assert text_of(hit.before) == "…" + "x" * BEFORE
    assert text_of(hit.after) == "y" * AFTER + "…"
    assert hit.column == 0
    found = search_log(stored([("o", lane)]), Query("x+", regex=True))
    assert text_of(found.hits[0].text) == "x" * INSIDE + "…"
    assert found.lanes[1].pieces
    assert not found.lanes[0].pieces


def test_it_counts_lines_of_an_event_that_fills_segments() -> None:
    whole = b"line\n" * 200_000
    rows = [("o", b"start\n"), ("o", whole + b"here\n"), ("o", b"here\n")]
    found = search_log(stored(rows), Query("here"))
    assert [str(hit.place) for hit in found.hits] == ["2.200001", "3.1"]
    last = search_log(stored(rows), Query("line"), first=199_999, limit=2)
    assert [str(hit.place) for hit in last.hits] == ["2.199999", "2.200000"]
    assert last.count == 200_000


def test_it_says_how_far_it_came_when_its_time_is_over() -> None:
    log = stored([("i", b"x\n"), ("o", b"x\n" * 300_000)])
    found = search_log(log, Query("x"), seconds=0)
    assert (found.whole, found.count, found.searched_bytes) == (False, 0, 0)
    asked = iter([False] * 3)
    part = search_log(log, Query("x"), gone=lambda: next(asked, True))
    assert not part.whole
    assert 1 < part.count < 300_001
    assert part.count * 2 == part.searched_bytes < part.lane_bytes


def test_it_knows_in_which_part_of_a_lane_the_hits_are() -> None:
    log = stored([("o", b"nothing\n" * 40_000), ("o", b"hit it!\n" * 40_000)])
    parts = search_log(log, Query("hit")).lanes[1].parts
    assert len(parts) == 200
    assert sum(parts) == 40_000
    assert sum(parts[:99]) == 0
    assert min(parts[101:]) == 400


def test_it_lets_a_person_search_twice_at_once() -> None:
    with search_slot("owen"), search_slot("olga"), search_slot("owen"):
        assert SEARCHES_A_PERSON == 2
        with pytest.raises(TooManySearches), search_slot("owen"):
            pass
    with search_slot("owen"), search_slot("owen"):
        pass
