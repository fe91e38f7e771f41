"""A file's length before it is sent, so that a client knows a part from the whole; and a whole of another
length than was said is never sent to its end.

A small file is written to know it. A large one is as long as when it was last written to its end: the
first of them is sent without a length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sessions_ui.archive.batches import Measured
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.file_lengths import find_length, forget_length, remember_length
from sessions_ui.pages.files import LogFile

#: Some ten milliseconds' work, and a few megabytes at the worst.
SMALL_EVENTS, SMALL_BYTES = 4_096, 1 << 20


class WrongLength(Exception):
    """A file is longer or shorter than was said."""


def is_small(held: Measured) -> bool:
    return held.events <= SMALL_EVENTS and held.size <= SMALL_BYTES


def written(file: LogFile) -> LogFile:
    """The file, written already."""
    data = b"".join(file.read(0))
    return replace(file, length=len(data), read=lambda start: iter((data[start:],)))


def remembered(file: LogFile, log: EventLog) -> LogFile:
    """The file with the length that it had before; that of its first sending is remembered."""
    length = find_length(log, file.etag)
    if length is None:
        return replace(file, read=lambda start: _measured(file, log))
    return held_to(file, length, broken=lambda: forget_length(log, file.etag))


def held_to(file: LogFile, length: int, *, broken: Callable[[], None] | None = None) -> LogFile:
    """The file, which breaks off before its end where it is not so long; ``broken`` is called then."""

    def read(start: int) -> Iterator[bytes]:
        held, left = b"", length - start
        for chunk in file.read(start):
            if held:
                yield held
            held = chunk
            left -= len(chunk)
            if left < 0:
                # All that is beyond it is of no interest.
                break
        if left:
            if broken is not None:
                broken()
            raise WrongLength(file.etag)
        yield held

    return replace(file, length=length, read=read)


def _measured(file: LogFile, log: EventLog) -> Iterator[bytes]:
    length = 0
    for chunk in file.read(0):
        yield chunk
        length += len(chunk)
    remember_length(log, file.etag, length)
