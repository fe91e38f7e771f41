"""What a row of the access trail says, in words. Whatever a row holds, it comes out short and in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sessions_ui.pages.words import plural, shown, size
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
#: Of a search: what is not the text itself.
_NAMES = {"way": "by", "page": "on the page", "format": "as"}
_OPTIONS = {"case": "with its case", "regex": "as an expression"}


def deed_of(line: Line) -> str:
    try:
        return LABELS[Act(line.row.act)]
    except ValueError:
        # A row of a newer version.
        return shown(line.row.act, 40)


def details_of(about: Mapping[str, Any]) -> str:
    """What the row adds, like "events 1–200 · kinds oe"."""
    return " · ".join(_details(about))


def _details(about: Mapping[str, Any]) -> Iterator[str]:
    for name, value in about.items():
        match name, value:
            case "events", [int(first), int(last)]:
                yield f"event {first:,}" if first == last else f"events {first:,}–{last:,}"
            case "search", {"q": str(text)}:
                yield f"“{shown(text, MAX_VALUE)}”{_options(value)}"
            case ("hit", 1) | ("settings", _):
                continue
            case "keys", list():
                yield plural(len(value), "entry", "entries")
            case _, True:
                yield shown(name, 40)
            case _, str() | int() | float():
                yield f"{_NAMES.get(name) or shown(name, 40)} {shown(str(value), MAX_VALUE)}"
            case "changed", []:
                yield "first start"
            case _, list():
                yield f"{shown(name, 40)} {shown(', '.join(map(str, value)), MAX_VALUE)}"
            case _, dict() if value:
                inner = ", ".join(f"{key} {text}" for key, text in value.items())
                yield f"{shown(name, 40)}: {shown(inner, MAX_VALUE)}"


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
    sent = f", {size(line.size)}" if line.size is not None else ""
    return ("good" if line.outcome == "finished" else "warn"), f"{shown(line.outcome, 20)}{sent}"


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
