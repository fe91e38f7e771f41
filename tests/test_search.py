"""Searching a lane: whatever it holds and however it is cut, as a search of the whole finds it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.eventlog import search
from sessions_ui.eventlog.escapes import ESCAPE, TYPED_ESCAPE
from sessions_ui.eventlog.finding import BadPattern, Stopped
from sessions_ui.eventlog.query import Query
from sessions_ui.eventlog.search import LaneSearch

#: RE2's form, and Python's where that is another.
PATTERNS = {
    "a+": "",
    "^a.*b$": "",
    "[^a]b": "",
    "ab|a": "",
    r"\ba": r"(?a:\b)a",
    "a?": "",
    "^a.*b": "",
    "a.*s": "",
    "(a|k)+s": "",
    "(a|k)+s?": "",
    ".": "",
    "b$": "",
    r"\Aa": "",
    r"b\z": r"b\Z",
    "(?-i:a)b": "",
    "é.": "",
    r"\x1a": "",
}
PHRASES = ["a", "ab", "aba", "aa", "ks", "é", "b a", "a\nb", "\n", "\n\n", "a\r\n", "É🔑", "[31m", "\x1b"]
PARTS = [b"a", b"b", b"A", b"B", b"k", b"s", b"ab", b" ", b"\n", b"\r\n", b"\r", b"\x1b[31m", b"\x1b]0;a\x07"]
PARTS += [b"\x1b]0;ab\x1b\\", b"\x1b(B", b"\x1b", b"\x1b[", b"\x1b]", b"\x1b7", b"\x1b:", b"\x1bOA", b"\x07"]
PARTS += [b"\\", b"\x9b", b"\xff", b"\xc3", b"\xa9", b"\x1a", "éÉ".encode(), "\u212a\u017f🔑".encode()]
LANES = st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join)
CUTS = st.lists(st.integers(0, 80), max_size=12)
PHRASED = st.builds(Query, st.sampled_from(PHRASES), st.booleans())
PATTERNED = st.builds(Query, st.sampled_from(sorted(PATTERNS)), st.booleans(), st.just(True))


def searched(lane: bytes, query: Query, *cuts: int, typed: bool = False, **options: int) -> LaneSearch:
    """The lane, fed in pieces that end at ``cuts``."""
    found = LaneSearch(query, typed=typed, lane_bytes=len(lane), **options)
    ends = sorted({0, len(lane), *(cut for cut in cuts if cut < len(lane))})
    for begin, end in pairwise(ends):
        found.feed(lane[begin:end])
    found.finish()
    assert sum(found.parts) == found.count
    return found


def naive(lane: bytes, query: Query, *, typed: bool = False, line_bytes: int = 0) -> list[tuple[int, int]]:
    """Every hit as a byte range of the lane: strip all of it, then let Python's ``re`` search."""
    gone: set[int] = set()
    for match in (TYPED_ESCAPE if typed else ESCAPE).finditer(lane):
        gone.update(range(*match.span()))
    left = [at for at in range(len(lane)) if at not in gone]
    stripped = bytes(lane[at] for at in left)
    if query.regex:
        spans = list(_naive_lines(stripped, query, typed, line_bytes))
    else:
        spans = list(_naive_phrase(stripped, query, typed))
    return [(left[begin], left[end - 1] + 1) for begin, end in spans if end > begin]


def _naive_phrase(stripped: bytes, query: Query, typed: bool) -> Iterator[tuple[int, int]]:
    phrase = query.text.replace("\r\n", "\n")
    line_end = r"(?:\r\n?|\n)" if typed else r"\r?\n"
    pattern = line_end.join(map(re.escape, phrase.split("\n")))
    text = stripped.decode("utf-8", "surrogateescape")
    for match in re.finditer(pattern, text, 0 if query.cased else re.IGNORECASE):
        yield _bytes(text[: match.start()]), _bytes(text[: match.end()])


def _naive_lines(stripped: bytes, query: Query, typed: bool, limit: int) -> Iterator[tuple[int, int]]:
    pattern = re.compile(PATTERNS[query.text] or query.text, 0 if query.cased else re.IGNORECASE)
    at = 0
    for piece in re.split(rb"(\r\n|\r|\n)" if typed else rb"(\r?\n)", stripped):
        if not piece.endswith((b"\n", b"\r")) or not (typed or piece.endswith(b"\n")):
            text = re.sub("[\ud800-\udfff]", "\x1a", piece.decode("utf-8", "surrogateescape"))
            for begin, end in _naive_pieces(pattern, text, limit or len(text)):
                yield at + _bytes(text[:begin]), at + _bytes(text[:end])
        at += len(piece)


