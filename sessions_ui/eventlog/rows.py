"""Events as rows of safe spans, ready for a template: text, hex or an odd event's JSON.

Total: whatever the events hold, it answers. Bounded: each event shows at most so much, and
says what it left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.hexdump import MAX_HEX_BYTES, hexdump, is_binary
from sessions_ui.eventlog.odd import bitmap_words, odd_note
from sessions_ui.eventlog.spans import FOLD, MARK, Line, Span, joined
from sessions_ui.eventlog.terminal import Lane

__all__ = ["Line", "Row", "Span", "render_rows"]

MAX_TEXT_BYTES = 64 * 1024
MAX_TEXT_LINES = 4_000
MAX_LINE_CHARACTERS = 4_096
MAX_JSON_BYTES = 4_096
#: Of all events together; those behind it show at most ``LATE_TEXT_BYTES`` each.
MAX_WINDOW_BYTES = 1024 * 1024
LATE_TEXT_BYTES = 8 * 1024
#: Read behind what is not shown of an event, so that the next begins in the right state.
_TAIL_BYTES = 16 * 1024
_EMPTY = "empty"
_GOES_ON = "goes on in a later event"


class Row(NamedTuple):
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
    lane: Lane | None = None


def render_rows(
    events: Iterable[Event],
    *,
    lookback: Iterable[Event] = (),
    at_end: bool = False,
    as_hex: bool = False,
    keyboard: bool = True,
) -> list[Row]:
    """A row for each event. ``lookback`` are the events just before, which set colours and
    hold the first half of what is cut; ``at_end`` says that nothing comes after; ``as_hex``
    shows bytes as they are, for protocols that are not text; ``keyboard`` says that input was
    typed, key by key, and names its keys; else it reads as text."""
    window = _Window(as_hex=as_hex, keyboard=keyboard)
    for event in lookback:
        window.prime(event)
    for event in events:
        window.add(event)
    if at_end:
        window.finish()
    return [_row(draft) for draft in window.drafts]


class _Window:
    def __init__(self, *, as_hex: bool, keyboard: bool) -> None:
        self.drafts: list[_Draft] = []
        self._as_hex = as_hex
        self._left = MAX_WINDOW_BYTES
        self._typed = Lane(typed=keyboard)
        self._printed = Lane()

    def prime(self, event: Event) -> None:
        lane = self._lane(event.kind)
        if lane is None or self._as_hex:
            return
        if is_binary(event.payload):
            lane.finish()
        else:
            _text(event, lane, MAX_TEXT_BYTES)

    def add(self, event: Event) -> None:
        lane = self._lane(event.kind)
        is_short = len(event.payload) <= LATE_TEXT_BYTES
        plain = lane.plain(event.payload) if lane and is_short and not self._as_hex else None
        if plain is not None:
            self._left -= len(event.payload)
            self.drafts.append(_Draft(event, "text", plain, 0, "", lane))
        elif lane is None:
            self.drafts.append(_other(event))
        elif self._as_hex:
            self.drafts.append(_hex(event))
        elif is_binary(event.payload):
            # What waited in the lane will not be completed by bytes that are no text.
            draft = _hex(event)
            draft.lines = [line for line in lane.finish() if line] + draft.lines
            self.drafts.append(draft)
        else:
            limit = MAX_TEXT_BYTES if self._left > 0 else LATE_TEXT_BYTES
            self._left -= min(limit, len(event.payload))
            self.drafts.append(_text(event, lane, limit))

    def finish(self) -> None:
        for lane in (self._typed, self._printed):
            if not lane.held or not self.drafts:
                continue
            own = (draft for draft in reversed(self.drafts) if draft.lane is lane)
            draft = next(own, self.drafts[-1])
            more = lane.finish()
            if draft.lane is lane:
                more[0] = joined(draft.lines.pop(), more[0])
                draft.note = draft.note.replace(_GOES_ON, "")
            draft.lines += more

    def _lane(self, kind: str) -> Lane | None:
        if kind == "i":
            return self._typed
        return self._printed if kind in ("o", "e") else None


def _text(event: Event, lane: Lane, limit: int) -> _Draft:
    payload = event.payload
    lines = lane.feed(payload[:limit])
    hidden = 0
    if len(payload) > limit:
        shown = limit - lane.held
        lane.skip(payload[max(shown, len(payload) - _TAIL_BYTES) :])
        hidden = len(payload) - shown - lane.held
    note = "" if any(lines) or len(lines) > 1 else _why_blank(event, lane)
    return _Draft(event, "text", lines, hidden, note, lane)


def _why_blank(event: Event, lane: Lane) -> str:
    if not event.payload:
        return _EMPTY
    if lane.held:
        return _GOES_ON
    return "second half of the enter before" if event.kind == "i" else "only colours, no text"


def _hex(event: Event) -> _Draft:
    size = len(event.payload)
    return _Draft(event, "hex", hexdump(event.payload), max(0, size - MAX_HEX_BYTES), "" if size else _EMPTY)


def _other(event: Event) -> _Draft:
    if event.kind == "h":
        return _hex(event)
    if event.kind == "b":
        words = bitmap_words(event.payload)
        return _Draft(event, "text", [(Span(words),)]) if words else _hex(event)
    note, data = odd_note(event.payload)
    lines = _alone(event.payload)
    if data:
        lines += [(Span("⟨its payload⟩", MARK),), *(hexdump(data) if is_binary(data) else _alone(data))]
        more = len(data) - (MAX_HEX_BYTES if is_binary(data) else MAX_JSON_BYTES)
        if more > 0:
            lines.append((Span(f"… {_count(more, 'byte')} of its payload", FOLD),))
    return _Draft(event, "json", lines, max(0, len(event.payload) - MAX_JSON_BYTES), note)


def _alone(data: bytes) -> list[Line]:
    """Lines of text that belongs to no lane."""
    lane = Lane()
    lines = lane.feed(data[:MAX_JSON_BYTES])
    rest = lane.finish()
    return _closed([*lines[:-1], joined(lines[-1], rest[0])])


def _closed(lines: list[Line]) -> list[Line]:
    return lines if not lines or lines[-1] else lines[:-1]


def _row(draft: _Draft) -> Row:
    lines = _closed(draft.lines)
    hidden_lines = len(lines) - MAX_TEXT_LINES
    return Row(
        number=draft.event.number,
        kind=draft.event.kind,
        seconds=draft.event.seconds,
        form=draft.form,
        lines=tuple([_short(line) for line in lines[:MAX_TEXT_LINES]]),
        folded=_folded(hidden_lines, draft.hidden_bytes) if hidden_lines > 0 or draft.hidden_bytes else "",
        note=draft.note,
    )


def _folded(hidden_lines: int, hidden_bytes: int) -> str:
    counts = ((hidden_lines, "line"), (hidden_bytes, "byte"))
    parts = [_count(number, noun) for number, noun in counts if number > 0]
    return f"and {' and '.join(parts)}, in the download" if parts else ""


def _short(line: Line) -> Line:
    size = len(line[0].text) if len(line) == 1 else sum([len(span.text) for span in line])
    if size <= MAX_LINE_CHARACTERS:
        return line
    left = MAX_LINE_CHARACTERS
    spans: list[Span] = []
    for span in line:
        if left <= 0:
            break
        spans.append(Span(span.text[:left], span.classes))
        left -= len(span.text)
    more = _count(size - MAX_LINE_CHARACTERS, "character")
    return (*spans, Span(f"… {more} in this line", FOLD))


def _count(number: int, noun: str) -> str:
    return f"{number:,} more {noun}{'' if number == 1 else 's'}"
