"""A query made ready: what finds its hits in stripped text, through RE2 or plain byte search.

RE2 takes time in proportion to the text, whatever the expression, and releases the interpreter's
lock; Python's ``re`` never sees what somebody asks for. Empty matches are no hits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import re2

from sessions_ui.eventlog.query import Query

#: Of one compiled expression and its automaton.
MAX_MEMORY = 8 << 20
#: How many hits pass between two looks at the clock.
HITS_A_LOOK = 256
#: The characters that only Unicode folds to an ASCII letter (k and s).
_FOLDED = {b"k": "\u212a".encode(), b"s": "\u017f".encode()}
#: What means the text's end and not a line's, or any byte, in RE2's form; the rest never leaves a line.
_ALONE = re.compile(r"\\[AzC]|\(\?[a-zA-Z]*-")

Span = tuple[int, int]


class BadPattern(ValueError):
    """RE2 does not take the expression; ``str`` is its reason."""


class Stopped(Exception):
    """The search was told to stop: its time is over, or nobody waits for it any more."""


class Finder(Protocol):
    """Finds leftmost hits that do not overlap. ``margin`` is the longest a hit can be in bytes, 0 where
    that is not known; ``ahead`` is how far behind a hit the bytes can still change it; ``crosses``
    says that a hit may hold a line end."""

    margin: int
    ahead: int
    crosses: bool

    def spans(self, text: bytes, start: int, end: int) -> Iterator[Span]: ...

    def count(self, text: bytes, start: int, end: int) -> int: ...


class _Phrase:
    """Byte for byte."""

    ahead = 0
    crosses = False

    def __init__(self, phrase: bytes, stop: Callable[[], bool]) -> None:
        self._phrase, self._stop = phrase, stop
        self.margin = len(phrase)

    def spans(self, text: bytes, start: int, end: int) -> Iterator[Span]:
        at = text.find(self._phrase, start, end)
        looks = 0
        while at >= 0:
            yield at, at + self.margin
            looks += 1
            if looks % HITS_A_LOOK == 0 and self._stop():
                raise Stopped
            at = text.find(self._phrase, at + self.margin, end)

    def count(self, text: bytes, start: int, end: int) -> int:
        return text.count(self._phrase, start, end)


class _Expression:
    """Through RE2, with what lies around ``start`` and ``end`` as context."""

    def __init__(
        self, pattern: str, stop: Callable[[], bool], *, margin: int = 0, line_ends: int = 0
    ) -> None:
        self._pattern = _compile(pattern, line=not line_ends)
        self._stop = stop
        self.margin, self.ahead, self.crosses = margin, line_ends, line_ends > 0

    def spans(self, text: bytes, start: int, end: int) -> Iterator[Span]:
        for looks, match in enumerate(self._pattern.finditer(text, start, end), 1):
            if looks % HITS_A_LOOK == 0 and self._stop():
                raise Stopped
            if match.end() > match.start():
                yield match.span()

    def count(self, text: bytes, start: int, end: int) -> int:
        return sum(1 for _ in self.spans(text, start, end))


class _AnyCase(_Expression):
    """A phrase in any case; ASCII is counted in lower case, many times as fast where it is dense."""

    def __init__(self, phrase: str, stop: Callable[[], bool]) -> None:
        super().__init__("(?i)" + re2.escape(phrase), stop, margin=4 * len(phrase))
        self._lower = phrase.lower().encode() if phrase.isascii() else b""
        self._folded = tuple(wide for letter, wide in _FOLDED.items() if letter in self._lower)

    def count(self, text: bytes, start: int, end: int) -> int:
        if self._pattern.search(text, start, end) is None:
            return 0
        if not self._lower or any(text.find(wide, start, end) >= 0 for wide in self._folded):
            return super().count(text, start, end)
        return text[start:end].lower().count(self._lower)


class _EachLine(_Expression):
    """An expression that speaks of the text's own ends: each line is a text to it."""

    def spans(self, text: bytes, start: int, end: int) -> Iterator[Span]:
        while start <= end:
            stop = text.find(b"\n", start, end)
            stop = end if stop < 0 else stop
            # Where a line is searched in pieces, a byte beside the piece says that the line goes on.
            before = 0 if start == 0 or text[start - 1] == 0x0A else 1
            after = 0 if stop == len(text) or text[stop] == 0x0A else 1
            low = start - before
            piece = text[low : stop + after]
            for begin, finish in super().spans(piece, before, len(piece) - after):
                yield low + begin, low + finish
            if self._stop():
                raise Stopped
            start = stop + 1


def make_finder(query: Query, *, typed: bool, stop: Callable[[], bool] = lambda: False) -> Finder:
    """Raises BadPattern with RE2's reason."""
    if query.regex:
        # Alone first: behind a flag of ours RE2 would name another place, or none.
        _compile(query.text, line=True)
        alone = _ALONE.search(query.text) is not None
        return (_EachLine if alone else _Expression)(("(?m)" if query.cased else "(?mi)") + query.text, stop)
    phrase = query.text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" in phrase:
        line_end = r"(?:\r\n?|\n)" if typed else r"\r?\n"
        pattern = line_end.join(re2.escape(part) for part in phrase.split("\n"))
        flag = "" if query.cased else "(?i)"
        return _Expression(flag + pattern, stop, margin=4 * len(phrase), line_ends=phrase.count("\n"))
    return _Phrase(phrase.encode(), stop) if query.cased else _AnyCase(phrase, stop)


def has_lone_return(text: bytes) -> bool:
    """Whether a CR stands there that begins no CR LF; many times as fast as to count both."""
    return text.endswith(b"\r") or _LONE_RETURN.search(text) is not None


def _compile(pattern: str, *, line: bool, bytewise: bool = False) -> Any:
    options = re2.Options()
    if bytewise:
        options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    options.never_capture = True
    options.never_nl = line
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise BadPattern(words) from error
    finally:
        # The package keeps 128 expressions, each with up to MAX_MEMORY, for as long as the process lives.
        re2.purge()


_LONE_RETURN = _compile(r"\r[^\n]", line=False, bytewise=True)
