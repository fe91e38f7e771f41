"""Windows of a stored log are slices of its rows, from wherever and in whichever direction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_ui.archive import segments, windows
from sessions_ui.archive.windows import LogRow, Windows
from sessions_ui.eventlog import runs
from sessions_ui.eventlog.places import Place, Stretch, line_start, lines_before, lines_of, read_stretch
from sessions_ui.eventlog.rows import render_rows
from sessions_ui.eventlog.screens import Screen
from tests.test_reading import stored

pytestmark = pytest.mark.database

payloads = st.one_of(
    st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"bc\n"]), max_size=6).map(b"".join),
    st.sampled_from([b"l", b"s", b"\r", b"\x7f", b"\x08 \x08", b"\x1b[A", b"", b"\x00\x01\x02\x03"]),
)
rows_of_events = st.lists(st.tuples(st.sampled_from("iiooeh?"), payloads), max_size=40)
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "WINDOW_ROWS", 4)
    monkeypatch.setattr(windows, "WINDOW_BYTES", 12)
    monkeypatch.setattr(windows, "WINDOW_UNPACKED", 100)
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 5)
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 7)
    monkeypatch.setattr(runs, "RUN_EVENTS", 5)
    monkeypatch.setattr(windows, "RUN_EVENTS", 5)


def whole(made: Windows) -> list[LogRow]:
    """All rows, by following the windows from the first."""
    found: list[LogRow] = []
    window = made.first()
    while True:
        found += window.rows
        if window.after is None:
            return found
        window = made.starting(window.after)


@many
@given(rows=rows_of_events, keyboard=st.booleans(), kinds=st.sets(st.sampled_from("ioex"), min_size=1))
def test_windows_give_the_same_rows_both_ways(
    db: None, small_windows: None, rows: list[tuple[str, bytes]], keyboard: bool, kinds: set[str]
) -> None:
    log = stored(rows)
    made = Windows(log, kinds=kinds, keyboard=keyboard)
    forward = whole(made)
    backward: list[LogRow] = []
    window = made.last()
    while True:
        backward[:0] = window.rows
        if window.before is None:
            break
        window = made.ending(window.before)
    assert backward == forward


@many
@given(rows=rows_of_events, keyboard=st.booleans(), cuts=st.sets(st.integers(1, 40), max_size=6))
def test_windows_with_screens_give_the_same_rows_both_ways(
    db: None, small_windows: None, rows: list[tuple[str, bytes]], keyboard: bool, cuts: set[int]
) -> None:
    """Screens are where they are; around them every event is in one row."""
    log = stored(rows)
    ends = sorted(cut for cut in cuts if cut <= log.events)
    screens = [Screen(first, last, 0.0, 1.0) for first, last in zip(ends[::2], ends[1::2], strict=False)]
    made = Windows(log, keyboard=keyboard, screens=screens)
    forward = whole(made)
    assert [row.screen for row in forward if row.screen] == screens
    covered = {number for row in forward for number in range(row.event.number, row.last_event + 1)}
    assert covered == set(range(1, log.events + 1))
    assert sorted(forward, key=lambda row: (row.event.number, row.line)) == forward
    backward: list[LogRow] = []
    window = made.last()
    while True:
        backward[:0] = window.rows
        if window.before is None:
            break
        window = made.ending(window.before)
    assert backward == forward


@many
@given(rows=rows_of_events)
def test_windows_lose_nothing(db: None, small_windows: None, rows: list[tuple[str, bytes]]) -> None:
    log = stored(rows)
    assert b"".join(row.event.payload for row in whole(Windows(log))) == b"".join(data for _, data in rows)


@many
@given(
    rows=rows_of_events,
    keyboard=st.booleans(),
    kinds=st.sets(st.sampled_from("ioex"), min_size=1),
    data=st.data(),
)
def test_a_window_around_a_place_shows_it(
    db: None,
    small_windows: None,
    rows: list[tuple[str, bytes]],
    keyboard: bool,
    kinds: set[str],
    data: st.DataObject,
) -> None:
    log = stored(rows)
    made = Windows(log, kinds=kinds, keyboard=keyboard)
    every = whole(made)
    if not every:
        return
    row = data.draw(st.sampled_from(every))
    window = made.around(Stretch(row.place, row.place))
    assert row in window.rows
    start = every.index(window.rows[0])
    assert list(window.rows) == every[start : start + len(window.rows)]
    assert (window.before is None) == (start == 0)
    assert (window.after is None) == (start + len(window.rows) == len(every))


def test_there_is_something_before_the_second_of_a_kind(db: None) -> None:
    log = stored([("o", b"one\n"), ("i", b"typed"), ("o", b"two\n")])
    assert Windows(log, kinds="o").starting(Place(3)).before == Place(3)


def test_keys_and_their_echo_make_one_row(db: None) -> None:
    keys = [("o", b"$ "), ("i", b"l"), ("o", b"l"), ("i", b"s"), ("o", b"s"), ("i", b"\r")]
    keys.append(("o", b"\r\nfile\r\n"))
    rows = whole(Windows(stored(keys), keyboard=True))
    assert [(row.event.number, row.last_event, row.event.payload) for row in rows] == [
        (1, 1, b"$ "),
        (2, 7, b"ls\r"),
        (7, 7, b"file\r\n"),
    ]


def test_a_line_typed_at_once_and_its_echo_make_one_row(db: None) -> None:
    keys = [("i", b"export A=1\r"), ("o", b"export A=1\r\n\x1b[?2004l"), ("o", b"$ "), ("i", b"id\r")]
    keys += [("o", b"id\r\nroot\r\n"), ("i", b"\r"), ("o", b"\r\n"), ("i", b"x")]
    rows = whole(Windows(stored(keys), keyboard=True))
    assert [(row.event.number, row.last_event, row.event.payload) for row in rows] == [
        (1, 2, b"export A=1\r"),
        (3, 3, b"$ "),
        (4, 5, b"id\r"),
        (5, 5, b"root\r\n"),
        (6, 7, b"\r"),
        (8, 8, b"x"),
    ]


def test_a_password_prompt_hides_no_output(db: None) -> None:
    keys = [("o", b"Password:"), ("i", b"x"), ("i", b"y"), ("i", b"\r"), ("o", b"ok")]
    keys += [("i", b"q"), ("o", b"z")]
    rows = whole(Windows(stored(keys), keyboard=True))
    assert [row.event.payload for row in rows] == [b"Password:", b"xy\r", b"ok", b"q", b"z"]


def test_a_line_within_an_event_is_a_place(db: None) -> None:
    log = stored([("o", b"one\n"), ("o", b"".join(b"%d\n" % n for n in range(1000)))])
    window = Windows(log).around(read_stretch("2.500-2.502"))
    assert [row.event.payload for row in window.rows if row.within(read_stretch("2.500-2.502"))] == [
        b"499\n",
        b"500\n",
        b"501\n",
    ]
    assert window.rows[0].place == Place(2, 495)


@given(
    st.lists(st.sampled_from([b"", b"a", b"\n", b"bc\n"])).map(b"".join), st.integers(1, 9), st.integers(1, 9)
)
def test_lines_are_the_same_from_either_end(payload: bytes, first: int, before: int) -> None:
    every = payload.splitlines(keepends=True) or [b""]
    numbered = list(enumerate(every, 1))
    assert list(lines_of(payload, first)) == numbered[first - 1 :]
    assert list(lines_before(payload, before, first)) == numbered[first - 1 : before - 1][::-1]
    starts = [sum(map(len, every[:number])) for number in range(first, first + 9)]
    assert [line_start(payload, number + 1) for number in range(first, first + 9)] == starts


def test_a_place_in_a_long_payload_is_found_by_its_lines() -> None:
    payload = b"".join(b"%d\n" % number for number in range(100_000))
    for line in (1, 2, 999, 70_000, 100_000):
        assert (
            next(lines_of(payload, line))
            == next(lines_before(payload, line + 1))
            == (line, b"%d\n" % (line - 1))
        )
    assert list(lines_of(payload, 100_001)) == []


@pytest.mark.parametrize("keyboard", [False, True])
def test_a_window_makes_no_more_lines_of_a_huge_event_than_it_shows(
    db: None, monkeypatch: pytest.MonkeyPatch, keyboard: bool
) -> None:
    log = stored([("o", b"before\n"), ("o", b"some words in a line\n" * 200_000), ("o", b"after\n")])
    made = Windows(log, keyboard=keyboard)
    lines: list[int] = []

    def counting(name: str) -> None:
        real = getattr(windows, name)

        def counted(*asked: Any) -> Iterator[tuple[int, bytes]]:
            for number, line in real(*asked):
                lines.append(number)
                yield number, line

        monkeypatch.setattr(windows, name, counted)

    counting("lines_of")
    counting("lines_before")
    with CaptureQueriesContext(connection) as queries:
        shown = (
            made.last(),
            made.starting(Place(2, 150_000)),
            made.ending(Place(2, 70_000)),
            made.starting(Place(3)),
        )
        near = made.lookback(Place(2, 150_000))
    assert [str(window.rows[0].place) for window in shown] == ["2.199802", "2.150000", "2.69800", "3"]
    assert len(near[-1].payload) <= 16 * 1024
    assert len(lines) < 1_000
    # It fills 17 segments, which are neither read one by one nor again for each look at it.
    assert len(queries) < 40


def test_a_block_of_many_segments_is_read_by_few_queries(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where events are large, the two hundred that rows may join fill dozens of segments."""
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 5_000)
    made = Windows(stored([("o", b"some words\n" * 45)] * 600), keyboard=True)
    with CaptureQueriesContext(connection) as queries:
        window = made.starting(Place(395, 7))
        made.lookback(window.rows[0].place)
        back = made.ending(Place(395, 7))
    assert [window.rows[0].place, back.rows[-1].place] == [Place(395, 7), Place(395, 6)]
    assert len(queries) < 20


def test_a_huge_line_does_not_fill_a_window_by_its_hidden_part(db: None) -> None:
    log = stored([("o", b"x" * 1_000_000), ("o", b"y\n")])
    assert len(Windows(log).first().rows) == 2


def test_what_an_echo_leaves_open_is_not_shown_again(db: None) -> None:
    keys = [("i", b"id\r"), ("o", b"id\r\n\x1b[?2004l\r"), ("o", b"root\r\n"), ("o", b"\x1b[31mred\r\n")]
    made = Windows(stored([*keys, ("o", b"still\r\n")]), keyboard=True)
    whole_page = render_rows([row.event for row in made.first().rows])
    for place in (3, 4, 5):
        rows = made.starting(Place(place)).rows
        shown = render_rows([row.event for row in rows], lookback=made.lookback(Place(place)))
        assert shown == whole_page[place - 2 :]
