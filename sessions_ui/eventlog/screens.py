"""Full-screen programs: the stretches of a terminal that were drawn on its alternate screen.

``vi`` or ``top`` move the cursor before every word, so that their events read as a flood. Where the
alternate screen was shown from one event to another, these are one ``Screen``.
What it said last is kept: an editor says there what it has saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sessions_ui.eventlog.escapes import ESCAPE
from sessions_ui.eventlog.visible import inside_marker

_MODES = rb"(?:[0-9]{1,4};){0,8}"
SWITCH = re.compile(rb"\x1b\[\?" + _MODES + rb"(?:47|1047|1049)(?:;[0-9]{1,4}){0,8}([hl])")
#: A switch that is cut lies within so many bytes of the cut.
MAX_SWITCH_BYTES = 64
#: What is looked through for a program's last words, and how many characters are kept of them.
MAX_SAID_BYTES = 2048
MAX_WORDS = 80
_ELSEWHERE = re.compile(rb"\x1b\[[0-9;]{0,16}[ABEFHSTdf]|[\r\n\x0b\x0c]")
_ALONG = re.compile(rb"\x1b\[[0-9;]{0,16}[CG`]|\t")
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Screen:
    """Events ``first`` to ``last``, both included, of input and output alone; times in seconds.
    ``last_words``: the last line of text that it printed, harmless and cut; may be empty."""

    first: int
    last: int
    began: float
    ended: float
    last_words: str = ""

    @property
    def events(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some events in a row: ``numbers[n]`` printed ``printed[starts[n]:starts[n + 1]]``."""

    numbers: Sequence[int]
    seconds: Sequence[float]
    kinds: bytes
    starts: Sequence[int]
    printed: bytes


class ScreenFinder:
    """Fed a log's events in order, it gives each screen as soon as it is over."""

    def __init__(self) -> None:
        self._began: tuple[int, float] | None = None
        self._last: tuple[int, float] = (0, 0.0)
        self._tail = b""
        self._said = b""

    def wants(self, printed: bytes) -> bool:
        """Whether the columns of these events matter: most hold no switch, and none is open."""
        return self._began is not None or SWITCH.search(self._tail + printed) is not None

    def skip(self, printed: bytes) -> None:
        """Events that were not wanted."""
        self._tail = (self._tail + printed)[-MAX_SWITCH_BYTES:]

    def feed(self, events: Stretch) -> Iterator[Screen]:
        for row, number in enumerate(events.numbers):
            if events.kinds[row] not in b"io":
                # hoop's own word, or something odd, is never folded away.
                yield from self._end()
                continue
            at = (number, events.seconds[row])
            payload = events.printed[events.starts[row] : events.starts[row + 1]]
            if payload:
                yield from self._switch(at, payload)
            self._last = at

    def finish(self) -> Iterator[Screen]:
        """The log ends here, whatever is shown."""
        yield from self._end()

    def _switch(self, at: tuple[int, float], payload: bytes) -> Iterator[Screen]:
        """The last switch of an event counts: a program that comes and goes within it leaves no stretch."""
        begin = max(0, len(self._tail) - MAX_SWITCH_BYTES)
        data = self._tail[begin:] + payload
        ahead = len(data) - len(payload)
        self._tail = data[-MAX_SWITCH_BYTES:]
        said = ahead
        for match in SWITCH.finditer(data):
            if match.end() <= ahead:
                continue
            if match[1] == b"h" and self._began is None:
                # What was printed before the switch stays to be seen: then the next event begins it.
                clean = _is_blank(data[ahead : max(ahead, match.start())])
                self._began = at if clean else (at[0] + 1, at[1])
                said = match.end()
            elif match[1] == b"l" and self._began is not None:
                if _is_blank(data[match.end() :]):
                    self._last = at
                self._hear(data[said : match.start()])
                yield from self._end()
        if self._began is not None:
            self._hear(data[said:])

    def _hear(self, printed: bytes) -> None:
        self._said = (self._said + printed[-MAX_SAID_BYTES:])[-MAX_SAID_BYTES:]

    def _end(self) -> Iterator[Screen]:
        began, self._began = self._began, None
        said, self._said = self._said, b""
        if began is not None and self._last[0] > began[0]:
            yield Screen(began[0], self._last[0], began[1], self._last[1], last_words(said))


def last_words(said: bytes) -> str:
    r"""The last line with a letter or a digit in it, wherever on the screen it was put.

    >>> last_words(b"\x1b[2;1H~\x1b[30;1H:wq\r\x1b[?1l\"a.conf\" 1L written\r\n")
    '"a.conf" 1L written'
    """
    lines = _ELSEWHERE.split(said)
    # What was cut off at its beginning may begin within a sequence.
    for line in reversed(lines[1:] if len(said) == MAX_SAID_BYTES else lines):
        text = ESCAPE.sub(b"", _ALONG.sub(b" ", line)).decode("utf-8", "surrogateescape")
        if _LETTER.search(text):
            words = inside_marker(" ".join(text.split()))
            return words if len(words) <= MAX_WORDS else f"{words[:MAX_WORDS]}…"
    return ""


def _is_blank(data: bytes) -> bool:
    return not ESCAPE.sub(b"", data).strip(b"\r\n\t \x07\x08\x0e\x0f")
