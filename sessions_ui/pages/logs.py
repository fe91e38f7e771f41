"""The event log panel: a window of rows, or why there is none."""

from __future__ import annotations

from dataclasses import replace

from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead
from sessions_ui.archive.reading import LogGone
from sessions_ui.archive.screens import get_screens
from sessions_ui.archive.windows import Window, Windows
from sessions_ui.eventlog.places import Place
from sessions_ui.eventlog.screens import Screen
from sessions_ui.pages.citations import citation_shape
from sessions_ui.pages.download_links import are_offered, download_links, form_href
from sessions_ui.pages.log_choices import (
    goto_kept,
    kind_choices,
    log_href,
    more_href,
    pager_links,
    range_text,
    reveal_href,
    view_choices,
    zone_href,
)
from sessions_ui.pages.log_hits import Hits, hits_shape
from sessions_ui.pages.log_notes import clock_note, fold_note, mask_note, near_note, odd_note
from sessions_ui.pages.log_query import ALL_KINDS, KIND_NAMES, LogQuery
from sessions_ui.pages.log_rows import row_shapes, shows_bytes
from sessions_ui.pages.log_shapes import LogRowShape, LogShape, PauseShape
from sessions_ui.pages.log_strip import strip_shape
from sessions_ui.pages.opening import Opened
from sessions_ui.pages.refusals import words_for
from sessions_ui.pages.shapes import ProblemShape
from sessions_ui.pages.shared_windows import share_window
from sessions_ui.pages.wholeness import NOT_SHOWN
from sessions_ui.pages.words import listed, plural, size
from sessions_ui.pages.zones import zone_of
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.clock import recording_clock
from sessions_ui.verdicts.ending import Ending, judge_ending


def log_shape(
    opened: Opened, query: LogQuery, *, hits: Hits | None = None, site: str = "", alone: bool = False
) -> LogShape:
    """``alone``: on the log's own page, which shows what has arrived so far. ``site`` is the address of
    this site up to its path, for links that are pasted elsewhere; ``hits``: of what it searches for."""
    log = opened.log
    address = f"/sessions/{opened.session.id}/log{query.query()}"
    if log is None:
        return LogShape("blank", "The recording is not shown to you.", NOT_SHOWN)
    if isinstance(log, Arriving):
        return _arriving(opened.session, log, query, address, alone=alone)
    if isinstance(log, NotRead):
        return problem_log(unread(log, retry_href=address))
    facts = log.facts()
    if facts.events == 0 or facts.only_placeholder:
        message, advice = _blank(opened.session, facts)
        # Of what hoop wrote in its place there is still a file to be had.
        return _with_downloads(LogShape("blank", message, advice), opened.session, facts, query)
    asked = (log, query, site, facts, opened.session, are_offered())
    # What is revealed is for this answer alone.
    alone = hits is not None or log.mask.reveal is not None
    shape = _window(*asked, hits) if alone else share_window(_window, *asked)
    if shape.citation and shape.citation.masked and opened.rights.reveal and log.mask.reveal is None:
        shape = replace(shape, reveal_href=reveal_href(opened.session.id, query))
    if hits is None:
        return shape
    found = hits_shape(opened.session.id, hits, query)
    return replace(shape, hits=found, search_text=hits.query.text)


def _with_downloads(shape: LogShape, session: Session, facts: LogFacts, query: LogQuery) -> LogShape:
    if not facts.events or not are_offered():
        return shape
    return replace(
        shape,
        downloads=download_links(session.id, copy=query.copy, printed=facts.printed_bytes > 0),
        download_form_href=form_href(session.id, copy=query.copy),
    )


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


def _arriving(session: Session, log: Arriving, query: LogQuery, address: str, *, alone: bool) -> LogShape:
    so_far = (
        f", {plural(log.events, 'event')} and {size(log.received_bytes)} so far" if log.received_bytes else ""
    )
    notes = []
    if log.interrupted:
        notes.append("The process that read it before ended in the middle, so it is read anew.")
    if not log.received_bytes:
        notes.append("hoop prepares a large recording for a while before it sends the first byte.")
    progress = None
    if log.expected_bytes:
        progress = min(99, 100 * log.received_bytes // log.expected_bytes)
    rows = _first_rows(session, log.log, query) if log.log and alone else ()
    numbers = [row.row.number for row in rows if isinstance(row, LogRowShape)]
    return LogShape(
        "arriving",
        f"The recording is being read from hoop{so_far}.",
        " ".join(notes),
        poll_href=f"{address}{'&' if '?' in address else '?'}poll=1",
        reload_href=address,
        progress=progress,
        rows=rows,
        events=(numbers[0], numbers[-1]) if numbers else None,
        range_text="The first rows; the rest can be read once all of it is here."
        if log.log and alone
        else "",
    )


def _first_rows(session: Session, log: EventLog, query: LogQuery) -> tuple[LogRowShape | PauseShape, ...]:
    """The beginning of a log that is still arriving: no link to a place in it, for it may yet fail."""
    windows = Windows(log, keyboard=session.is_terminal, as_bytes=query.raw or shows_bytes(session))
    clock = recording_clock(session, None).in_zone(zone_of(query.zone))
    try:
        window = windows.first()
        return tuple(row_shapes(window, windows, session, clock, query.at())) if window.rows else ()
    except LogGone:
        # It did fail, at this very moment; the next poll is told why.
        return ()


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
    if ending == Ending.READY and session.verb != "exec":
        never[ending] = "It is approved, and hoop has recorded no use of it so far."
    if ending in never:
        line = "A file of it holds hoop's own line, “no log found on disk”." if facts.only_placeholder else ""
        return "There is nothing to show.", f"{never[ending]} {line}".strip()
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
            "Nothing was recorded, it ended before anything happened, or it ran unrecorded: "
            "hoop does not say which.",
        )
    return "This session printed nothing.", "Its recording is there, and holds no events."


