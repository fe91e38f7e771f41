"""All hits of a query in one lane, counted, and a page of them as byte ranges of the lane.

Fed a lane's bytes in order, cut anywhere, it finds what a search of the whole lane without its
escape sequences finds. An expression is held to a line (a CR LF is one line end; in what was
typed, a CR is one too). A line over 64 KB is searched in pieces that overlap by half, and
``pieces`` says so. A byte that is no UTF-8 counts as one character that nobody asks for (U+001A).
"""

from __future__ import annotations

from codecs import utf_8_decode
from collections.abc import Callable

from sessions_ui.eventlog.finding import Finder, Span, Stopped, make_finder
from sessions_ui.eventlog.preparing import (
    LINE_ENDS,
    has_long_line,
    is_utf8,
    line_end,
    line_ends,
    lines_with_escapes,
    prepared,
)
from sessions_ui.eventlog.query import Query
from sessions_ui.eventlog.stripping import Block, Stripper, Window

LINE_BYTES = 64 * 1024
STEP_BYTES = LINE_BYTES // 2
#: The lane as equal parts, for a picture of where the hits are.
PARTS = 200


class LaneSearch:
    """Feed it the lane, then ``finish``. Hits number ``first`` (from 1) to ``first + limit - 1`` are
    listed in ``hits``; ``count`` counts all; ``parts`` counts them by two-hundredths of
    ``lane_bytes``, each where its line begins. ``stop`` is asked often; when it says yes, Stopped is
    raised and what was found so far stands."""

    def __init__(
        self,
        query: Query,
        *,
        typed: bool,
        lane_bytes: int,
        first: int = 1,
        limit: int = 100,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.count = 0
        self.hits: list[Span] = []
        self.parts = [0] * PARTS
        self.pieces = False
        #: How much of the lane is behind it.
        self.searched_bytes = 0
        self._finder: Finder = make_finder(query, typed=typed, stop=stop)
        self._regex, self._typed, self._stop = query.regex, typed, stop
        self._listed = range(first, first + limit)
        self._part_bytes = part_bytes(lane_bytes)
        self._carry = b""
        self._stream = self._open_stream(0) if self._finder.crosses else None

    def feed(self, data: bytes) -> None:
        """The lane's next bytes."""
        if self._stop():
            raise Stopped
        at = self._go_on(self._stream, data) if self._stream is not None else 0
        if at < len(data):
            self._take(data, at)

    def finish(self) -> None:
        """The lane has ended."""
        if self._stream is not None:
            self._stream.feed(b"", last=True)
        elif self._carry:
            self._search(self._carry, 0, len(self._carry))

    def _go_on(self, stream: _Stream, data: bytes) -> int:
        """The rest of a line too long to be carried; the index behind it is given back."""
        end = -1 if self._finder.crosses else line_end(data, 0, len(data), typed=self._typed)
        stream.feed(data[:end] if end >= 0 else data, last=end >= 0)
        taken = end if end >= 0 else len(data)
        self.searched_bytes += taken
        if end >= 0:
            self._stream = None
        return taken

    def _take(self, data: bytes, at: int) -> None:
        """Whole lines are searched where they are: a copy would cost as much as the search."""
        last = max(data.rfind(mark, at) for mark in LINE_ENDS[self._typed]) + 1
        if last and self._carry:
            first = line_end(data, at, last, typed=self._typed)
            whole = self._carry + data[at:first]
            self._carry = b""
            self._search(whole, 0, len(whole))
            at = first
        if last:
            self._search(data, at, last)
            at = last
        self._carry += data[at:]
        if len(self._carry) > LINE_BYTES:
            stream = self._stream = self._open_stream(self.searched_bytes)
            self._carry, begun = b"", self._carry
            self._go_on(stream, begun)

    def _open_stream(self, start: int) -> _Stream:
        return (_Pieces if self._regex else _Sliding)(self, self._finder, start, typed=self._typed)

    def _search(self, raw: bytes, at: int, last: int) -> None:
        """Whole lines, part by part: a line belongs to the part in which it begins."""
        while at < last:
            border = at + self._part_bytes - self.searched_bytes % self._part_bytes
            end = line_end(raw, border - 1, last, typed=self._typed) if border < last else last
            end = end if end >= 0 else last
            self._search_part(raw, at, end)
            self.searched_bytes += end - at
            at = end

    def _search_part(self, raw: bytes, at: int, end: int) -> None:
        start = self.searched_bytes
        if self._regex and has_long_line(raw, at, end, typed=self._typed, longest=LINE_BYTES):
            self._search_long(raw[at:end], start)
            return
        found = count_lines(raw, at, end, self._finder, typed=self._typed, regex=self._regex)
        if found and self._listed.start <= self.count + found and self.count + 1 < self._listed.stop:
            self._list(Block(raw[at:end], start, typed=self._typed))
        self.count += found
        self._note(start, found)

    def _list(self, block: Block) -> None:
        text = prepared(block.text, typed=self._typed) if self._regex else block.text
        for number, (begin, end) in enumerate(self._finder.spans(text, 0, len(text)), self.count + 1):
            if number >= self._listed.stop:
                return
            if number >= self._listed.start:
                self.hits.append((block.offset(begin), block.offset(end - 1) + 1))

    def _search_long(self, raw: bytes, start: int) -> None:
        """Line by line, because some are too long for an expression."""
        at = 0
        while at < len(raw):
            end = line_end(raw, at, len(raw), typed=self._typed)
            end = end if end >= 0 else len(raw)
            self._open_stream(start + at).feed(raw[at:end], last=True)
            at = end

    def report(self, begin: int, end: int, offset: Callable[[int], int]) -> None:
        """A hit in a stream; ``offset`` leads to where it stands in the lane."""
        self.count += 1
        start = offset(begin)
        if self.count in self._listed:
            self.hits.append((start, offset(end - 1) + 1))
        self._note(start, 1)

    def _note(self, offset: int, hits: int) -> None:
        self.parts[min(PARTS - 1, offset // self._part_bytes)] += hits


class _Stream:
    """A line, or a lane, that is too long to be held."""

    def __init__(self, search: LaneSearch, finder: Finder, start: int, *, typed: bool) -> None:
        self._search, self._finder, self._typed = search, finder, typed
        self._stripper = Stripper(start, typed=typed)
        self._window = Window()

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """More of it, and whether that is the end."""
        self._window.push(self._stripper.feed(data, last=last))
        self._find(last=last)

    def _find(self, *, last: bool) -> None:
        raise NotImplementedError


class _Sliding(_Stream):
    """For phrases: as much is carried over as a hit can be long."""

    def _find(self, *, last: bool) -> None:
        window = self._window
        length = len(window.text)
        done = 0
        for begin, end in self._finder.spans(window.text, 0, length):
            # Its line ends may be others with what follows.
            if end + self._finder.ahead > length and not last:
                break
            self._search.report(begin, end, window.offset)
            done = end
        window.drop(max(done, length - self._finder.margin))


class _Pieces(_Stream):
    """For expressions: pieces of 64 KB, one every 32 KB; a hit belongs to the piece in whose first
    half it begins."""

    def __init__(self, search: LaneSearch, finder: Finder, start: int, *, typed: bool) -> None:
        super().__init__(search, finder, start, typed=typed)
        #: Indexes of the window's text: up to where it is prepared, and where the next piece begins.
        self._ready = 0
        self._piece = 0
        self._done = 0

    def _find(self, *, last: bool) -> None:
        self._prepare(last=last)
        text = self._window.text
        end = text.find(b"\n", self._piece) if last else -1
        content = end if end >= 0 else self._ready
        while (whole := last and self._piece + LINE_BYTES >= content) or (self._piece + LINE_BYTES < content):
            self._find_piece(min(self._piece + LINE_BYTES, content), whole=whole)
            if whole:
                break
        # A byte before the piece says that the line has begun.
        keep = max(0, self._piece - 1)
        self._window.drop(keep)
        self._ready -= keep
        self._piece -= keep
        self._done -= keep

    def _find_piece(self, end: int, *, whole: bool) -> None:
        if not whole:
            self._search.pieces = True
        begins = len(self._window.text) if whole else self._piece + STEP_BYTES
        for begin, finish in self._finder.spans(self._window.text, max(self._piece, self._done), end):
            if begin >= begins:
                break
            self._search.report(begin, finish, self._window.offset)
            self._done = finish
        self._piece += STEP_BYTES

    def _prepare(self, *, last: bool) -> None:
        """Line ends and bytes that are no UTF-8, once each, up to what later bytes can change."""
        text = self._window.text
        fresh, rest = text[self._ready :], b""
        if not last and fresh.endswith(b"\r") and not self._typed:
            fresh, rest = fresh[:-1], b"\r"
        _, used = utf_8_decode(fresh, "surrogateescape", last)
        done = prepared(fresh[:used], typed=self._typed)
        self._window.replace(text[: self._ready] + done + fresh[used:] + rest)
        self._ready += used


def part_bytes(lane_bytes: int) -> int:
    """The size of each of a lane's equal parts; the last one may be shorter."""
    return max(1, -(-lane_bytes // PARTS))


def count_lines(raw: bytes, at: int, end: int, finder: Finder, *, typed: bool, regex: bool) -> int:
    """The hits in whole lines. Where few lines hold an escape sequence, only they are stripped; the
    others are searched as they are stored."""
    escaped = lines_with_escapes(raw, at, end)
    if escaped is None or (regex and not is_utf8(raw, at, end)):
        return _count_readable(raw[at:end], finder, typed=typed, regex=regex)
    if regex and raw.find(b"\r", at, end) >= 0:
        text = line_ends(raw[at:end], typed=typed)
        found = finder.count(text, 0, len(text))
    else:
        found = finder.count(raw, at, end)
    if not escaped:
        return found
    as_stored = line_ends(escaped, typed=typed) if regex else escaped
    found -= finder.count(as_stored, 0, len(as_stored))
    return found + _count_readable(escaped, finder, typed=typed, regex=regex)


def _count_readable(raw: bytes, finder: Finder, *, typed: bool, regex: bool) -> int:
    text = Block(raw, 0, typed=typed).text
    text = prepared(text, typed=typed) if regex else text
    return finder.count(text, 0, len(text))
