"""A window of a log as the rows of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Literal

from sessions_ui.archive.windows import LogRow, Window, Windows
from sessions_ui.eventlog.events import ODD, PAUSE_SECONDS, Event
from sessions_ui.eventlog.protocols import http_head, postgres_frames
from sessions_ui.eventlog.rows import Line, Row, Span, render_rows
from sessions_ui.eventlog.screens import Screen
from sessions_ui.eventlog.spans import MARK
from sessions_ui.pages.log_query import ALL_KINDS, KIND_NAMES, LogQuery
from sessions_ui.pages.log_shapes import LogRowShape, PauseShape
from sessions_ui.pages.words import duration, listed, offset, plural, size
from sessions_ui.session import Session
from sessions_ui.verdicts.clock import Clock

#: More controls than this in one row are folded.
MOST_CONTROLS = 4
_BYTES = ("rdp", "tcp", "ssh")
_HIDDEN: Line = (Span("⟨input hidden⟩", MARK),)


def shows_bytes(session: Session) -> bool:
    """Protocols that are not text: their events are shown as bytes unless we can read them."""
    return session.verb == "connect" and (session.type == "database" or session.subtype in _BYTES)


def row_shapes(
    window: Window, windows: Windows, session: Session, clock: Clock, query: LogQuery
) -> Iterator[LogRowShape | PauseShape]:
    """``clock`` gives the time of day where it is known, in the zone the page is shown in."""
    rendered = render_rows(
        [row.event._replace(payload=b"") if row.masked else row.event for row in window.rows],
        lookback=windows.lookback(window.rows[0].place),
        at_end=window.after is None,
        as_hex=query.raw or shows_bytes(session),
        keyboard=session.is_terminal,
    )
    address = f"/sessions/{session.id}?e="
    others = query.at().query().replace("?", "&", 1)
    before: LogRow | None = None
    since = windows.quiet_since(window.rows[0])
    for source, row in zip(window.rows, rendered, strict=True):
        event = source.event
        timed = event.kind != ODD or event.seconds > 0
        follows = before is not None and before.event.number == event.number
        if timed and since is not None and event.seconds - since > PAUSE_SECONDS:
            yield PauseShape(f"{duration(event.seconds - since)} without {_missed(query)}")
        if timed:
            before, since = source, source.until
        here = source.written
        kind = "x" if source.screen else _kind(event.kind)
        anchor = f"e{here}".replace(".", "-")
        if source.screen is not None:
            row = _screen_row(source.screen)
        elif source.masked:
            kind, row = "i", _echo_row(source)
        elif event.masked:
            row = _hidden_row(row)
        yield LogRowShape(
            row=row if query.raw else _readable(row, event, session),
            anchor=anchor,
            href=f"{address}{here}{others}#{anchor}",
            kind=kind,
            kind_word="" if follows else _kind_word(kind, session, source, row),
            offset=offset(event.seconds) if timed and not follows else "",
            at=clock.at(event.seconds) if timed and not follows else None,
            marked=query.stretch is not None and source.within(query.stretch),
            label=f".{source.line}" if follows and source.line else _label(source, here),
            spoken=_spoken(source),
            open_href=_unfolded_href(source, session, query) if source.screen else "",
        )


def _missed(query: LogQuery) -> str:
    """What there was none of: of what is not shown there may have been some."""
    if query.kinds == ALL_KINDS:
        return "input or output"
    return listed([KIND_NAMES[kind] for kind in query.kinds], last="or")


def _screen_row(screen: Screen) -> Row:
    """What stands for a full-screen program."""
    words = f"Full-screen program: {plural(screen.events, 'event')}, {duration(screen.ended - screen.began)}"
    if screen.last_words:
        words += f"; it printed last: “{screen.last_words}”"
    return Row(screen.first, "o", screen.began, "text", ((Span(words),),))


def _unfolded_href(source: LogRow, session: Session, query: LogQuery) -> str:
    return f"/sessions/{session.id}/log{replace(query.at(start=source.place), drawn=True).query()}"


def _kind(kind: str) -> Literal["i", "o", "e", "x"]:
    if kind == "i":
        return "i"
    if kind == "o":
        return "o"
    return "e" if kind == "e" else "x"


def _echo_row(source: LogRow) -> Row:
    """What was echoed of typed input; where nothing of it can be seen, that it is hidden."""
    row = render_rows([source.event], at_end=True)[0]
    lines = tuple(
        line for line in row.lines if any(span.text.strip() and span.classes != MARK for span in line)
    )
    return row._replace(lines=lines, note="") if lines and row.form == "text" else _hidden_row(row)


def _hidden_row(row: Row) -> Row:
    return Row(row.number, row.kind, row.seconds, "text", (_HIDDEN,))


def _label(source: LogRow, here: str) -> str:
    """Of hidden input only where it begins: how long it is, is not said."""
    return str(source.event.number) if source.is_silent else here.replace("-", "–")


def _kind_word(kind: str, session: Session, source: LogRow, row: Row) -> str:
    if source.screen is not None:
        return "screen"
    if source.masked and row.lines != (_HIDDEN,):
        return "echoed"
    if kind == "i":
        return "typed" if session.is_terminal else "input"
    return {"o": "printed", "e": "error"}.get(kind, "other")


def _spoken(source: LogRow) -> str:
    if source.is_silent:
        return f"Hidden input from event {source.event.number} on"
    if source.last_event > source.event.number:
        line = f", line {source.last_line}" if source.last_line else ""
        return f"Events {source.event.number} to {source.last_event}{line}"
    return f"Event {source.event.number}" + (f", line {source.line}" if source.line else "")


def _readable(row: Row, event: Event, session: Session) -> Row:
    """A binary event in the most readable form that is still true; a drawn screen without its pen."""
    if row.form == "text":
        return fold_controls(row)
    if row.form != "hex":
        return row
    if session.subtype == "postgres" and event.kind in ("i", "o"):
        frames = postgres_frames(event.payload, server=event.kind == "o")
        if frames is not None:
            lines: list[Line] = []
            for frame in frames[:50]:
                statement = _text(Event(event.number, event.seconds, "o", frame.statement or frame.detail))
                first, *more = statement or [()]
                lines += [(Span(f"{frame.name} ", "t-ctl"), *first), *more]
            rest = f"and {len(frames) - 50:,} more messages" if len(frames) > 50 else ""
            return Row(
                event.number, event.kind, event.seconds, "text", tuple(lines), rest, "Postgres protocol"
            )
    head = http_head(event.payload)
    if head is not None and head[1]:
        body = render_rows([Event(event.number, event.seconds, event.kind, head[1])], at_end=True)[0]
        note = f"and a body of {size(len(head[1]))} that is not text"
        if body.form == "hex":
            shown = tuple(_text(Event(event.number, event.seconds, "o", head[0])))
            return Row(event.number, event.kind, event.seconds, "text", shown, "", note)
    return row


def fold_controls(row: Row) -> Row:
    """A full-screen program moves the cursor before every word: where that drowns the text, each run
    of controls becomes one mark, and the row says how many there were. The raw bytes show them."""
    if sum(map(len, row.lines)) <= MOST_CONTROLS:
        return row
    controls = sum(span.classes == MARK for line in row.lines for span in line)
    if controls <= MOST_CONTROLS:
        return row
    lines = tuple(tuple(_folded(line)) for line in row.lines)
    note = f"{controls} screen controls are folded to ⟨⋯⟩; the raw bytes show them"
    return row._replace(lines=lines, note=f"{row.note}; {note}" if row.note else note)


def _folded(line: Line) -> Iterator[Span]:
    for is_control, spans in groupby(line, key=lambda span: span.classes == MARK):
        if is_control:
            yield Span("⟨⋯⟩", MARK)
        else:
            yield from spans


def _text(event: Event) -> list[Line]:
    return list(render_rows([event], at_end=True)[0].lines)
