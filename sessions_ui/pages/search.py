"""``/sessions/<id>/search``: all hits of a phrase or an expression in a recording, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.archive.event_logs import Arriving, NotRead
from sessions_ui.archive.hits import Hit
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.searching import (
    DEADLINE_SECONDS,
    HITS_A_PAGE,
    Found,
    TooManySearches,
    search_log,
    search_slot,
)
from sessions_ui.archive.spread import spread_of
from sessions_ui.eventlog.finding import BadPattern
from sessions_ui.eventlog.places import Stretch
from sessions_ui.eventlog.query import MAX_CHARACTERS, LaneName, Query
from sessions_ui.eventlog.spans import Line
from sessions_ui.pages.footprints import record_search
from sessions_ui.pages.log_hits import Hits, is_gone, person_key, search_address
from sessions_ui.pages.log_query import LogQuery, read_search
from sessions_ui.pages.log_shapes import StripShape
from sessions_ui.pages.log_strip import strip_shape
from sessions_ui.pages.opening import Opened, open_session, person_of_request
from sessions_ui.pages.refusals import BadQuery, NotYours, answer_problems, words_for
from sessions_ui.pages.session_ids import one_address
from sessions_ui.pages.shapes import PagerLink, Tone
from sessions_ui.pages.wholeness import NOT_SHOWN
from sessions_ui.pages.words import offset, plural, size, title_of
from sessions_ui.problems import is_fragment

_KINDS = {"i": "input", "o": "printed", "e": "error"}


@dataclass(frozen=True, slots=True)
class HitShape:
    """A hit: where it is and what stands around it, harmless."""

    number: int
    href: str
    place: str
    kind: str
    offset: str
    before: Line
    text: Line
    after: Line


@dataclass(frozen=True, slots=True)
class SearchShape:
    """The search panel: the form as it was filled in, and what came of it. ``message`` is the answer in a
    sentence; ``tone`` warn or bad where there is none, or not a whole one."""

    session_id: str
    title: str
    action: str
    max_characters: int = MAX_CHARACTERS
    text: str = ""
    cased: bool = False
    regex: bool = False
    lane: str = "both"
    offers_typed: bool = True
    message: str = ""
    advice: str = ""
    tone: Tone = "none"
    notes: tuple[str, ...] = ()
    hits: tuple[HitShape, ...] = ()
    range_text: str = ""
    pager: tuple[PagerLink, ...] = ()
    strip: StripShape | None = None
    invalid: bool = False
    status: int = 200


@require_safe
@answer_problems()
@one_address("session-search")
def session_search(request: HttpRequest, session_id: str) -> HttpResponse:
    """``q``, ``case=1``, ``regex=1``, ``lane=typed`` or ``printed``, and ``hit``, the first to be listed;
    ``open=1`` leads on to its place in the log."""
    query, first = _read(request)
    opened = open_session(request, session_id)
    if opened.log is None:
        raise NotYours(NOT_SHOWN)
    shape = _shape(request, opened, query, first)
    if query is not None:
        record_search(request, opened, query, first)
    if "open" in request.GET and shape.hits:
        return redirect(shape.hits[0].href)
    template = "sessions_ui/_search.html" if is_fragment(request) else "sessions_ui/search.html"
    response = render(request, template, {"search": shape, "now": timezone.now()}, status=shape.status)
    if shape.status == 429:
        response["Retry-After"] = "5"
    return response


def search_form(opened: Opened, query: Query | None = None, **answer: Any) -> SearchShape:
    """The form as it was filled in, and with ``answer`` what came of it."""
    session = opened.session
    if query is not None:
        answer |= {"text": query.text, "cased": query.cased, "regex": query.regex}
        answer["lane"] = query.lanes[0] if len(query.lanes) == 1 else "both"
    if isinstance(opened.log, EventLog):
        answer["offers_typed"] = not opened.log.mask.hides_all_typed and opened.log.count("i") > 0
    return SearchShape(session.id, title_of(session, opened.facts()), search_address(session.id), **answer)


def _shape(request: HttpRequest, opened: Opened, query: Query | None, first: int) -> SearchShape:
    log = opened.log
    if isinstance(log, Arriving):
        return search_form(
            opened,
            query,
            message="The recording is still being read from hoop.",
            advice=f"{plural(log.events, 'event')} so far. A search of a part would not be an answer: "
            "open the session to see how far it is, and search it then.",
            tone="busy",
            status=503,
        )
    if isinstance(log, NotRead):
        words = words_for(log.failure)
        message = f"{words.title}. {words.happened}: {log.text}."
        return search_form(
            opened, query, message=message, advice=words.advice, tone="warn", status=words.status
        )
    if query is None or log is None:
        return search_form(opened)
    try:
        with search_slot(person_key(person_of_request(request))):
            found = search_log(log, query, first=first, gone=lambda: is_gone(request))
    except BadPattern as bad:
        message = f"RE2, which searches here, does not take this expression: {bad}."
        advice = "Correct it, or search for it as a phrase."
        return search_form(
            opened, query, message=message, advice=advice, tone="bad", invalid=True, status=400
        )
    except TooManySearches:
        message = "Two searches of yours are still under way."
        advice = "Wait for one of them to end, then try again."
        return search_form(opened, query, message=message, advice=advice, tone="warn", status=429)
    return _found_shape(opened, query, log, found)


def _found_shape(opened: Opened, query: Query, log: EventLog, found: Found) -> SearchShape:
    last = found.first + len(found.hits) - 1
    return search_form(
        opened,
        query,
        message=_sentence(query, log, found, never_ran=opened.session.status != "done" and not log.events),
        advice="" if found.whole else "Search for something rarer, or in one of the two, to come further.",
        tone="none" if found.whole else "warn",
        notes=tuple(_notes(log, found)),
        hits=tuple(_hit_shape(opened.session.id, query, hit) for hit in found.hits),
        range_text=f"Hits {found.first:,}–{last:,} of {found.count:,}" if found.hits else "",
        pager=_pager(opened.session.id, query, found, last),
        strip=_strip(opened.session.id, query, log, found),
    )


def _strip(session_id: str, query: Query, log: EventLog, found: Found) -> StripShape | None:
    """Where in the recording the hits are, with ways to every part of it."""
    if not found.count:
        return None
    hits = Hits(query, spread_of(log, query, found))
    return strip_shape(log, None, session_id, LogQuery(search=query), hits)


def _sentence(query: Query, log: EventLog, found: Found, *, never_ran: bool) -> str:
    """What was searched and what was not, and what came of it."""
    events = _events(log, tuple(lane.lane for lane in found.lanes))
    all_of = (
        f"all {plural(events, 'event')}" if events == log.events else f"{events:,} of {log.events:,} events"
    )
    searched = f"{all_of}, {size(found.lane_bytes)}"
    if never_ran:
        return "There is nothing to search: nothing has been recorded yet."
    if not log.events or (log.record.other_events == log.events):
        return "There is nothing to search: the recording holds no text."
    hits = plural(found.count, "hit") if found.count else "no hit"
    if not found.lanes:
        return "What was typed in this session is hidden, so it is not searched."
    if not found.whole:
        share = 100 * found.searched_bytes // max(1, found.lane_bytes)
        return f"Searched {share} % of the recording in {DEADLINE_SECONDS:.0f} s: {hits} so far."
    where = ""
    if len(found.lanes) > 1 and found.count:
        where = " (" + ", ".join(f"{lane.count:,} {lane.lane}" for lane in found.lanes if lane.count) + ")"
    return f"Searched {searched}: {hits}{where}.{_left_out(query, found)}"


def _left_out(query: Query, found: Found) -> str:
    if found.masked:
        return " What was typed is hidden, so it was not searched; what was echoed of it was."
    if len(query.lanes) == 1:
        return f" Only what was {query.lanes[0]} was searched."
    return ""


def _events(log: EventLog, lanes: tuple[LaneName, ...]) -> int:
    record = log.record
    printed = record.output_events + record.error_events
    return sum(record.typed_events if lane == "typed" else printed for lane in lanes)


def _notes(log: EventLog, found: Found) -> list[str]:
    notes = []
    if any(lane.pieces for lane in found.lanes):
        notes.append("Lines over 64 KB were searched in pieces: a hit of more than 32 KB in one may be cut.")
    if log.record.other_events:
        more = plural(log.record.other_events, "event")
        notes.append(f"{more} of other kinds hold no text and were not searched.")
    return notes


def _hit_shape(session_id: str, query: Query, hit: Hit) -> HitShape:
    return HitShape(
        number=hit.number,
        href=f"/sessions/{session_id}{_at(query, hit)}#{_anchor(hit)}",
        place=f"{hit.place.event:,}, line {hit.place.line:,}",
        kind=_KINDS[hit.kind],
        offset=offset(hit.seconds),
        before=hit.before,
        text=hit.text,
        after=hit.after,
    )


def _at(query: Query, hit: Hit) -> str:
    return LogQuery(stretch=Stretch(hit.place, hit.place), search=query, hit=hit.number).query()


def _anchor(hit: Hit) -> str:
    """The row's id in the log: an event of one line is one row."""
    return f"e{hit.place.event}" if hit.alone else f"e{hit.place.event}-{hit.place.line}"


def _pager(session_id: str, query: Query, found: Found, last: int) -> tuple[PagerLink, ...]:
    def to(hit: int) -> str:
        return search_address(session_id, query, hit=str(hit))

    if found.first == 1 and last >= found.count:
        return ()
    final = (found.count - 1) // HITS_A_PAGE * HITS_A_PAGE + 1
    behind, ahead = found.first > 1, last < found.count
    return (
        PagerLink("First", to(1) if behind else ""),
        PagerLink("Previous", to(max(1, min(found.first - HITS_A_PAGE, final))) if behind else ""),
        PagerLink("Next", to(last + 1) if ahead else ""),
        PagerLink("Last", to(max(final, last + 1)) if ahead else ""),
    )


def _read(request: HttpRequest) -> tuple[Query | None, int]:
    """What is searched for, and the first hit to be listed. Raises BadQuery."""
    text = request.GET.get("hit", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text)):
        raise BadQuery("hit", text, "the number of a hit (1 or more)")
    if request.GET.get("open", "1") != "1":
        raise BadQuery("open", request.GET["open"], "1")
    return read_search(request), int(text)
