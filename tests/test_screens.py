"""Where full-screen programs are, whatever the events and the segments are cut like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import pytest
from django.test import Client

from sessions_ui.archive import screens, segments
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.screens import Screen, ScreenFinder, Stretch
from sessions_ui.pages import log_notes
from tests.recordings import read_page
from tests.test_reading import stored

ON, OFF = b"\x1b[?1049h", b"\x1b[?1049l"


def found(rows: Sequence[tuple[str, bytes]]) -> list[tuple[int, int]]:
    return [(screen.first, screen.last) for screen in screens_of(rows)]


def screens_of(rows: Sequence[tuple[str, bytes]]) -> list[Screen]:
    sizes = [len(data) if kind in "oe" else 0 for kind, data in rows]
    printed = b"".join(data for kind, data in rows if kind in "oe")
    kinds = "".join(kind for kind, _ in rows).encode()
    finder = ScreenFinder()
    numbers = range(1, len(rows) + 1)
    made = [
        *finder.feed(
            Stretch(numbers, [float(n) for n in numbers], kinds, [*accumulate(sizes, initial=0)], printed)
        ),
        *finder.finish(),
    ]
    assert [screen.ended for screen in made] == [screen.last for screen in made]
    return made


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("o", b"$ "), ("i", b"vi\r"), ("o", ON), ("i", b"i"), ("o", b"text"), ("o", OFF)], [(3, 6)]),
        # What stands before the switch, or behind the way back, stays to be seen.
        ([("o", b"hello" + ON), ("o", b"a"), ("o", b"b"), ("o", OFF + b"$ ")], [(2, 3)]),
        ([("o", b"\x1b[H" + ON), ("o", b"a"), ("o", OFF + b"\x1b[?25h\r")], [(1, 3)]),
        # One event alone is no stretch, nor is one that nobody ever entered.
        ([("o", ON + b"a" + OFF)], []),
        ([("o", OFF), ("o", b"a")], []),
        # hoop's own word is never folded away; the end of the recording is an end.
        ([("o", ON), ("o", b"a"), ("e", b"exit status 1"), ("o", b"b")], [(1, 2)]),
        ([("o", ON), ("o", b"a"), ("i", b":")], [(1, 3)]),
        # Cut in the middle, and among other modes.
        ([("o", ON[:4]), ("o", ON[4:]), ("o", b"a"), ("o", b"\x1b[?25;47l")], [(2, 4)]),
        ([("o", ON), ("o", b"a"), ("o", OFF), ("o", ON), ("i", b"q"), ("o", OFF)], [(1, 3), (4, 6)]),
    ],
)
def test_it_finds_each_from_its_switch_to_the_way_back(
    rows: list[tuple[str, bytes]], expected: list[tuple[int, int]]
) -> None:
    assert found(rows) == expected


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", ""),
        (b"\x1b[30;1H:q!\r", ":q!"),
        (b"\x1b[1;1Hone\x1b[2;1Htwo\x1b[3;1H~\x1b[4;1H  ", "two"),
        (b"\x1b[33mleft\x1b[0m\x1b[10Cright\x1b[?25h", "left right"),
        ("größer\n\u202e".encode(), "größer"),
        (b"a\xff\x07\x00", "a\\xffU+0007U+0000"),
        (b"x" * 200, "x" * 80 + "…"),
        # Of what was too long only whole lines count: the first may begin within a sequence.
        (b"m" + b"a" * 4000 + b"\nlast\n", "last"),
        (b"a" * 4000, ""),
    ],
)
def test_it_keeps_the_last_line_that_a_program_printed(said: bytes, words: str) -> None:
    printed = b"before\n" + ON + said
    whole = [("o", printed), ("o", b""), ("i", b"q"), ("o", OFF + b"behind\n")]
    cut = [
        ("o", b"before\n" + ON),
        *[("o", said[at : at + 3]) for at in range(0, len(said), 3)],
        ("o", b"" + OFF),
    ]
    assert [screen.last_words for screen in screens_of(whole)] == [words]
    assert {screen.last_words for screen in screens_of(cut)} <= {words}


def test_a_page_says_where_nothing_is_folded(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/sessions/{hoop.id_of('tty-vi')}/log"
    assert "not folded" not in operator.get(address).content.decode()
    monkeypatch.setattr(screens, "MAX_PRINTED_BYTES", 1000)
    monkeypatch.setattr(log_notes, "MAX_PRINTED_BYTES", 1000)
    page = operator.get(f"{address}?view=raw").content.decode()
    assert "not folded" not in page
    page = operator.get(f"{address}?tz=Europe/Berlin").content.decode()
    assert "Full-screen programs are not folded: more than 1.0 kB were printed." in page
    assert "Full-screen program:" not in page


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_it_finds_the_same_in_segments_of_any_size(
    db: None, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_ROWS", size)
    # Numbers of rolled back rows come again, in tests alone.
    screens._found.cache_clear()
    rows = [("o", b"$ "), ("i", b"vi\r"), ("o", b"x" + ON[:5]), ("o", ON[5:]), ("i", b"i"), ("o", b"text")]
    rows += [("o", OFF), ("o", b"$ "), ("o", ON), ("o", b"top"), ("i", b"q"), ("o", OFF + b"\r\n")]
    found = screens.get_screens(stored(rows))
    assert [(screen.first, screen.last) for screen in found] == [(4, 7), (9, 12)]
    screens._found.cache_clear()


def test_a_page_folds_a_full_screen_program_to_one_row(hoop: StandIn, operator: Client) -> None:
    address = f"/sessions/{hoop.id_of('tty-vi')}/log"

    page = read_page(operator.get(address).content)
    row = page.one(id="e8-56")
    assert (
        'Full-screen program: 49 events, 3.9 s; it printed last: “"demo.conf" [New] 1L, 17B written”'
        in row.text
    )
    assert page.some(id="e9") is None
    shown = read_page(operator.get(row.one(css="row-text").one("a").attributes["href"]).content)
    assert shown.one(id="e16")
    assert page.one(id="e57")


@pytest.mark.parametrize(
    ("query", "folded"),
    [
        ("", True),
        ("?e=8-56", True),
        ("?e=5-60", True),
        ("?e=60", True),
        ("?e=16", False),
        ("?e=8", False),
        ("?e=5-9", False),
        ("?from=20", False),
        ("?before=20", False),
        ("?view=screens", False),
        ("?view=raw", False),
        ("?kinds=o", False),
    ],
)
def test_an_address_that_leads_into_it_unfolds_it(
    hoop: StandIn, operator: Client, query: str, folded: bool
) -> None:
    response = operator.get(f"/sessions/{hoop.id_of('tty-vi')}/log{query}")
    assert response.status_code == 200
    assert ("Full-screen program" in response.content.decode()) == folded


def test_what_it_drew_is_found_and_opens_there(hoop: StandIn, operator: Client) -> None:
    address = f"/sessions/{hoop.id_of('tty-vi')}/search?q=INSERT"
    hit = read_page(operator.get(address).content).one(id="hit-1").one("a").attributes["href"]
    page = read_page(operator.get(hit).content)
    assert "INSERT" in page.one(id="e14").text
