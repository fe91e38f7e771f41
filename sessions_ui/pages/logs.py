"""The event log panel: a window of rows, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.rows import Row, render_rows
from sessions_ui.pages.answers import NOT_SHOWN
from sessions_ui.pages.opening import Opened
from sessions_ui.pages.refusals import words_for
from sessions_ui.pages.shapes import LogRowShape, LogShape, PagerLink, PauseShape, ProblemShape
from sessions_ui.pages.words import duration, offset, plural, size
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.clock import Clock, recording_clock
from sessions_ui.verdicts.ending import Ending, judge_ending

PAGE_EVENTS = 200
PAGE_BYTES = 256 * 1024
PAUSE_SECONDS = 30
#: Events before a window that set its colours and hold the first half of a cut character.
LOOKBACK_EVENTS = 20
LOOKBACK_BYTES = 16 * 1024
CONTEXT_EVENTS = 5
KIND_WORDS = {"i": "input", "o": "printed", "e": "error"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the log a page opens: at a page's ``first`` event, or around the ``marked`` one."""

    first: int = 1
    marked: int | None = None

    def query(self) -> str:
        if self.marked is not None:
            return f"?e={self.marked}"
        return f"?from={self.first}" if self.first > 1 else ""


def log_shape(opened: Opened, place: Place) -> LogShape:
    log = opened.log
    address = f"/sessions/{opened.session.id}/log{place.query()}"
    if log is None:
        return LogShape("blank", "The recording is not shown to you.", NOT_SHOWN)
    if isinstance(log, Arriving):
        return _arriving(log, address)
    if isinstance(log, NotRead):
        return problem_log(unread(log, retry_href=address))
    facts = log.facts()
    if facts.events == 0 or facts.only_placeholder:
        message, advice = _blank(opened.session, facts)
        return LogShape("blank", message, advice)
    return _window(opened.session, log, facts, place)


def unread(log: NotRead, *, retry_href: str) -> ProblemShape:
    """Why the recording could not be read."""
    words = words_for(log.failure)
    happened = f"{words.happened}: {log.text}."
    return ProblemShape(
        words.status, words.title, happened, words.advice, since=log.at, retry_href=retry_href
    )


def problem_log(problem: ProblemShape) -> LogShape:
    """The panel that stands where the log would."""
    return LogShape(
        "problem",
        f"{problem.title}.",
        f"{problem.happened} {problem.advice}",
        reload_href=problem.retry_href,
        since=problem.since,
        request_id=problem.request_id,
        status=problem.status,
    )