def _window(
    log: EventLog,
    query: LogQuery,
    site: str,
    facts: LogFacts,
    session: Session,
    downloads: bool,
    hits: Hits | None = None,
) -> LogShape:
    """Nothing but its arguments may decide what it holds: it is shared among all who ask for the same."""
    windows, screens = windows_of(session, log, query)
    window = _asked(windows, query)
    found = query.stretch is None or any(row.within(query.stretch) for row in window.rows)
    is_near = not found and query.kinds != ALL_KINDS and log.count(query.kinds) > 0
    if is_near and query.stretch and query.stretch.first.event <= log.events:
        window = window if window.rows else windows.ending(query.stretch.first)
    elif not window.rows or not found:
        return _nothing_there(session, log, query)
    clock = recording_clock(session, facts)
    first, last = window.rows[0], window.rows[-1]
    rows = tuple(row_shapes(window, windows, session, clock.in_zone(zone_of(query.zone)), query))
    return LogShape(
        "ready",
        summary=f"{plural(facts.events, 'event')} · {size(facts.payload_bytes)}",
        rows=rows,
        events=(first.event.number, last.last_event),
        range_text=range_text(window, log, query),
        pager=pager_links(session.id, window, query),
        downloads=download_links(session.id, copy=query.copy, printed=facts.printed_bytes > 0)
        if downloads
        else (),
        download_form_href=form_href(session.id, copy=query.copy),
        clock_note=clock_note(clock),
        mask_note=mask_note(log),
        odd_note=odd_note(facts),
        fold_note=fold_note(session, log, query),
        sha256=facts.printed_sha256 if facts.printed_bytes else "",
        kinds=kind_choices(session, facts, query),
        views=view_choices(session, query, screens=screens),
        zone=query.zone,
        zone_href=zone_href(session, query),
        strip=strip_shape(log, window, session.id, query, hits),
        citation=citation_shape(session, log.masked(), clock, query, site=site),
        more_href=more_href(session, window, query),
        more_page_href=log_href(session.id, query.at(start=window.after)) if window.after else "",
        goto_href=f"/sessions/{session.id}/log",
        goto_kept=goto_kept(query),
        near_note=near_note(query) if is_near else "",
        cited_at=next((row.anchor for row in rows if isinstance(row, LogRowShape) and row.marked), ""),
        # A search reads the log that was kept.
        search_href="" if query.copy else f"/sessions/{session.id}/search",
    )


def windows_of(session: Session, log: EventLog, query: LogQuery) -> tuple[Windows, bool]:
    """The log's windows as an address wants them, and whether there are full-screen programs in it."""
    screens = get_screens(log) if session.is_terminal else ()
    windows = Windows(
        log,
        kinds=query.kinds,
        keyboard=session.is_terminal,
        as_bytes=query.raw or shows_bytes(session),
        screens=[screen for screen in screens if not _is_unfolded(screen, query)],
    )
    return windows, bool(screens)


def _is_unfolded(screen: Screen, query: LogQuery) -> bool:
    """All are, or the address leads into this one."""
    inside = range(screen.first + 1, screen.last + 1)
    if query.stretch is not None:
        first, last = query.stretch.first, query.stretch.last
        enters = first.event in inside or (first.event == screen.first and (first.line or first == last))
        return query.drawn or bool(enters) or screen.first <= last.event < screen.last
    places = [place.event for place in (query.start, query.end) if place is not None]
    return query.drawn or any(event in inside for event in places)


def _asked(windows: Windows, query: LogQuery) -> Window:
    if query.stretch is not None:
        return windows.around(query.stretch)
    if query.end is not None:
        return windows.ending(query.end)
    return windows.starting(query.start or Place(1))


def _nothing_there(session: Session, log: EventLog, query: LogQuery) -> LogShape:
    """The address names a place that this recording, or this choice of kinds, does not have."""
    place = query.stretch or query.start or query.end
    back = f"/sessions/{session.id}/log"
    if query.kinds != ALL_KINDS:
        words = listed([KIND_NAMES[kind] for kind in query.kinds])
        message = f"No {words} here."
        advice = f"Nothing but {words} is shown; the recording has {plural(log.events, 'event')} in all."
        return LogShape(
            "problem",
            message,
            advice,
            reload_href=back,
            status=200,
            kinds=kind_choices(session, log.facts(), query),
            strip=strip_shape(log, None, session.id, query),
            goto_href=f"/sessions/{session.id}/log",
            goto_kept=goto_kept(query),
        )
    message = f"There is no event {place} in this recording." if place else "This recording has no events."
    return LogShape(
        "problem",
        message,
        f"It has {plural(log.events, 'event')}.",
        reload_href=back,
        status=404,
        goto_href=back,
        goto_text=str(place or ""),
    )
