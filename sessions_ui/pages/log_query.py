"""What the address of a log asks for, and the addresses that ask for something near it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest

from sessions_ui.archive.reading import LANES
from sessions_ui.eventlog.places import Place, Stretch, read_place, read_stretch
from sessions_ui.eventlog.query import BadValue, Query, read_query
from sessions_ui.pages.refusals import BadQuery
from sessions_ui.pages.zones import UTC_NAME, BadZone, read_zone

T = TypeVar("T")
ALL_KINDS = "".join(LANES)
KIND_NAMES = {"i": "input", "o": "output", "e": "errors", "x": "other events"}
#: Behind every event: "the rows before it" are the last ones, whatever the length.
LAST = Place(10**18 - 1)
_HASH = re.compile(r"[0-9a-f]{8,64}|k[0-9a-f]{4}\.[0-9a-f]{8,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogQuery:
    """``stretch``: opened at and marked (``e``); else rows from ``start`` on (``from``), or those just
    before ``end`` (``before``). ``kinds`` among ``ioex``; ``raw``: bytes instead of text;
    ``drawn``: full-screen programs event by event; ``prefix``: of the cited hash (``h``); ``copy``: which
    of two copies (see ``opening``); ``search`` and ``hit``: whose hits are shown, and which one the stretch
    is (0: none); ``grown``: how many windows scrolling has added to the page before this one (``rows``)."""

    stretch: Stretch | None = None
    start: Place | None = None
    end: Place | None = None
    kinds: str = ALL_KINDS
    raw: bool = False
    drawn: bool = False
    zone: str = UTC_NAME
    zone_asked: bool = False
    prefix: str = ""
    copy: str = ""
    search: Query | None = None
    hit: int = 0
    grown: int = 0

    def query(self) -> str:
        """The part of an address that asks for this, with its ``?``; empty for the beginning."""
        wanted = {
            "e": str(self.stretch) if self.stretch else "",
            "from": str(self.start) if self.start else "",
            "before": _written_end(self.end),
            "kinds": "" if self.kinds == ALL_KINDS else self.kinds,
            "view": "raw" if self.raw else "screens" if self.drawn else "",
            "tz": self.zone if self.zone_asked or self.zone != UTC_NAME else "",
            "h": self.prefix,
            "copy": self.copy,
            **(self.search.parameters() if self.search else {}),
            "hit": str(self.hit) if self.hit else "",
            "rows": str(self.grown) if self.grown else "",
        }
        text = urlencode({name: value for name, value in wanted.items() if value}, safe="/")
        return f"?{text}" if text else ""

    def at(
        self, *, stretch: Stretch | None = None, start: Place | None = None, end: Place | None = None
    ) -> LogQuery:
        """The same view of another place."""
        return replace(self, stretch=stretch, start=start, end=end, prefix="", hit=0, grown=0)


def read_log_query(request: HttpRequest) -> LogQuery:
    """Raises BadQuery for a value that cannot be taken."""
    given = request.GET
    kinds = given.get("kinds", ALL_KINDS)
    if not kinds or set(kinds) - set(LANES):
        raise BadQuery("kinds", kinds, "a choice among i (input), o (output), e (errors) and x (others)")
    view = given.get("view", "")
    if view not in ("", "raw", "screens"):
        raise BadQuery("view", view, "raw or screens")
    prefix = given.get("h", "")
    if prefix and not _HASH.fullmatch(prefix):
        raise BadQuery(
            "h", prefix, "the beginning of a hash, as a citation has it (8 to 64 hexadecimal digits)"
        )
    try:
        zone = read_zone(request)
    except BadZone as error:
        raise BadQuery("tz", str(error), "a time zone, like UTC or Europe/Berlin") from error
    place = "the number of an event, like 120, or of a line in it, like 2.57"
    return LogQuery(
        stretch=_read(request, "e", read_stretch, f"{place}, or a stretch like 2.57-2.60"),
        start=_read(request, "from", read_place, place),
        end=_read(request, "before", _read_end, f"{place}, or end"),
        kinds="".join(kind for kind in ALL_KINDS if kind in kinds),
        raw=view == "raw",
        drawn=view == "screens",
        zone=zone,
        zone_asked="tz" in given,
        prefix=prefix,
        copy=given.get("copy", ""),
        search=read_search(request),
        hit=_read_count("hit", given.get("hit", "")),
        grown=_read_count("rows", given.get("rows", ""), digits=3),
    )


def read_search(request: HttpRequest) -> Query | None:
    """What the address searches for (``q``, ``case``, ``regex``, ``lane``). Raises BadQuery."""
    try:
        return read_query(request.GET.dict())
    except BadValue as bad:
        raise BadQuery(bad.name, bad.value, bad.wanted) from bad


def _written_end(place: Place | None) -> str:
    if place is None:
        return ""
    return "end" if place == LAST else str(place)


def _read_end(text: str) -> Place:
    return LAST if text == "end" else read_place(text)


def _read_count(name: str, text: str, *, digits: int = 15) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise BadQuery(name, text, f"a number of at most {digits} digits")
    return int(text)


def _read(request: HttpRequest, name: str, read: Callable[[str], T], wanted: str) -> T | None:
    """The last value counts, but none may be wrong."""
    value: T | None = None
    for text in request.GET.getlist(name):
        try:
            value = read(text)
        except ValueError as error:
            raise BadQuery(name, text, wanted) from error
    return value
