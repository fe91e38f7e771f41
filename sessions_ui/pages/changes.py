"""What changed at hoop after a recording was read: hoop itself leaves no trace of it."""

from __future__ import annotations

from datetime import datetime

from sessions_ui.archive.event_logs import EventLog
from sessions_ui.pages.opening import COPY_AT_HOOP, Opened
from sessions_ui.pages.shapes import Banner
from sessions_ui.pages.words import instant, listed
from sessions_ui.session import LogFacts
from sessions_ui.verdicts.changes import is_erased_since


def changes_at_hoop(opened: Opened, facts: LogFacts | None) -> list[Banner]:
    """Which copy is shown, what is different, between which two times, and the way to the other copy."""
    if facts is None:
        return []
    address = f"/sessions/{opened.kept.session.id}"
    if opened.is_at_hoop:
        words = f"This is what hoop sent on {instant(facts.read_at)}, not the log that was kept."
        return [Banner("warn", words, href=address, link="Open the log that was kept")]
    banners = []
    if opened.log is not None and _prefix_changed(opened):
        banners.append(
            Banner(
                "bad",
                "What was recorded before is no longer what hoop sends",
                "While the session was open, the beginning of its recording changed at hoop. Read on",
                facts.read_at,
            )
        )
    beside = opened.beside
    differs = isinstance(opened.log, EventLog) and beside is not None and not beside.holds_same(opened.log)
    if opened.is_changed or differs:
        banners.append(_change(opened, facts, address, differs=differs))
    return banners


def _change(opened: Opened, facts: LogFacts, address: str, *, differs: bool) -> Banner:
    now = opened.kept.session
    changed = []
    if facts.exit_code != now.exit_code:
        changed.append(f"the exit code from {_code(facts.exit_code)} to {_code(now.exit_code)}")
    if facts.end_date != now.end_date:
        changed.append(f"the end from {_end(facts.end_date)} to {_end(now.end_date)}")
    if facts.event_size != now.event_size:
        changed.append(f"the size from {facts.event_size:,} to {now.event_size:,} bytes")
    erased = differs and is_erased_since(facts, opened.other_facts())
    if differs and not erased:
        changed.append("the recording itself")
    when = ""
    if opened.kept.changed_between:
        after, before = opened.kept.changed_between
        when = f" between {instant(after, exact=True)} and {instant(before, exact=True)}"
    text = "This session was changed at hoop after its recording was read"
    detail = f"Changed{when}: {listed(changed)}. Shown is our copy, read on"
    if erased:
        text = "hoop has erased this session's recording"
        with_it = f" What changed with it{when}: {listed(changed)}." if changed else ""
        sent = "hoop now sends only “no log found on disk”; shown is our copy."
        detail = f"{sent}{with_it} Our copy was read on"
    other = opened.other_facts()
    return Banner(
        "bad",
        text,
        detail,
        facts.read_at,
        href=f"{address}?copy={COPY_AT_HOOP}" if differs else "",
        link=f"Open what hoop sent on {instant(other.read_at)}" if differs and other else "",
    )


def _prefix_changed(opened: Opened) -> bool:
    record = getattr(opened.log, "record", None)
    return bool(getattr(record, "prefix_changed", False))


def _code(code: int | None) -> str:
    return "none" if code is None else str(code)


def _end(at: datetime | None) -> str:
    return instant(at) if at else "none"
