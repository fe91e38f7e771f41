"""All hits of a query in one lane, counted, and a page of them as byte ranges of the lane.

Fed a lane's bytes in order, cut anywhere, it finds what a search of the whole lane without its
escape sequences finds. An expression is held to a line (a CR LF is one line end; in what was
typed, a CR is one too). A line over 64 KB is searched in pieces that overlap by half, and
``pieces`` says so. A byte that is no UTF-8 counts as one character that nobody asks for (U+001A).
"""

from __future__ import annotations

import re
from codecs import utf_8_decode
from collections.abc import Callable

from sessions_ui.eventlog.finding import Finder, Span, Stopped, make_finder
from sessions_ui.eventlog.query import Query
from sessions_ui.eventlog.stripping import Block, Stripper, Window

LINE_BYTES = 64 * 1024
STEP_BYTES = LINE_BYTES // 2
#: The lane as equal parts, for a picture of where the hits are.
PARTS = 200
#: Bytes of a stretch for each line of it that is looked at on its own; below that, all are.
_RARE = 512
_SLICE = 4096
_STRAY = re.compile("[\ud800-\udfff]")
_UNKNOWN = "\x1a"
_LINE_ENDS = {True: (b"\n", b"\r"), False: (b"\n",)}


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
        self._part_bytes = max(1, -(-lane_bytes // PARTS))
        self._carry = b""
        self._stream = self._open_stream(0) if self._finder.crosses else None

    def feed(self, data: bytes) -> None:
        """The lane's next bytes."""
        if self._stop():
            raise Stopped
        if self._stream is not None:
            data = self._go_on(self._stream, data)
        if data:
            self._take(self._carry + data if self._carry else data)

    def finish(self) -> None:
        """The lane has ended."""
        if self._stream is not None:
            self._stream.feed(b"", last=True)
        elif self._carry:
            self._search(self._carry)

    def _go_on(self, stream: _Stream, data: bytes) -> bytes:
        """The rest of a line too long to be carried; what stands behind its end is given back."""
        end = -1
        if not self._finder.crosses:
            end = min((at for at in map(data.find, _LINE_ENDS[self._typed]) if at >= 0), default=-1)
        stream.feed(data[: end + 1] or data, last=end >= 0)
        self.searched_bytes += end + 1 or len(data)
        if end < 0:
            return b""
        self._stream = None
        return data[end + 1 :]

    def _take(self, raw: bytes) -> None:
        end = max(map(raw.rfind, _LINE_ENDS[self._typed])) + 1
        self._carry = raw[end:]
        if end:
            self._search(raw[:end])
        if len(self._carry) > LINE_BYTES:
            stream = self._stream = self._open_stream(self.searched_bytes)
            self._carry, begun = b"", self._carry
            self._go_on(stream, begun)

    def _open_stream(self, start: int) -> _Stream:
        return (_Pieces if self._regex else _Sliding)(self, self._finder, start, typed=self._typed)

    def _search(self, raw: bytes) -> None:
        """Whole lines, part by part: a line belongs to the part in which it begins."""
        at = 0
        while at < len(raw):
            border = at + self._part_bytes - self.searched_bytes % self._part_bytes
            end = _line_end(raw, border - 1, typed=self._typed) if border < len(raw) else len(raw)
            self._search_part(raw[at:end])
            self.searched_bytes += end - at
            at = end

    def _search_part(self, raw: bytes) -> None:
        start = self.searched_bytes
        if self._regex and _has_long_line(raw, typed=self._typed):
            self._search_long(raw, start)
            return
        found = count_lines(raw, self._finder, typed=self._typed, regex=self._regex)
        if found and self._listed.start <= self.count + found and self.count + 1 < self._listed.stop:
            self._list(Block(raw, start, typed=self._typed))
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
            end = _line_end(raw, at, typed=self._typed)
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
        line_end = end if end >= 0 else self._ready
        while (whole := last and self._piece + LINE_BYTES >= line_end) or (
            self._piece + LINE_BYTES < line_end
        ):
            self._find_piece(min(self._piece + LINE_BYTES, line_end), whole=whole)
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


def prepared(text: bytes, *, typed: bool) -> bytes:
    """Stripped text as an expression sees it, byte for byte in the same places."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n\n")
        if typed:
            text = text.replace(b"\r", b"\n")
    if is_utf8(text):
        return text
    return _STRAY.sub(_UNKNOWN, text.decode("utf-8", "surrogateescape")).encode()


def is_utf8(text: bytes) -> bool:
    """Whether all of it is; most text is plain ASCII but for a few lines, and that is quick to see."""
    if text.isascii():
        return True
    at = 0
    while at < len(text):
        end = text.find(b"\n", at + _SLICE) + 1 or len(text)
        piece = text[at:end]
        if not piece.isascii():
            try:
                piece.decode()
            except UnicodeDecodeError:
                return False
        at = end
    return True


def count_lines(raw: bytes, finder: Finder, *, typed: bool, regex: bool) -> int:
    """The hits in whole lines. Where few lines hold something to be stripped or prepared, only they
    are; the others are searched as they are stored."""
    marks = (b"\x1b", b"\r") if regex else (b"\x1b",)
    marked = sum(map(raw.count, marks))
    if not marked and (not regex or is_utf8(raw)):
        return finder.count(raw)
    if marked * _RARE < len(raw) and not (typed and regex) and (not regex or is_utf8(raw)):
        lines = _lines_with(raw, marks)
        return finder.count(raw) - finder.count(lines) + finder.count(_readable(lines, typed, regex))
    return finder.count(_readable(raw, typed, regex))


def _readable(raw: bytes, typed: bool, regex: bool) -> bytes:
    text = Block(raw, 0, typed=typed).text
    return prepared(text, typed=typed) if regex else text


def _lines_with(raw: bytes, marks: tuple[bytes, ...]) -> bytes:
    found: dict[int, int] = {}
    for mark in marks:
        at = raw.find(mark)
        while at >= 0:
            end = raw.find(b"\n", at) + 1 or len(raw)
            found[raw.rfind(b"\n", 0, at) + 1] = end
            at = raw.find(mark, end)
    return b"".join(raw[begin:end] for begin, end in sorted(found.items()))


def _has_long_line(raw: bytes, *, typed: bool) -> bool:
    at = 0
    while len(raw) - at > LINE_BYTES:
        end = max(raw.rfind(mark, at, at + LINE_BYTES) for mark in _LINE_ENDS[typed]) + 1
        if not end:
            return True
        at = end
    return False


def _line_end(raw: bytes, at: int, *, typed: bool) -> int:
    """The index behind the first line end from ``at`` on."""
    found = [end for end in (raw.find(mark, at) for mark in _LINE_ENDS[typed]) if end >= 0]
    return min(found) + 1 if found else len(raw)
