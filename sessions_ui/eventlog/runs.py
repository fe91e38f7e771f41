"""Keystrokes and their echo as one run, so that ``l`` ``l`` ``s`` ``s`` reads as ``ls``.

A terminal records every key as an input event and its echo as an output event. Runs end at every
200th event, so that they are bounded and have the same borders from wherever a log is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessions_ui.eventlog.escapes import ESCAPE
from sessions_ui.eventlog.events import Event

MAX_KEY_BYTES = 8
MAX_LINE_BYTES = 4096
RUN_EVENTS = 200
_ENTER = (b"\r", b"\n", b"\r\n")
_ERASE = (b"\x7f", b"\x08")
_ERASED = (b"\x08 \x08", b"\x08\x1b[K", b"\x08\x1b[J")


@dataclass(frozen=True, slots=True)
class Run:
    """Events in a row that are one: ``typed`` is what was typed, without its echo."""

    first: Event
    last: Event
    typed: bytes


def runs(events: Iterable[Event], *, gap: int = 1) -> Iterator[Event | Run]:
    """The events in order, each run of more than one event in place of its events. ``gap`` is the
    most by which numbers may differ within a run: 2 where output was left out.

    >>> key = [Event(1, 0.0, "i", b"l"), Event(2, 0.1, "o", b"l"), Event(3, 0.2, "i", b"s")]
    >>> [run.typed for run in runs(key)]
    [b'ls']
    """
    held: list[Event] = []
    for event in events:
        if held and not _goes_on(held, event, gap):
            yield _closed(held)
            held = []
        held.append(event)
    if held:
        yield _closed(held)


def block_of(number: int) -> int:
    """Runs never cross from one block of 200 events to the next."""
    return (number - 1) // RUN_EVENTS


def _goes_on(held: list[Event], event: Event, gap: int) -> bool:
    before = held[-1]
    if block_of(event.number) != block_of(before.number) or event.number - before.number > gap:
        return False
    if before.kind == "i" and _is_line(before) and event.kind == "i":
        return False
    if is_echo(before, event):
        return True
    if not (_is_key(event) or _is_enter(event)):
        return False
    if before.kind == "o":
        # Within a run an output event is an echo; one that begins it is something else.
        return len(held) > 1 and not _is_line(held[-2])
    return _is_key(before)


def is_echo(key: Event, event: Event) -> bool:
    """Whether an output event is nothing but the echo of the input event before it."""
    if event.kind != "o" or key.kind != "i":
        return False
    if _is_line(key):
        # The line as it was typed, its end, and nothing else that can be seen.
        typed = key.payload.rstrip(b"\r\n")
        rest = event.payload[len(typed) :]
        return event.payload.startswith(typed) and ESCAPE.sub(b"", rest).strip(b"\r\n") == b""
    if not _is_key(key):
        return False
    return event.payload == key.payload or (key.payload in _ERASE and event.payload in _ERASED)


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
    if len(held) == 1:
        return held[0]
    return Run(held[0], held[-1], b"".join(event.payload for event in held if event.kind == "i"))