def _naive_pieces(pattern: re.Pattern[str], text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Pieces of ``limit`` characters, one every half of that; a hit belongs where it begins."""
    start = done = 0
    while True:
        last = start + limit >= len(text)
        for match in pattern.finditer(text, max(start, done), min(start + limit, len(text))):
            if not last and match.start() >= start + limit // 2:
                break
            if match[0]:
                done = match.end()
                yield match.span()
        if last:
            return
        start += limit // 2


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


@given(LANES, CUTS, st.one_of(PHRASED, PATTERNED), st.booleans())
def test_it_finds_what_a_search_of_the_whole_finds(
    lane: bytes, cuts: list[int], query: Query, typed: bool
) -> None:
    wanted = naive(lane, query, typed=typed)
    found = searched(lane, query, *cuts, typed=typed)
    assert (found.hits, found.count) == (wanted[:100], len(wanted))


@given(LANES, CUTS, PHRASED, st.booleans())
def test_it_finds_phrases_in_lines_too_long_to_hold(
    lane: bytes, cuts: list[int], query: Query, typed: bool
) -> None:
    with patch.object(search, "LINE_BYTES", 12):
        found = searched(lane, query, *cuts, typed=typed)
    assert found.hits == naive(lane, query, typed=typed)[:100]


@given(
    st.lists(st.sampled_from([b"a", b"b", b"k", b"s", b" ", b"\x1b[31m", b"\r\n"]), max_size=120).map(
        b"".join
    ),
    CUTS,
    st.sampled_from(["a+", "ab|a", "(a|k)+s?", "^a.*b", "[^a]b", "a.*s"]),
)
def test_it_searches_long_lines_in_pieces(lane: bytes, cuts: list[int], pattern: str) -> None:
    query = Query(pattern, cased=True, regex=True)
    with patch.multiple(search, LINE_BYTES=16, STEP_BYTES=8):
        found = searched(lane, query, *cuts)
    assert found.hits == naive(lane, query, line_bytes=16)[:100]
    assert found.pieces == any(len(line) > 16 for line in ESCAPE.sub(b"", lane).split(b"\r\n"))


def test_it_takes_the_end_of_a_piece_for_no_line_end() -> None:
    with patch.multiple(search, LINE_BYTES=16, STEP_BYTES=8):
        found = searched(b"a" * 40 + b"\nab\n", Query(r"a$|\bb|a\z", regex=True), 9, 30)
    assert found.hits == [(39, 40)]


def test_it_lists_a_page_of_hits_and_counts_them_all() -> None:
    lane = b"one hit, \x1b[1mh\x1b[0mit two\n" * 500
    found = searched(lane, Query("hit"), *range(0, len(lane), 700), first=301, limit=3)
    assert found.count == 1000
    assert found.hits == naive(lane, Query("hit"))[300:303]
    assert set(found.parts[:190]) == {4, 6}
    assert searched(lane, Query("hit"), first=1001).hits == []


def test_it_sees_a_letter_that_only_unicode_folds() -> None:
    assert searched("\u212aey, \u017fet".encode(), Query("key")).count == 1
    assert searched("\u212aey, \u017fet".encode(), Query("SET")).count == 1


def test_it_reads_bytes_that_are_no_text_as_characters_unknown() -> None:
    assert searched(b"a\xffb a\x9bb\n", Query("a.b", regex=True)).hits == [(0, 3), (4, 7)]
    assert searched(b"a\xff\xfeb\n", Query("ÿ|þ", regex=True)).count == 0
    assert searched("naïve é".encode() + b"\x80\n", Query("naïve É.", regex=True)).count == 1


def test_it_finds_what_was_typed_into_vi() -> None:
    lane = b"ihello\x1b:wq\r"
    assert searched(lane, Query(":wq"), typed=True).hits == [(7, 10)]
    assert searched(b"l\x1b[Ds\x1bOA -la\r", Query("^ls -la$", regex=True), typed=True).hits == [(0, 12)]


@pytest.mark.parametrize(
    "pattern", ["(", "a)(b", "[z-a]", "a**", r"\1", "(?=a)", "a{1001}", r"(\pL{999}){9}"]
)
def test_it_refuses_an_expression_with_a_reason(pattern: str) -> None:
    with pytest.raises(BadPattern, match=r"\w"):
        searched(b"", Query(pattern, regex=True))


@pytest.mark.parametrize("query", [Query("a"), Query("a(.*Z)?", regex=True), Query(r"\Aa", regex=True)])
def test_it_stops_when_told_to(query: Query) -> None:
    asked = iter([False] * 3)
    found = LaneSearch(query, typed=False, lane_bytes=1, stop=lambda: next(asked, True))
    lines = b"a" * 2000 + b"\n" + b"a\n" * 1000
    with pytest.raises(Stopped):
        deque(map(found.feed, [lines] * 4))
    assert found.searched_bytes <= 3 * len(lines)


def test_it_takes_a_hostile_expression_in_its_stride() -> None:
    lane = b"a" * 200_000 + b"\n"
    for pattern in ("(a*)*b", "(a|a)*b", "(a|aa)+$b", "(x+x+)+y"):
        assert searched(lane, Query(pattern, regex=True)).count == 0
