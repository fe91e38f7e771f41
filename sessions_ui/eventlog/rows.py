"""Events as rows of safe spans, ready for a template: text, hex or an odd event's JSON.

Total: whatever the events hold, it answers. Bounded: each event shows at most so much, and
says what it left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.hexdump import MAX_HEX_BYTES, hexdump, is_binary
from sessions_ui.eventlog.odd import bitmap_words, odd_note
from sessions_ui.eventlog.spans import FOLD, MARK, Line, Span
from sessions_ui.eventlog.terminal import Lane

__all__ = ["Line", "Row", "Span", "render_rows"]

MAX_TEXT_BYTES = 64 * 1024
MAX_TEXT_LINES = 4_000
MAX_LINE_CHARACTERS = 4_096
MAX_JSON_BYTES = 4_096
#: Read behind what is not shown of an event, so that the next begins in the right state.
_TAIL_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One event. ``form`` is text, hex or json; ``folded`` and ``note`` are sentences or
    empty: what is not shown, and what is odd. ``lines`` may be empty, then ``note`` says why."""

    number: int
    kind: str
    seconds: float
    form: str
    lines: tuple[Line, ...]
    folded: str = ""
    note: str = ""


@dataclass(slots=True)
class _Draft:
    event: Event
    form: str
    lines: list[Line]
    hidden_bytes: int = 0
    note: str = ""
    lane: Lane | None = field(default=None)


def render_rows(
    events: Iterable[Event],
    *,
    lookback: Iterable[Event] = (),
    at_end: bool = False,
    as_hex: bool = False,
) -> list[Row]:
    """A row for each event. ``lookback`` are the events just before, which set colours and
    hold the first half of what is cut; ``at_end`` says that nothing comes after; ``as_hex``
    shows bytes as they are, for protocols that are not text."""
    window = _Window(as_hex=as_hex)
    for event in lookback:
        window.prime(event)
    for event in events:
        window.add(event)
    if at_end:
        window.finish()
    return [_row(draft) for draft in window.drafts]


class _Window:
    def __init__(self, *, as_hex: bool) -> None:
        self.drafts: list[_Draft] = []
        self._as_hex = as_hex
        self._typed = Lane(typed=True)
        self._printed = Lane()

    def prime(self, event: Event) -> None:
        lane = self._lane(event.kind)
        if lane is None or self._as_hex:
            return
        if is_binary(event.payload):
            lane.finish()
        else:
            lane.feed(event.payload[-MAX_TEXT_BYTES:])

    def add(self, event: Event) -> None:
        lane = self._lane(event.kind)
        if lane is None:
            self.drafts.append(_other(event))
        elif self._as_hex:
            self.drafts.append(_hex(event))
        elif is_binary(event.payload):
            # What waited in the lane will not be completed by bytes that are no text.
            draft = _hex(event)
            draft.lines = [line for line in lane.finish() if line] + draft.lines
            self.drafts.append(draft)
        else:
            self.drafts.append(_text(event, lane))

    def finish(self) -> None:
        for lane in (self._typed, self._printed):
            if not lane.held or not self.drafts:
                continue
            own = (draft for draft in reversed(self.drafts) if draft.lane is lane)
            draft = next(own, self.drafts[-1])
            more = lane.finish()
            if draft.lane is lane:
                more[0] = (*draft.lines.pop(), *more[0])
            draft.lines += more

    def _lane(self, kind: str) -> Lane | None:
        if kind == "i":
            return self._typed
        return self._printed if kind in ("o", "e") else None


def _text(event: Event, lane: Lane) -> _Draft:
    payload = event.payload
    lines = lane.feed(payload[:MAX_TEXT_BYTES])
    hidden = max(0, len(payload) - MAX_TEXT_BYTES)
    if hidden:
        hidden += lane.skip(payload[MAX_TEXT_BYTES:][-_TAIL_BYTES:])
    return _Draft(event, "text", lines, hidden, "" if payload else "empty", lane)


def _hex(event: Event) -> _Draft:
    size = len(event.payload)
    return _Draft(event, "hex", hexdump(event.payload), max(0, size - MAX_HEX_BYTES), "" if size else "empty")


def _other(event: Event) -> _Draft:
    if event.kind == "h":
        return _hex(event)
    if event.kind == "b":
        words = bitmap_words(event.payload)
        return _Draft(event, "text", [(Span(words),)]) if words else _hex(event)
    note, data = odd_note(event.payload)
    lines = _alone(event.payload)
    if data:
        shown = hexdump(data, 256) if is_binary(data) else _alone(data)
        lines += [(Span("⟨its payload⟩", MARK),), *shown]
    return _Draft(event, "json", lines, max(0, len(event.payload) - MAX_JSON_BYTES), note)


def _alone(data: bytes) -> list[Line]:
    """Lines of text that belongs to no lane."""
    lane = Lane()
    lines = lane.feed(data[:MAX_JSON_BYTES])
    rest = lane.finish()
    return _closed([*lines[:-1], (*lines[-1], *rest[0])])


def _closed(lines: list[Line]) -> list[Line]:
    return lines if not lines or lines[-1] else lines[:-1]


def _row(draft: _Draft) -> Row:
    lines = _closed(draft.lines)
    hidden_lines = len(lines) - MAX_TEXT_LINES
    note = draft.note
    if not lines and not note:
        note = "goes on in a later event"
    return Row(
        number=draft.event.number,
        kind=draft.event.kind,
        seconds=draft.event.seconds,
        form=draft.form,
        lines=tuple(_short(line) for line in lines[:MAX_TEXT_LINES]),
        folded=_folded(hidden_lines, draft.hidden_bytes),
        note=note,
    )


def _folded(hidden_lines: int, hidden_bytes: int) -> str:
    parts = []
    if hidden_lines > 0:
        parts.append(f"{hidden_lines:,} more line{'s' if hidden_lines > 1 else ''}")
    if hidden_bytes > 0:
        parts.append(f"{hidden_bytes:,} more byte{'s' if hidden_bytes > 1 else ''}")
    return f"and {' and '.join(parts)}, in the download" if parts else ""


def _short(line: Line) -> Line:
    size = sum(len(span.text) for span in line)
    if size <= MAX_LINE_CHARACTERS:
        return line
    left = MAX_LINE_CHARACTERS
    spans: list[Span] = []
    for span in line:
        if left <= 0:
            break
        spans.append(Span(span.text[:left], span.classes))
        left -= len(span.text)
    more = size - MAX_LINE_CHARACTERS
    return (*spans, Span(f"… {more:,} more character{'s' if more > 1 else ''} in this line", FOLD))
