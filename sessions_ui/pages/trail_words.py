"""What a row of the access trail says, in words. Whatever a row holds, it comes out short and in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sessions_ui.pages.words import listed, plural, shown, size
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import Act
from sessions_ui.trail.reading import Line

MAX_VALUE = 120
LABELS: dict[Act, str] = {
    Act.SIGNED_IN: "Signed in",
    Act.SIGN_IN_REFUSED: "Was not let in",
    Act.SIGNED_OUT: "Signed out",
    Act.LIST_READ: "Read the list of sessions",
    Act.SESSION_OPENED: "Opened the session",
    Act.APPROVAL_READ: "Read the approval",
    Act.LOG_READ: "Read the log",
    Act.SEARCHED: "Searched the log",
    Act.REVEALED: "Revealed typed input",
    Act.DOWNLOADED: "Downloaded the log",
    Act.API_CALLED: "Asked through the API",
    Act.TOKEN_MADE: "Made a token",
    Act.TOKEN_USED: "Used a token",
    Act.TOKEN_ENDED: "Revoked a token",
    Act.LINK_MADE: "Made a download link",
    Act.LINK_USED: "Used a download link",
    Act.EXPORTED: "Exported",
    Act.REFUSED: "Was refused",
    Act.TRAIL_READ: "Read the access trail",
    Act.PEOPLE_READ: "Read who has access",
    Act.SETTINGS_CHANGED: "Settings were changed",
    Act.TRAIL_RETIRED: "Old rows were retired",
    Act.PERSON_FORGOTTEN: "A person was forgotten",
    Act.HEARTBEAT: "Heartbeat of the trail",
    Act.ENDED: "How an answer ended",
}
#: What a value is called, where its own name is a program's.
_NAMES = {
    "way": "by",
    "copy": "the copy at",
    "ended_by": "ended by the",
    "act": "what was done:",
    "range": "only",
    "hit": "from hit",
    "q": "looked for",
    "counted": "hoop counted",
    "approval for": "which covers session",
    "extension": "file name ending in",
}
#: Values that are a sentence's part of their own.
_WORDS: dict[tuple[str, object], str] = {
    ("formula_guard", "0"): "formulas left as they are",
    ("formula_guard", "1"): "",
    ("newline", "1"): "a blank line between events",
    ("newline", "0"): "",
    ("times", "off"): "",
    ("times", "offset"): "with offsets",
    ("times", "utc"): "with times of day",
    ("stream", True): "with the recording",
    ("stream", "not-shown"): "asked for the recording, which was not shown",
    ("stream", "not-at-hoop"): "asked for the recording, which hoop does not have",
    ("input", True): "typed input included",
    ("shows_input", True): "with typed input",
    ("with_times", True): "with times",
    ("with_new_lines", True): "a line end behind each event",
    ("is_script", True): "the script",
    ("related", True): "related sessions",
    ("cited", True): "quoted",
    ("part", "download"): "the download form",
    ("view", "raw"): "as raw text",
    ("what", "people"): "the people who may come in",
    ("what", "access trail"): "the access trail",
    ("list", ()): "all sessions",
    ("changed", ()): "first start",
    ("hit", 1): "",
}
_KINDS = {"i": "input", "o": "output", "e": "errors", "x": "other events"}
_FORMATS = {"csv": "CSV", "json": "JSON", "ndjson": "NDJSON", "text": "text"}
#: The addresses that somebody can be refused at.
PAGES = {
    "session": "the session",
    "session-log": "its log",
    "session-citation": "a citation",
    "session-review": "its review",
    "session-covering-approval": "the approval that covers it",
    "session-related": "related sessions",
    "session-reveal": "its typed input",
    "session-search": "a search",
    "session-download": "a download",
    "session-download-form": "the download form",
    "session-api": "the session through the API",
    "link": "a download link's file",
    "trail": "the access trail",
    "trail-export": "an export of the access trail",
    "people": "the people who may come in",
    "people-export": "an export of the people",
    "tokens": "tokens",
}
_OPTIONS = {"case": "with its case", "regex": "as an expression"}


def deed_of(line: Line) -> str:
    try:
        return LABELS[Act(line.row.act)]
    except ValueError:
        # A row of a newer version.
        return shown(line.row.act, 40)


def details_of(about: Mapping[str, Any]) -> str:
    """What the row adds, like "events 1–200 · input and output"."""
    return " · ".join(filter(None, _details(about)))


def _details(about: Mapping[str, Any]) -> Iterator[str]:
    for name, value in about.items():
        known = _WORDS.get((name, value if isinstance(value, (str, int)) else () if not value else None))
        if known is not None:
            yield known
            continue
        match name, value:
            case "events", [int(first), int(last)]:
                yield f"event {first:,}" if first == last else f"events {first:,}–{last:,}"
            case "events", int():
                yield plural(value, "event")
            case (("events" | "kinds"), str()):
                yield _kinds(value)
            case "format", str():
                yield f"as {_FORMATS.get(value) or shown(value, 40)}"
            case "page", str():
                yield f"asked for {PAGES.get(value) or shown(value, 40)}"
            case "e", str():
                yield f"only event{'s' if '-' in value else ''} {shown(value.replace('-', '–'), 40)}"
            case "list", dict():
                yield f"filter: {_filter(value)}"
            case "search", {"q": str(text)}:
                yield f"“{shown(text, MAX_VALUE)}”{_options(value)}"
            case "settings", _:
                continue
            case "keys", list():
                yield plural(len(value), "entry", "entries")
            case _, bool():
                yield shown(name, 40) if value else ""
            case _, str() | int() | float():
                yield f"{_NAMES.get(name) or shown(name, 40)} {shown(str(value), MAX_VALUE)}" if value else ""
            case _, list() if value:
                yield f"{shown(name, 40)} {shown(', '.join(map(str, value)), MAX_VALUE)}"
            case _, dict() if value:
                yield f"{shown(name, 40)}: {_filter(value)}"


def _kinds(kinds: str) -> str:
    """ "oe" -> "output and errors only" """
    names = [_KINDS.get(kind) or shown(kind, 8) for kind in kinds[: len(_KINDS)]]
    return f"{listed(names)} only" if names else ""


def _filter(values: Mapping[str, Any]) -> str:
    pairs = (
        f"{name} {' and '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in values.items()
    )
    return shown(", ".join(pairs), MAX_VALUE)


def _options(search: Mapping[str, Any]) -> str:
    words = [word for name, word in _OPTIONS.items() if search.get(name)]
    if lane := search.get("lane"):
        words.append(f"in what was {shown(str(lane), 20)}")
    return f" {', '.join(words)}" if words else ""


def ending_of(line: Line) -> tuple[str, str]:
    """Tone and words of how it went; both blank where a row is the whole of it."""
    if line.is_unknown:
        return "none", "unknown"
    if line.outcome is None:
        return "", ""
    if line.status is not None:
        return "warn", f"an error page instead ({line.status})"
    words = [shown(line.outcome, 20)]
    if line.size is not None:
        words.append(size(line.size))
    if line.begun:
        words.append(f"perhaps {size(line.begun)} more")
    if line.rows is not None:
        words.append(plural(line.rows, "row"))
    if line.withheld:
        words.append(f"{plural(line.withheld, 'more row')} not theirs to see")
    return ("good" if line.outcome == "finished" else "warn"), ", ".join(words)


def person_words(line: Line) -> tuple[str, str]:
    """Who it was, and by what they are told apart."""
    if line.forgotten:
        return known_as(line.who, forgotten=True)[0], line.row.who[:8]
    return known_as(line.who)


def known_as(who: Actor, *, forgotten: bool = False) -> tuple[str, str]:
    """The name, and the e-mail where there are both."""
    if forgotten:
        return "Somebody forgotten", ""
    if who.name or who.email:
        return shown(who.name or who.email, 80), shown(who.email if who.name else "", 120)
    if who.subject:
        return shown(who.subject, 120), ""
    return ("Nobody known", "") if who.address else ("hoopviewer itself", "")
