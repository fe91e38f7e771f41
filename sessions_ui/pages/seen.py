"""On a session's page, for admins and auditors: who has seen something of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.pages.trail_words import known_as
from sessions_ui.pages.words import plural
from sessions_ui.trail.reading import Seen, seen_by

MAX_PEOPLE = 12


@dataclass(frozen=True, slots=True)
class SeenLine:
    who: str
    who_more: str
    href: str
    did: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class SeenShape:
    """``href`` is all of it in the access trail; ``more`` says how many people are left out here."""

    lines: tuple[SeenLine, ...]
    href: str
    more: str = ""


def seen_shape(person: Person, session_id: str) -> SeenShape | None:
    """None for a person whom the trail is not for."""
    if person.role not in SEES_ALL:
        return None
    found = seen_by(session_id)
    left_out = len(found) - MAX_PEOPLE
    return SeenShape(
        lines=_lines(found[:MAX_PEOPLE], session_id),
        href=f"/trail?{urlencode({'session': session_id})}",
        more=f"and {plural(left_out, 'more person', 'more people')}" if left_out > 0 else "",
    )


def _lines(found: Sequence[Seen], session_id: str) -> tuple[SeenLine, ...]:
    lines = []
    for seen in found:
        who, more = known_as(seen.who, forgotten=seen.forgotten)
        named = "" if seen.forgotten else (seen.who.email or seen.who.subject or seen.who.name)
        did = ", ".join(_deeds(seen))
        href = f"/trail?{urlencode({'person': named, 'session': session_id})}" if named else ""
        lines.append(SeenLine(who, more, href, did, seen.last_at))
    return tuple(lines)


def _deeds(seen: Seen) -> Iterator[str]:
    """The gravest first."""
    if seen.revealed:
        yield f"typed input revealed {plural(seen.revealed, 'time')}"
    yield plural(seen.times, "time") + (" in all" if seen.revealed else "")
    if seen.taken:
        yield plural(seen.taken, "download")
