"""The events' own bytes, one after the other; with a time before and a line end behind each, if asked.

A line end is added behind each *event*, as hoop does: behind one that ends its own line it makes a
blank line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, repeat

from sessions_ui.eventlog.events import ODD
from sessions_ui.eventlog.formats.moments import moments, offsets
from sessions_ui.eventlog.formats.options import Chosen, FileOptions, Times

#: As wide as a moment and an offset, where there is none: a file's length is known before it is written.
NO_MOMENT, NO_OFFSET = "-" * 27, "-" * 15
_WIDTHS: dict[Times, int] = {"off": 0, "offset": 16, "utc": 28, "hoop": 21}
#: Below 100 hours an offset has its usual width, whatever is rounded up.
_WIDE_SECONDS = 359_999


def text_chunks(
    events: Iterable[Chosen], options: FileOptions, *, started_at: datetime | None
) -> Iterator[bytes]:
    """Raises ValueError for times of day where offset 0 is not known."""
    end = b"\n" if options.newline else b""
    for batch in events:
        if options.times == "off":
            yield end.join([*batch.payloads, b""]) if options.newline else b"".join(batch.payloads)
            continue
        marks = _marks(batch, options.times, started_at)
        yield b"".join(chain.from_iterable(zip(marks, batch.payloads, repeat(end), strict=False)))


def added_bytes(seconds: Iterable[Sequence[float]], events: int, options: FileOptions) -> int:
    """What times and line ends add to so many events at these offsets, without writing them."""
    added = events * (_WIDTHS[options.times] + options.newline)
    if options.times == "offset":
        for run in seconds:
            if run and max(run) >= _WIDE_SECONDS:
                added += sum(map(len, offsets(run))) - len(run) * len(NO_OFFSET)
    return added


def _marks(batch: Chosen, times: Times, started_at: datetime | None) -> list[bytes]:
    """What stands before each event, its space included; of an odd one no time is known."""
    odd = ord(ODD)
    if times == "offset":
        named = offsets(batch.seconds)
        blank = NO_OFFSET
    elif started_at is None:
        raise ValueError("times of day are not known")
    else:
        # hoop drops the fraction of each offset, not of the moment.
        seconds = map(int, batch.seconds) if times == "hoop" else batch.seconds
        named = [text or NO_MOMENT for text in moments(started_at, seconds)]
        blank = NO_MOMENT
    if odd in batch.kinds:
        pairs = zip(batch.kinds, batch.seconds, named, strict=True)
        named = [blank if kind == odd and not offset else text for kind, offset, text in pairs]
    if times == "hoop":
        return [b"%bZ " % text[:19].encode() for text in named]
    return [b"%b " % text.encode() for text in named]