def _arriving(log: Arriving, address: str) -> LogShape:
    so_far = (
        f", {plural(log.events, 'event')} and {size(log.received_bytes)} so far" if log.received_bytes else ""
    )
    waiting = (
        ""
        if log.received_bytes
        else "hoop prepares a large recording for a while before it sends the first byte."
    )
    progress = None
    if log.expected_bytes:
        progress = min(99, 100 * log.received_bytes // log.expected_bytes)
    return LogShape(
        "arriving",
        f"The recording is being read from hoop{so_far}.",
        waiting,
        poll_href=f"{address}{'&' if '?' in address else '?'}poll=1",
        reload_href=address,
        progress=progress,
    )


def _blank(session: Session, facts: LogFacts) -> tuple[str, str]:
    """A blank never means nothing."""
    ending = judge_ending(session, facts).ending
    never = {
        Ending.WAITING: "It waits for approval, so nothing has run yet.",
        Ending.READY: "It is approved and has not run yet.",
        Ending.REJECTED: "It was rejected, so nothing ran.",
        Ending.BLOCKED_BY_AI: "The AI analysis stopped it before it ran.",
        Ending.ABANDONED: "It was closed before anybody decided, so nothing ran.",
    }
    if ending in never:
        return "There is nothing to show.", never[ending]
    if facts.only_placeholder:
        if session.event_size > facts.wire_bytes:
            return (
                "The recording was erased at hoop.",
                f"hoop once stored {session.event_size:,} bytes of it. "
                "What it holds now is one line of its own: “no log found on disk”.",
            )
        return (
            "No recording was found on hoop's disk.",
            "hoop says so in place of the recording: “no log found on disk”.",
        )
    if session.status != "done":
        return "Nothing is recorded yet.", "hoop writes what happens in an open session every 50 s."
    if not facts.stream_seen:
        return (
            "hoop holds no recording of this session.",
            "Nothing was recorded, or it ended before anything happened.",
        )
    return "This session printed nothing.", "Its recording is there, and holds no events."


def _window(session: Session, log: EventLog, facts: LogFacts, place: Place) -> LogShape:
    events = _gather(log, place)
    if not events:
        return LogShape(
            "problem",
            f"There is no event {place.marked or place.first:,} in this recording.",
            f"It has {plural(log.events, 'event')}.",
            status=404,
            reload_href=f"/sessions/{session.id}/log",
        )
    first, last = events[0].number, events[-1].number
    rows = render_rows(
        events,
        lookback=_lookback(log, first),
        at_end=last == log.events,
        as_hex=session.verb == "connect"
        and (session.type == "database" or session.subtype in ("rdp", "tcp", "ssh")),
        keyboard=session.is_terminal,
    )
    clock = recording_clock(session, facts)
    return LogShape(
        "ready",
        summary=f"{plural(facts.events, 'event')} · {size(facts.payload_bytes)}",
        rows=tuple(_row_shapes(rows, events, session, clock, place.marked)),
        range_text=f"Events {first:,}–{last:,} of {log.events:,}"
        if first < last
        else f"Event {first:,} of {log.events:,}",
        pager=_pager(session.id, first, last, log.events),
        downloads=tuple(
            PagerLink(word, f"/sessions/{session.id}/download?format={form}")
            for word, form in (("Text", "text"), ("JSON", "json"), ("CSV", "csv"))
            # The text is what was printed; a file of nothing would only puzzle.
            if form != "text" or facts.printed_bytes
        ),
        clock_note=_clock_note(clock),
        odd_note=_odd_note(facts),
        sha256=facts.printed_sha256 if facts.printed_bytes else "",
    )


def _gather(log: EventLog, place: Place) -> list[Event]:
    """At most 200 events or 256 KB; around a marked event when its page would end before it."""
    if place.marked is None:
        return list(_bounded(log, place.first))
    start = (place.marked - 1) // PAGE_EVENTS * PAGE_EVENTS + 1
    for first in (start, max(1, place.marked - CONTEXT_EVENTS), place.marked):
        events = list(_bounded(log, first))
        if events and events[-1].number >= place.marked:
            return events
    return []


def _bounded(log: EventLog, first: int) -> Iterator[Event]:
    total = 0
    for event in log.read(first, min(first + PAGE_EVENTS - 1, log.events)):
        total += len(event.payload)
        if total > PAGE_BYTES and event.number > first:
            return
        yield event


def _lookback(log: EventLog, first: int) -> list[Event]:
    if first == 1:
        return []
    before = log.read(max(1, first - LOOKBACK_EVENTS), first - 1)
    return [
        Event(event.number, event.seconds, event.kind, event.payload[-LOOKBACK_BYTES:]) for event in before
    ]


def _row_shapes(
    rows: list[Row], events: list[Event], session: Session, clock: Clock, marked: int | None
) -> Iterator[LogRowShape | PauseShape]:
    previous: float | None = None
    for row, event in zip(rows, events, strict=True):
        timed = event.kind != "?" or event.seconds > 0
        if timed and previous is not None and event.seconds - previous > PAUSE_SECONDS:
            yield PauseShape(f"{duration(event.seconds - previous)} without input or output")
        if timed:
            previous = event.seconds
        kind = event.kind if event.kind in KIND_WORDS else "x"
        yield LogRowShape(
            row=row,
            anchor=f"e{row.number}",
            href=f"/sessions/{session.id}?e={row.number}#e{row.number}",
            kind=kind,  # type: ignore[arg-type]  # one of the four, by the line above
            kind_word=_kind_word(event.kind, session),
            offset=offset(event.seconds) if timed else "",
            at=clock.at(event.seconds) if timed else None,
            marked=row.number == marked,
        )


def _kind_word(kind: str, session: Session) -> str:
    if kind == "i" and session.is_terminal:
        return "typed"
    return KIND_WORDS.get(kind, "other")


def _pager(session_id: str, first: int, last: int, total: int) -> tuple[PagerLink, ...]:
    if first == 1 and last == total:
        return ()

    def to(event: int) -> str:
        return f"/sessions/{session_id}/log" + Place(first=event).query()

    final = (total - 1) // PAGE_EVENTS * PAGE_EVENTS + 1
    return (
        PagerLink("First", to(1) if first > 1 else ""),
        PagerLink("Previous", to(max(1, first - PAGE_EVENTS)) if first > 1 else ""),
        PagerLink("Next", to(last + 1) if last < total else ""),
        PagerLink("Last", to(max(final, last + 1) if final <= last else final) if last < total else ""),
    )


def _clock_note(clock: Clock) -> str:
    if clock.started_at is None:
        return "Only offsets are shown: hoop does not record when a session that waited was connected."
    if clock.estimated:
        return (
            "Times of day are estimates: hoop does not record when a session that waited was connected. "
            "Offsets are exact."
        )
    return ""


def _odd_note(facts: LogFacts) -> str:
    if not facts.odd_events:
        return ""
    are, each = ("are", "each is") if facts.odd_events > 1 else ("is", "it is")
    return f"{plural(facts.odd_events, 'event')} {are} not in the form hoop writes; {each} shown as it came."
