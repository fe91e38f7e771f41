"""What the templates of the list are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sessions_ui.pages.covered import Looked
from sessions_ui.pages.shapes import Banner, FactValue, PagerLink, Tone
from sessions_ui.session import LogFacts


@dataclass(frozen=True, slots=True)
class CoveringLine:
    """Whether another session's approval covers one without its own: whose (``by``), and what of that
    approval does not hold."""

    looked: Looked
    session_id: str = ""
    by: str = ""
    doubt: str = ""
    tone: Tone = "none"

    @property
    def href(self) -> str:
        return f"/sessions/{self.session_id}#review" if self.session_id else ""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in a list. ``size`` is that of the JSON that hoop stored; ``is_approved``: an approval is on
    record and nothing is known against it, which is not yet green; ``marks`` are words with their tones.
    Of one that was changed at hoop it says what ``first_read`` holds, and ``now_at_hoop`` what hoop says
    now."""

    session_id: str
    href: str
    who: str
    connection: str
    tags: tuple[FactValue, ...]
    what: str
    kind: str
    started_at: datetime | None
    duration: str
    size: str
    ending_tone: Tone
    ending: str
    review_tone: Tone
    review: str
    is_approved: bool = False
    covering: CoveringLine | None = None
    marks: tuple[tuple[Tone, str], ...] = ()
    now_at_hoop: str = ""
    first_read: LogFacts | None = None


@dataclass(frozen=True, slots=True)
class Quick:
    """A filter of one click; ``on``: it is set, and ``href`` takes it away."""

    word: str
    href: str
    on: bool = False


@dataclass(frozen=True, slots=True)
class FilterChip:
    """An active filter, and the address without it."""

    name: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form. ``options`` (value, word): a choice among them; else text, with ``known``
    values to choose from; ``kind`` is HTML's."""

    name: str
    label: str
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    known: tuple[str, ...] = ()
    placeholder: str = ""
    kind: Literal["text", "datetime-local"] = "text"


@dataclass(frozen=True, slots=True)
class Tick:
    """A box to tick."""

    name: str
    value: str
    label: str
    on: bool


@dataclass(frozen=True, slots=True)
class Jump:
    """A form that enters the list at a day (``at``, as the field takes it); ``kept`` goes with it."""

    at: str
    kept: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListShape:
    """The list: a page of it in words. ``summary`` says what these rows are of what, ``notes`` what to
    know about them; ``covering_href`` looks for approvals of others where the rows could not tell;
    ``poll_href`` asks again while rows are still being read."""

    title: str = "Sessions"
    lines: tuple[SessionLine, ...] = ()
    summary: str = ""
    notes: tuple[str, ...] = ()
    covering_note: str = ""
    covering_href: str = ""
    message: str = ""
    advice: str = ""
    quick: tuple[Quick, ...] = ()
    chips: tuple[FilterChip, ...] = ()
    clear_href: str = ""
    pager: tuple[PagerLink, ...] = ()
    jump: Jump | None = None
    sizes: tuple[Quick, ...] = ()
    exports: tuple[PagerLink, ...] = ()
    banners: tuple[Banner, ...] = ()
    further: PagerLink | None = None
    poll_href: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class HomeShape:
    """The start page: the box, the filters and the list."""

    query: str = ""
    query_error: str = ""
    fields: tuple[Field, ...] = ()
    more_fields: tuple[Field, ...] = ()
    ticks: tuple[Tick, ...] = ()
    is_filtered: bool = False
    more_open: bool = False
    list: ListShape = ListShape()
