"""The position strip: the whole recording at a glance, with a way to every part of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import log1p

from sessions_ui.archive.outlines import get_outline
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.spread import Spread
from sessions_ui.archive.windows import Window
from sessions_ui.eventlog.outline import BUCKETS, PAUSES, Outline
from sessions_ui.eventlog.places import Place, Stretch
from sessions_ui.eventlog.query import Query
from sessions_ui.pages.log_hits import Hits, hit_address
from sessions_ui.pages.log_query import ALL_KINDS, LogQuery
from sessions_ui.pages.log_shapes import StripCell, StripMark, StripShape
from sessions_ui.pages.words import duration, offset, plural

HEIGHT = 32
CELLS = 24
#: Links to places with hits; the next hit and all of them are links as well.
HIT_MARKS = 8
ERROR_MARKS = 12
MIN_WIDTH = 1.5


def strip_shape(
    log: EventLog, window: Window | None, session_id: str, query: LogQuery, hits: Hits | None = None
) -> StripShape | None:
    """None for a log that is shown whole anyway without hits, or has no length in time. Without a window
    nothing of it is shown: there is nothing of the chosen kinds, or the page is the search's."""
    outline = get_outline(log)
    spread = hits.spread if hits else None
    whole = window is not None and window.before is None and window.after is None
    if outline.last <= outline.first or (whole and query.kinds == ALL_KINDS and not spread):
        return None
    spoken = f"The recording runs from {offset(outline.first)} to {offset(outline.last)}"
    here = width = 0.0
    if window is not None:
        first, last = window.rows[0].event.seconds, window.rows[-1].event.seconds
        here = BUCKETS * outline.place(first)
        width = max(MIN_WIDTH, BUCKETS * outline.place(last) - here)
        spoken += f"; shown is {offset(first)} to {offset(last)}"

    return StripShape(
        bars=_bars(outline, typed=False),
        typed_bars=_bars(outline, typed=True),
        hit_bars=_hit_bars(outline, spread) if spread else "",
        cells=tuple(_cells(outline, session_id, query)),
        marks=tuple(_marks(outline, session_id, query, hits)),
        here_x=min(here, BUCKETS - width),
        here_width=width,
        start=offset(outline.first),
        end=offset(outline.last),
        spoken=f"{spoken}. {_counted(outline, log.count('e'), spread)}.",
    )


def _marks(outline: Outline, session_id: str, query: LogQuery, hits: Hits | None) -> Iterator[StripMark]:
    def to(event: int) -> str:
        place = Place(event)
        return f"/sessions/{session_id}/log{query.at(stretch=Stretch(place, place)).query()}"

    for mark in outline.errors[:ERROR_MARKS]:
        x, words = BUCKETS * outline.place(mark.at), f"Error at {offset(mark.at)}"
        yield StripMark(x, to(mark.event), words, "error")
    for pause in outline.pauses:
        x = BUCKETS * outline.place(pause.at)
        words = f"After {duration(pause.seconds)} of silence, at {offset(pause.at)}"
        yield StripMark(x, to(pause.event), words, "pause")
    if hits and hits.spread:
        yield from _hit_marks(outline, session_id, hits.query, hits.spread)


def _counted(outline: Outline, errors: int, spread: Spread | None) -> str:
    pauses = len(outline.pauses)
    named = plural(pauses, "long pause") if pauses < PAUSES else f"the {pauses} longest pauses"
    parts = [named, plural(errors, "error")]
    if spread:
        parts.append(f"{plural(spread.count, 'hit')} at {plural(len(spread.places), 'place')}")
    return ", ".join(parts)


def _hit_bars(outline: Outline, spread: Spread) -> str:
    counts = [0] * BUCKETS
    for place in spread.places:
        counts[min(BUCKETS - 1, int(BUCKETS * outline.place(place.seconds)))] += place.count
    most = log1p(max(counts)) or 1.0
    # From above, so that a hit and what was printed there are both to be seen.
    heights = ((x, max(6, round(HEIGHT * log1p(count) / most))) for x, count in enumerate(counts) if count)
    return "".join(f"M{x}.5 0v{height}" for x, height in heights)


def _hit_marks(outline: Outline, session_id: str, query: Query, spread: Spread) -> Iterator[StripMark]:
    """The places of a handful; of more, so many spread over all of them."""
    step = -(-len(spread.places) // HIT_MARKS) or 1
    for place in spread.places[::step]:
        last = place.first + place.count - 1
        words = f"Hits {place.first:,}–{last:,}" if place.count > 1 else f"Hit {place.first:,}"
        at = BUCKETS * outline.place(place.seconds)
        yield StripMark(at, hit_address(session_id, query, place.first), words, "hit")


@lru_cache(maxsize=256)
def _bars(outline: Outline, *, typed: bool) -> str:
    """Strokes of the stretches in which something was typed, or of all others. Heights grow with the
    logarithm: a burst must not hide the rest."""
    most = log1p(max(outline.printed, default=0)) or 1.0
    strokes = []
    for x, (printed, keys) in enumerate(zip(outline.printed, outline.typed, strict=True)):
        if bool(keys) == typed and (printed or keys):
            strokes.append(f"M{x}.5 {HEIGHT}v-{max(2, round((HEIGHT - 4) * log1p(printed) / most))}")
    return "".join(strokes)


def _cells(outline: Outline, session_id: str, query: LogQuery) -> list[StripCell]:
    width = BUCKETS // CELLS
    span = (outline.last - outline.first) / CELLS
    address = f"/sessions/{session_id}/log"
    asked = query.at().query()
    go = f"{asked}&" if asked else "?"
    cells = []
    for cell in range(CELLS):
        at = outline.first + cell * span
        cells.append(StripCell(cell * width, width, f"{address}{go}at={at:.3f}s", f"Go to {offset(at)}"))
    return cells
