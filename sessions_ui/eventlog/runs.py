"""Keystrokes and their echo as one run, so that ``l`` ``l`` ``s`` ``s`` reads as ``ls``.

A terminal records every key as an input event and its echo as an output event. Runs end at every
200th event, so that they are bounded and have the same borders from wherever a log is read, and at a
pause, which is worth a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from sessions_ui.eventlog.escapes import ESCAPE
from sessions_ui.eventlog.events import PAUSE_SECONDS, Event
from sessions_ui.eventlog.hexdump import is_binary

MAX_KEY_BYTES = 8
MAX_LINE_BYTES = 4096
RUN_EVENTS = 200
_ENTER = (b"\r", b"\n", b"\r\n")
_ERASE = (b"\x7f", b"\x08")
_ERASED = (b"\x08 \x08", b"\x08\x1b[K", b"\x08\x1b[J")


@dataclass(frozen=True, slots=True)
class Run:
    """Events in a row that are one: ``typed`` is what was typed, ``echo`` what of the printed is its echo.
    ``last_line`` 1: of the last event only its first line is echo, and what follows is output."""

    first: Event
    last: Event
    typed: bytes
    echo: bytes
    last_line: int = 0


def runs(events: Iterable[Event], *, gap: int = 1) -> Iterator[Event | Run]:
    """The events in order, each run of more than one event in place of its events. ``gap`` is the
    most by which numbers may differ within a run: 2 where output was left out.

    >>> key = [Event(1, 0.0, "i", b"l"), Event(2, 0.1, "o", b"l"), Event(3, 0.2, "i", b"s")]
    >>> [run.typed for run in runs(key)]
    [b'ls']
    """
    held: list[Event] = []
    for event in events:
        if held and _is_near(held[-1], event, gap):
            size = echo_size(held, event)
            if 0 < size < len(event.payload):
                yield _run(held, event, event.payload[:size])
                held = []
                continue
            if not size and not _goes_on(held, event):
                yield _closed(held)
                held = []
        elif held:
            yield _closed(held)
            held = []
        held.append(event)
    if held:
        yield _closed(held)


def block_of(number: int) -> int:
    """Runs never cross from one block of 200 events to the next."""
    return (number - 1) // RUN_EVENTS


def echo_size(held: Sequence[Event], event: Event) -> int:
    """How many bytes at the beginning of an output event are certainly the echo of what was typed since
    the output before it: none, all, or the first line of several."""
    typed = _unanswered(held)
    if event.kind != "o" or not typed or not event.payload:
        return 0
    bare = typed.rstrip(b"\r\n")
    if bare == typed:
        erased = typed in _ERASE and event.payload in _ERASED
        return len(event.payload) if erased or event.payload == typed else 0
    if b"\x1b" in bare or len(typed) > MAX_LINE_BYTES or not event.payload.startswith(bare):
        return 0
    rest = event.payload[len(bare) :]
    if _is_blank(rest) and (bare or b"\n" in rest or b"\r" in rest):
        return len(event.payload)
    end = event.payload.find(b"\n", len(bare)) + 1
    # An empty line after a bare enter is its echo only where the keys before it were echoed as well.
    known = bool(bare) or (len(held) > 1 and held[-2].kind == "o")
    if not end or not known or not _is_blank(event.payload[len(bare) : end]) or is_binary(event.payload):
        return 0
    return end


def _unanswered(held: Sequence[Event]) -> bytes:
    """What was typed since the last output; the last event of ``held`` may be that output."""
    keys = takewhile(lambda event: event.kind == "i" and (_is_key(event) or _is_line(event)), reversed(held))
    return b"".join(event.payload for event in [*keys][::-1])


def _is_blank(data: bytes) -> bool:
    """Nothing in it can be seen but line ends."""
    return not ESCAPE.sub(b"", data).strip(b"\r\n")


def _is_near(before: Event, event: Event, gap: int) -> bool:
    near = event.number - before.number <= gap and event.seconds - before.seconds <= PAUSE_SECONDS
    return near and block_of(event.number) == block_of(before.number)


def _goes_on(held: list[Event], event: Event) -> bool:
    """Whether what is typed next belongs to what was typed before."""
    before = held[-1]
    if not (_is_key(event) or _is_enter(event)):
        return False
    if before.kind == "o":
        # Within a run an output event is an echo; one that begins it is something else.
        return len(held) > 1 and not _is_line(held[-2])
    return _is_key(before)


def _is_key(event: Event) -> bool:
    payload = event.payload
    return (
        event.kind == "i"
        and 0 < len(payload) <= MAX_KEY_BYTES
        and not payload.startswith(b"\x1b")
        and b"\r" not in payload
        and b"\n" not in payload
    )


def _is_enter(event: Event) -> bool:
    return event.kind == "i" and event.payload in _ENTER


def _is_line(event: Event) -> bool:
    """A whole line in one event, or just its end."""
    payload = event.payload
    bare = payload.rstrip(b"\r\n")
    return (
        event.kind == "i"
        and len(bare) < len(payload) <= MAX_LINE_BYTES
        and b"\x1b" not in bare
        and b"\r" not in bare
        and b"\n" not in bare
    )


def _closed(held: list[Event]) -> Event | Run:
    return held[0] if len(held) == 1 else _run(held[:-1], held[-1])


def _run(held: list[Event], last: Event, echo: bytes | None = None) -> Run:
    """``echo``: the part of the last event that belongs to it, None: all."""
    whole = [*held, last if echo is None else Event(last.number, last.seconds, last.kind, echo)]
    typed, echoed = (b"".join(event.payload for event in whole if event.kind == kind) for kind in "io")
    return Run(whole[0], last, typed, echoed, 0 if echo is None else 1)
