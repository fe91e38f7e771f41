"""The bytes of a lane without their escape sequences, and the way back to where each byte stood.

A line end is never inside an escape sequence, so whole lines can be stripped on their own; a
stream that is cut anywhere goes through ``Stripper``, which holds back what is not complete.
"""

from __future__ import annotations

from bisect import bisect_right

from sessions_ui.eventlog.escapes import ESCAPE, TYPED_ESCAPE, whole_escapes

#: An index of the text and the lane's offset of it: both grow by one from here to the next.
Run = tuple[int, int]


class Block:
    """A stretch of a lane that no escape sequence crosses: ``raw`` as stored, from the lane's
    offset ``start`` on, and ``text`` without its escape sequences."""

    __slots__ = ("_escape", "_runs", "raw", "start", "text")

    def __init__(self, raw: bytes, start: int, *, typed: bool = False) -> None:
        self.raw, self.start = raw, start
        self._escape = TYPED_ESCAPE if typed else ESCAPE
        self.text = self._escape.sub(b"", raw) if b"\x1b" in raw else raw
        self._runs: list[Run] | None = None

    def offset(self, index: int) -> int:
        """Where ``text[index]`` stands in the lane."""
        if len(self.text) == len(self.raw):
            return self.start + index
        if self._runs is None:
            self._runs = self.runs(0)
        return offset_in(self._runs, index)

    def runs(self, first: int) -> list[Run]:
        """How ``text[first:]`` lies in the lane; the first run may begin before ``first``."""
        if len(self.text) == len(self.raw):
            return [(0, self.start)]
        index = self.text.rfind(b"\n", 0, first) + 1
        at = self._raw_line(index)
        runs = [(index, self.start + at)]
        for match in self._escape.finditer(self.raw, at):
            index += match.start() - at
            at = match.end()
            if runs[-1][0] == index:
                runs.pop()
            runs.append((index, self.start + at))
        return runs

    def _raw_line(self, index: int) -> int:
        """Where the line that begins at ``text[index]`` begins in ``raw``: both have the same lines."""
        if index == 0:
            return 0
        at = len(self.raw)
        for _ in range(self.text.count(b"\n", index - 1)):
            at = self.raw.rfind(b"\n", 0, at)
        return at + 1


def offset_in(runs: list[Run], index: int) -> int:
    """The lane's offset of ``index``."""
    begin, offset = runs[bisect_right(runs, index, key=_index) - 1]
    return offset + index - begin


def _index(run: Run) -> int:
    return run[0]


class Stripper:
    """A lane cut anywhere, into blocks that no escape sequence crosses."""

    def __init__(self, start: int = 0, *, typed: bool = False) -> None:
        self._typed = typed
        self._held = b""
        self._offset = start

    def feed(self, data: bytes, *, last: bool = False) -> Block:
        """What is complete with ``data``; all that is left when it is the ``last``."""
        raw = self._held + data
        end = len(raw) if last else whole_escapes(raw, typed=self._typed)
        self._held = raw[end:]
        block = Block(raw[:end], self._offset, typed=self._typed)
        self._offset += end
        return block


class Window:
    """Stripped text that slides over a stream: what was kept, then the newest block."""

    def __init__(self) -> None:
        self.text = b""
        self._kept: list[Run] = []
        self._fresh = 0
        self._block = Block(b"", 0)

    def push(self, block: Block, text: bytes | None = None) -> None:
        """Add a block; only after ``drop`` of what the one before it gave."""
        self._fresh = len(self.text)
        self._block = block
        self.text += block.text if text is None else text

    def drop(self, index: int) -> None:
        """Forget what stands before ``index``."""
        kept: list[Run] = []
        if index < self._fresh:
            first = max(0, bisect_right(self._kept, index, key=_index) - 1)
            kept += [(max(0, at - index), offset + max(0, index - at)) for at, offset in self._kept[first:]]
        if len(self.text) > max(index, self._fresh):
            begin = max(0, index - self._fresh)
            runs = self._block.runs(begin)
            first = max(0, bisect_right(runs, begin, key=_index) - 1)
            shift = self._fresh - index
            kept += [(max(at, begin) + shift, offset + max(0, begin - at)) for at, offset in runs[first:]]
        self.text = self.text[index:]
        self._kept = kept
        self._fresh = len(self.text)
        self._block = Block(b"", 0)

    def replace(self, text: bytes) -> None:
        """Other bytes in the same places."""
        self.text = text

    def offset(self, index: int) -> int:
        """Where ``text[index]`` stands in the lane."""
        if index < self._fresh:
            return offset_in(self._kept, index)
        return self._block.offset(index - self._fresh)
