"""The position strip: the whole recording at a glance, with a way to every part of it."""

from __future__ import annotations

from math import log1p

from sessions_ui.archive.outlines import get_outline
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.windows import Window
from sessions_ui.eventlog.outline import BUCKETS, Outline
from sessions_ui.eventlog.places import Place, Stretch
from sessions_ui.pages.log_query import LogQuery
from sessions_ui.pages.shapes import StripCell, StripMark, StripShape
from sessions_ui.pages.words import duration, offset, plural

HEIGHT = 32
CELLS = 24
MIN_WIDTH = 1.5


def strip_shape(log: EventLog, window: Window, session_id: str, query: LogQuery) -> StripShape | None:
    """None for a log that is shown whole anyway, or has no length in time."""
    outline = get_outline(log)
    if outline.last <= outline.first or (window.before is None and window.after is None):
        return None
    here = BUCKETS * outline.place(window.rows[0].event.seconds)
    there = BUCKETS * outline.place(window.rows[-1].event.seconds)
    width = max(MIN_WIDTH, there - here)

    def to(event: int) -> str:
        place = Place(event)
        return f"/sessions/{session_id}/log{query.at(stretch=Stretch(place, place)).query()}"

    return StripShape(
        bars=_bars(outline, typed=False),
        typed_bars=_bars(outline, typed=True),
        cells=tuple(_cells(outline, session_id, query)),
        marks=(
            *(
                StripMark(
                    BUCKETS * outline.place(mark.at), to(mark.event), f"Error at {offset(mark.at)}", "error"
                )
                for mark in outline.errors[:12]
            ),
            *(
                StripMark(
                    BUCKETS * outline.place(pause.at),
                    to(pause.event),
                    f"After {duration(pause.seconds)} of silence, at {offset(pause.at)}",
                    "pause",
                )
                for pause in outline.pauses
            ),
        ),
        here_x=min(here, BUCKETS - width),
        here_width=width,
        start=offset(outline.first),
        end=offset(outline.last),
        spoken=(
            f"The recording runs from {offset(outline.first)} to {offset(outline.last)}; shown is "
            f"{offset(window.rows[0].event.seconds)} to {offset(window.rows[-1].event.seconds)}. "
            f"{plural(len(outline.pauses), 'long pause')}, {plural(len(outline.errors), 'error')}."
        ),
    )


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
    cells = []
    for cell in range(CELLS):
        at = outline.first + cell * span
        asked = query.at().query()
        go = f"{asked}&" if asked else "?"
        cells.append(StripCell(cell * width, width, f"{address}{go}at={at:.3f}s", f"Go to {offset(at)}"))
    return cells
