"""What the address of the access trail asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import QueryDict

from sessions_ui.pages.refusals import BadQuery
from sessions_ui.pages.session_ids import NotASessionId, asked_id
from sessions_ui.trail.acts import Act
from sessions_ui.trail.reading import RowFilter

NAMES = ("person", "act", "session", "from", "to")
FORMATS = ("csv", "json")
MAX_TEXT = 255


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """``given``: the filters as they are written, none empty. ``before``: only rows below this number."""

    given: Mapping[str, str]
    wanted: RowFilter
    before: int | None = None

    def href(self, path: str = "/trail", **more: str) -> str:
        """The same filters, at the newest row unless ``before`` is among ``more``."""
        asked = {**self.given, **more}
        return f"{path}?{urlencode(asked)}" if asked else path


def read_trail_query(given: QueryDict, *, beside: tuple[str, ...] = ("before",)) -> TrailQuery:
    """Raises BadQuery."""
    for name in given:
        if name not in (*NAMES, *beside):
            raise BadQuery(name, given.get(name, ""), f"one of {', '.join(NAMES)}")
    texts = {name: given.get(name, "").strip() for name in NAMES}
    asked = {name: text for name, text in texts.items() if text}
    since, until = _day(asked, "from"), _day(asked, "to")
    person = asked.get("person", "")
    if len(person) > MAX_TEXT or not person.isprintable():
        printable = f"a name or an address of at most {MAX_TEXT} characters that can be printed"
        raise BadQuery("person", person, printable)
    wanted = RowFilter(
        person=person,
        act=_act(asked.get("act", "")),
        session=_session(asked),
        since=since,
        until=until + timedelta(days=1) if until else None,
    )
    return TrailQuery(asked, wanted, _number(given.get("before", "")))


def _day(asked: Mapping[str, str], name: str) -> datetime | None:
    text = asked.get(name, "")
    if not text:
        return None
    try:
        if len(text) != 10:
            raise ValueError
        found = date.fromisoformat(text)
        # The day after the last one is no day.
        if not date(1970, 1, 1) <= found < date(9999, 1, 1):
            raise ValueError
    except ValueError as error:
        raise BadQuery(name, text, "a day, like 2026-11-25") from error
    return datetime.combine(found, time(), UTC)


def _act(text: str) -> Act | None:
    if not text:
        return None
    try:
        return Act(text)
    except ValueError as error:
        raise BadQuery("act", text, "one of the acts that the trail knows") from error


def _session(asked: dict[str, str]) -> str:
    text = asked.get("session", "")
    if not text:
        return ""
    try:
        asked["session"] = str(asked_id(text.rstrip("/").rpartition("/")[2]))
    except NotASessionId as error:
        raise BadQuery("session", text, "a session's id, or a link that ends with one") from error
    return asked["session"]


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadQuery("before", text, "the number of a row")
    return int(text)
