"""What the templates of the log are given: its rows, its strip, its hits, what is cited of it.

Every text is untrusted unless its type says ``SafeString``; templates escape it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from sessions_ui.eventlog.rows import Row
from sessions_ui.pages.shapes import PagerLink


class LogRowShape(NamedTuple):
    """A row of the log. ``row`` is the rendered content (see eventlog.rows);
    ``kind_word`` typed, printed, error, other; ``offset`` like ``0.008 s`` or ``1:02:03.4``; both empty
    where a row goes on with the event before. ``label`` is the place as the gutter shows it (``120``,
    ``2.57``, ``120–157``), ``spoken`` the same in words. ``open_href`` shows what the row folds."""

    row: Row
    anchor: str
    href: str
    kind: Literal["i", "o", "e", "x"]
    kind_word: str
    offset: str
    at: datetime | None
    marked: bool = False
    label: str = ""
    spoken: str = ""
    open_href: str = ""


@dataclass(frozen=True, slots=True)
class PauseShape:
    """A silence between two rows, as a row of its own: ``12 min 04 s without output``."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several views of the log; ``href`` empty: the one that is shown."""

    word: str
    href: str
    on: bool = False
    count: str = ""


@dataclass(frozen=True, slots=True)
class StripMark:
    """A place worth going to: an error, the end of a long pause, a hit."""

    x: float
    href: str
    label: str
    kind: Literal["error", "pause", "hit"]


@dataclass(frozen=True, slots=True)
class StripCell:
    """A stretch of the strip that is a link."""

    x: int
    width: int
    href: str
    label: str


@dataclass(frozen=True, slots=True)
class StripShape:
    """The whole recording at a glance: ``bars``, ``typed_bars`` and ``hit_bars`` are paths of upright
    strokes, one element for hundreds; ``here_x`` and ``here_width`` are the window shown."""

    bars: str
    typed_bars: str
    hit_bars: str
    cells: tuple[StripCell, ...]
    marks: tuple[StripMark, ...]
    here_x: float
    here_width: float
    start: str
    end: str
    spoken: str


@dataclass(frozen=True, slots=True)
class HitsShape:
    """The hits of a search, below the strip: in words, and the way to them (empty: none there)."""

    text: str
    first_href: str = ""
    previous_href: str = ""
    next_href: str = ""
    all_href: str = ""
    without_href: str = ""


@dataclass(frozen=True, slots=True)
class CitationShape:
    """What an auditor pastes: ``changed`` when the link's hash (``expected``) is not that of what is shown,
    ``unknown`` why it says nothing; ``seal`` what ``digest`` is of; ``masked``: some of it is hidden.
    A long stretch has only its place and ``check_href``, where it is gone through; ``problem``: why it was
    not."""

    place: str
    text: str = ""
    markdown: str = ""
    digest: str = ""
    seal: str = ""
    masked: bool = False
    changed: bool = False
    unknown: str = ""
    expected: str = ""
    check_href: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RevealShape:
    """The form that shows a stretch unmasked: where it goes, for which stretch, and what is wrong with it."""

    action: str
    place: str
    back_href: str
    max_reason: int
    reason: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class LogShape:
    """The event log panel in one of its states.

    ``ready``: ``rows`` is a window. ``arriving``: still being read from hoop, ``progress`` in
    percent if it can be known, ``poll_href`` asks again. ``blank``: nothing to show and
    ``message`` says why (printed nothing, not visible to you, not started, no recording on
    hoop's disk). ``problem``: could not be read, ``message`` and ``advice`` say why and what to do;
    ``status`` is the answer's when the panel is the whole answer. ``goto_error`` says why what was
    typed (``goto_text``) leads nowhere, ``goto_kept`` what that form keeps of the address; ``near_note``
    that the place asked for is not among the kinds shown; ``cited_at`` is the row above which the citation
    stands; ``events`` are the first and the last that the rows show something of.
    ``mask_note`` says what is hidden, ``reveal_href`` leads to where it is shown, ``revealed`` says what is
    not hidden, this once.
    """

    state: Literal["ready", "arriving", "blank", "problem"]
    message: str = ""
    advice: str = ""
    summary: str = ""
    rows: tuple[LogRowShape | PauseShape, ...] = ()
    range_text: str = ""
    pager: tuple[PagerLink, ...] = ()
    downloads: tuple[PagerLink, ...] = ()
    download_form_href: str = ""
    clock_note: str = ""
    poll_href: str = ""
    reload_href: str = ""
    progress: int | None = None
    odd_note: str = ""
    fold_note: str = ""
    sha256: str = ""
    since: datetime | None = None
    request_id: str = ""
    status: int = 200
    kinds: tuple[Choice, ...] = ()
    views: tuple[Choice, ...] = ()
    zone: str = "UTC"
    zone_href: str = ""
    strip: StripShape | None = None
    hits: HitsShape | None = None
    search_text: str = ""
    citation: CitationShape | None = None
    search_href: str = ""
    more_href: str = ""
    more_page_href: str = ""
    goto_href: str = ""
    goto_text: str = ""
    goto_error: str = ""
    goto_kept: tuple[tuple[str, str], ...] = ()
    near_note: str = ""
    cited_at: str = ""
    events: tuple[int, int] | None = None
    mask_note: str = ""
    reveal_href: str = ""
    revealed: str = ""


@dataclass(frozen=True, slots=True)
class LogHead:
    """The session above the log's own page."""

    session_id: str
    title: str
    sentence: str
