"""What is said above the rows of a log, where something about all of them is to be known."""

from __future__ import annotations

from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.screens import MAX_PRINTED_BYTES, is_too_long
from sessions_ui.pages.log_query import KIND_NAMES, LogQuery
from sessions_ui.pages.words import listed, plural, size
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.clock import Clock


def clock_note(clock: Clock) -> str:
    """What is not known of the times of day."""
    if clock.started_at is None:
        return "Only offsets are shown: hoop does not record when a session that waited was connected."
    if clock.estimated:
        return (
            "Times of day are estimates: hoop does not record when a session that waited was connected. "
            "Offsets are exact."
        )
    return ""


def mask_note(log: EventLog) -> str:
    """What of it is hidden, what is not, and who can see it; blank where nothing is."""
    if log.mask.typed and log.count("i"):
        return (
            "What was typed is hidden; what was echoed of it is shown. Secrets in output or in scripts are "
            "not hidden. Admins and auditors can reveal it: click a row's number."
        )
    if log.mask.headers:
        return (
            "Values of headers that prove who somebody is (Authorization, Cookie and the like) are hidden. "
            "Secrets in addresses, in other headers and in bodies are not. Admins and auditors can reveal "
            "them: click a row's number."
        )
    return ""


def fold_note(session: Session, log: EventLog, query: LogQuery) -> str:
    """That full-screen programs are shown event by event though nobody asked for that."""
    if not session.is_terminal or query.raw or query.drawn or not is_too_long(log):
        return ""
    return f"Full-screen programs are not folded: more than {size(MAX_PRINTED_BYTES)} were printed."


def near_note(query: LogQuery) -> str:
    """That the place asked for is of another kind than those shown."""
    words = listed([KIND_NAMES[kind] for kind in query.kinds])
    return f"{query.stretch} is none of what is shown, which is {words} alone: these rows are the nearest."


def odd_note(facts: LogFacts) -> str:
    """How many events are not as hoop writes them."""
    if not facts.odd_events:
        return ""
    are, each = ("are", "each is") if facts.odd_events > 1 else ("is", "it is")
    return f"{plural(facts.odd_events, 'event')} {are} not in the form hoop writes; {each} shown as it came."
