"""The links of the log panel: kinds of events, views, pages, and what the shown range is in words."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.windows import Window
from sessions_ui.pages.log_query import ALL_KINDS, KIND_NAMES, LAST, LogQuery
from sessions_ui.pages.log_shapes import Choice
from sessions_ui.pages.shapes import PagerLink
from sessions_ui.pages.words import listed, plural
from sessions_ui.pages.zones import UTC_NAME
from sessions_ui.session import LogFacts, Session

#: Windows that scrolling adds to a page; a browser grows slow with more rows.
MOST_WINDOWS = 20


def kind_choices(session: Session, facts: LogFacts, query: LogQuery) -> tuple[Choice, ...]:
    """All, then each kind that there is; none when there is only one. With all shown a kind leads to
    itself alone; after that each adds itself, or leaves."""
    other = facts.events - facts.typed_events - facts.output_events - facts.error_events
    counts = {"i": facts.typed_events, "o": facts.output_events, "e": facts.error_events, "x": other}
    there = {kind for kind in ALL_KINDS if counts[kind]}
    if len(there) < 2:
        return ()
    every = there <= set(query.kinds)
    chosen = set() if every else there & set(query.kinds)

    def to(kinds: set[str]) -> str:
        some = bool(kinds) and kinds != there
        wanted = "".join(kind for kind in ALL_KINDS if kind in kinds) if some else ALL_KINDS
        return log_href(session.id, replace(query.at(), kinds=wanted))

    return (
        Choice("All", to(set()), every, f"{facts.events:,}"),
        *(
            Choice(KIND_NAMES[kind].capitalize(), to(chosen ^ {kind}), kind in chosen, f"{counts[kind]:,}")
            for kind in ALL_KINDS
            if kind in there
        ),
    )


def view_choices(session: Session, query: LogQuery, *, screens: bool) -> tuple[Choice, ...]:
    """``screens``: there are full-screen programs, which can be shown event by event."""
    keep = query.at(stretch=query.stretch, start=query.start, end=query.end)
    views = [("Readable", False, False), ("Screens unfolded", False, True), ("Raw bytes", True, False)]
    return tuple(
        Choice(
            word,
            log_href(session.id, replace(keep, raw=raw, drawn=drawn)),
            (query.raw, query.drawn) == (raw, drawn),
        )
        for word, raw, drawn in views
        if screens or query.drawn or not drawn
    )


def zone_href(session: Session, query: LogQuery) -> str:
    """An address that lacks only the zone's name at its end."""
    asked = replace(query, zone=UTC_NAME, zone_asked=False).query()
    return f"/sessions/{session.id}/log{asked}{'&' if asked else '?'}tz="


def more_href(session: Session, window: Window, query: LogQuery) -> str:
    """Where scrolling loads on from; empty at the end, and when a page has grown long enough."""
    if window.after is None or query.grown >= MOST_WINDOWS:
        return ""
    following = replace(query.at(start=window.after), grown=query.grown + 1)
    return log_href(session.id, following)


def goto_kept(query: LogQuery) -> tuple[tuple[str, str], ...]:
    """What a form that goes to another place keeps of the address."""
    return tuple(parse_qsl(query.at().query().removeprefix("?")))


def log_href(session_id: str, asked: LogQuery) -> str:
    return f"/sessions/{session_id}/log{asked.query()}"


def reveal_href(session_id: str, query: LogQuery) -> str:
    """Where the stretch of an address is shown unmasked."""
    asked = LogQuery(stretch=query.stretch, copy=query.copy).query()
    return f"/sessions/{session_id}/reveal{asked}"


def pager_links(session_id: str, window: Window, query: LogQuery) -> tuple[PagerLink, ...]:
    if window.before is None and window.after is None:
        return ()

    back, on = window.before, window.after
    return (
        PagerLink("First", log_href(session_id, query.at()) if back else ""),
        PagerLink("Previous", log_href(session_id, query.at(end=back)) if back else ""),
        PagerLink("Next", log_href(session_id, query.at(start=on)) if on else ""),
        PagerLink("Last", log_href(session_id, query.at(end=LAST)) if on else ""),
    )


def range_text(window: Window, log: EventLog, query: LogQuery) -> str:
    """``Events 1 to 200 of 50,000``; of a choice of kinds, how many there are; of a window that begins or
    ends within an event, where in it."""
    first, last = window.rows[0], window.rows[-1]
    shown = ""
    if query.kinds != ALL_KINDS:
        names = listed([KIND_NAMES[kind] for kind in query.kinds])
        shown = f", only {names} ({plural(log.count(query.kinds), 'event')})"
    of = f"of {log.events:,}{shown}"
    if first.event.number == last.last_event:
        lines = f", lines {first.line or 1:,} to {last.line:,}," if last.line else ""
        return f"Event {first.event.number:,}{lines} {of}"
    within = [f"the first from its line {first.line:,}"] if first.line > 1 else []
    if window.after is not None and window.after.event == last.last_event:
        within.append(f"the last up to its line {last.last_line or last.line:,}")
    parts = f" ({listed(within)})" if within else ""
    return f"Events {first.event.number:,} to {last.last_event:,}{parts} {of}"
