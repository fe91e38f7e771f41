"""A stretch of a log as something to paste into a report, with a hash that its link carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC
from itertools import takewhile

from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.sealing import Seal
from sessions_ui.archive.windows import Windows
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.masking import MASK
from sessions_ui.eventlog.places import Stretch
from sessions_ui.eventlog.rows import render_rows
from sessions_ui.pages.log_query import LogQuery
from sessions_ui.pages.log_rows import shows_bytes
from sessions_ui.pages.log_shapes import CitationShape
from sessions_ui.pages.words import offset, person_of, place_of
from sessions_ui.session import Session
from sessions_ui.verdicts.clock import Clock

#: By whether some of the quoted bytes are masked.
_SEALS = {False: "SHA-256 of the quoted bytes", True: "Keyed hash of the quoted bytes, hidden ones included"}
#: What is quoted of a long stretch; the hash covers all of it.
MAX_QUOTED_LINES = 40
MAX_QUOTED_CHARACTERS = 4_000
MAX_HASHED_BYTES = 64 * 1024 * 1024
#: Reading costs by the event as well: a page must not wait for a stretch of millions.
MAX_HASHED_EVENTS = 10_000


class TooLong(Exception):
    """The stretch has more events or bytes than may be gone through here; ``done`` were."""

    def __init__(self, done: int) -> None:
        super().__init__(done)
        self.done = done


def citation_shape(
    session: Session, log: EventLog, clock: Clock, query: LogQuery, *, site: str
) -> CitationShape | None:
    """None without a stretch. One that no page may wait for says where it is worked out. ``site`` is
    the address of this site up to its path."""
    stretch = query.stretch
    if stretch is None:
        return None
    bounded = Bounds(MAX_HASHED_EVENTS, MAX_HASHED_BYTES)
    if min(stretch.last.event, log.events) - stretch.first.event < MAX_HASHED_EVENTS:
        with suppress(TooLong):
            return make_citation(session, log, clock, query, site=site, stop=bounded)
    asked = LogQuery(stretch=stretch, prefix=query.prefix, copy=query.copy).query()
    address = f"/sessions/{session.id}/citation{asked}"
    return CitationShape(str(stretch), expected=query.prefix, check_href=address)


class Bounds:
    """Says when so many events or bytes were gone through."""

    def __init__(self, events: int, size: int) -> None:
        self._events, self._bytes = events, size

    def __call__(self, events: int, size: int) -> bool:
        return events > self._events or size > self._bytes


def make_citation(
    session: Session,
    log: EventLog,
    clock: Clock,
    query: LogQuery,
    *,
    site: str,
    stop: Callable[[int, int], bool],
) -> CitationShape | None:
    """The stretch gone through once, an event or a line at a time; None when there is nothing of it.
    ``stop`` is asked with the events and bytes so far; raises TooLong when it says yes."""
    stretch = query.stretch
    if stretch is None:
        return None
    seal = Seal(log, session.id, stretch)
    quoted = _go_through(seal, stop)
    if not quoted:
        return None
    link = f"{site}/sessions/{session.id}?e={stretch}&h={seal.prefix}"
    head = _head(session, stretch, clock, quoted[0].seconds)
    joined = _joined(session, log, stretch) if session.is_terminal else ()
    text, kind = _quote(joined or quoted, keyboard=session.is_terminal), _SEALS[seal.masked]
    return CitationShape(
        place=str(stretch),
        text=f"{head}\n\n{text}\n\n{link}\n{kind}: {seal.digest}\n",
        markdown=(
            f"**{_plain(head)}**\n\n{_fenced(text)}\n\n"
            f"[{session.id[:8]} e={stretch}]({link}), {kind} `{seal.digest}`\n"
        ),
        digest=seal.digest,
        seal=kind,
        masked=seal.masked,
        unknown=(unknown := seal.why_unknown(query.prefix)),
        changed=not unknown and seal.unlike(query.prefix),
        expected=query.prefix,
    )


def _go_through(seal: Seal, stop: Callable[[int, int], bool]) -> list[Event]:
    """Hash the whole stretch; what is quoted of it. Raises TooLong when ``stop`` says yes."""
    quoted, size = list[Event](), 0
    for done, event in enumerate(seal.pieces(), 1):
        size += len(event.payload)
        if stop(done, size):
            raise TooLong(done - 1)
        if len(quoted) < MAX_QUOTED_LINES:
            quoted.append(event)
    return quoted


def _head(session: Session, stretch: Stretch, clock: Clock, seconds: float) -> str:
    """Whose session, which part of it and when that was."""
    moment = clock.at(seconds)
    when = f"{offset(seconds)} after the recording began"
    if moment is not None:
        about = "about " if clock.estimated else ""
        when += f" ({about}{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC)"
    words = "events" if "-" in str(stretch) else "event"
    return (
        f"hoop session {session.id}, {person_of(session)} on {place_of(session)}, {words} {stretch}, {when}"
    )


def _joined(session: Session, log: EventLog, stretch: Stretch) -> list[Event]:
    """Keys and their echo as the page joins them, once; none where the stretch ends within such a row."""
    windows = Windows(log, keyboard=True, as_bytes=shows_bytes(session))
    rows = list(takewhile(lambda row: row.within(stretch), windows.starting(stretch.first).rows))
    if any(row.event.number < stretch.first.event or row.last_event > stretch.last.event for row in rows):
        return []
    return [row.event._replace(payload=MASK) if row.is_silent else row.event for row in rows]


def _quote(events: Iterable[Event], *, keyboard: bool) -> str:
    """The text as the page shows it, without colours; harmless, and cut where it is long."""
    rows = render_rows(events, at_end=True, keyboard=keyboard)
    lines = ["".join(span.text for span in line) for row in rows for line in row.lines]
    text = "\n".join(lines[:MAX_QUOTED_LINES])
    if len(lines) > MAX_QUOTED_LINES or len(text) > MAX_QUOTED_CHARACTERS:
        text = text[:MAX_QUOTED_CHARACTERS] + "\n…"
    return text


def _plain(text: str) -> str:
    """No Markdown of a person's or connection's own."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in text)


def _fenced(text: str) -> str:
    """A code block that the quoted text cannot end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
