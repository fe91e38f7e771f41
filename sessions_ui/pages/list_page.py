"""A page of the list in words: its lines, what they are of what, and what is not known about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import structlog
from django.utils import timezone

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.archive.gateway_facts import get_own_role
from sessions_ui.archive.list_filling import Coverage
from sessions_ui.archive.list_filter import NO_REVIEW, REVIEW_NEEDED, UNDECIDED
from sessions_ui.archive.listing import Listing, list_sessions
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.covered import Looked, covering_note
from sessions_ui.pages.lines import lines_of, view_of
from sessions_ui.pages.list_form import chips_of, quick_of
from sessions_ui.pages.list_query import ROWS, USUAL_ROWS, ListQuery
from sessions_ui.pages.list_shapes import Jump, ListShape, Quick
from sessions_ui.pages.refusals import problem_of, words_for
from sessions_ui.pages.shapes import Banner, PagerLink
from sessions_ui.pages.words import instant, listed, plural, shown

log = structlog.get_logger(__name__)
FURTHER = timedelta(days=90)
#: Of a reading that hoop's absence stopped, the rows stand; of one that hoop refused, nothing is shown.
AWAY = ("GatewayUnreachable", "GatewaySlow", "GatewayCoolingDown")


def list_shape(person: Person, query: ListQuery, people: tuple[str, ...], person_words: str) -> ListShape:
    """The list that the address asks for; a problem with hoop is said in its place."""
    chips = chips_of(query, person_words)
    quick = quick_of(query, person, timezone.now())
    shape = ListShape(quick=quick, chips=chips, clear_href="/" if len(chips) > 1 else "")
    view, wanted = view_of(person), replace(query.wanted, people=people)
    if query.at is not None:
        wanted = replace(wanted, end=min(query.at, wanted.end or query.at))
    try:
        listing = list_sessions(view, wanted, query.place, limit=query.rows)
    except GatewayError as error:
        log.warning("gateway_problem", problem=type(error).__name__, reason=str(error))
        return _refused(shape, error)
    coverage = listing.coverage
    if coverage and coverage.trouble and coverage.trouble not in AWAY:
        words = words_for(coverage.trouble)
        banner = Banner("warn", f"{words.title}.", f"{words.happened}. {words.advice}")
        return replace(
            shape, message="No sessions to show", advice=words.advice, banners=(banner,), status=words.status
        )
    lines, opened = lines_of(person, listing.sessions)
    message, advice = ("", "") if lines else _empty(person, query, listing)
    stays_away = listing.trouble is not None and not lines
    alone = [line for line in lines if line.covering]
    left = [
        line.session_id for line in alone if line.covering and line.covering.looked == Looked.NOT_LOOKED_FOR
    ]
    return replace(
        shape,
        lines=lines,
        covering_note=covering_note(len(left)),
        # Rows that are read ahead become known by themselves; while hoop is away nothing does.
        covering_href=_covering_href(left) if listing.source == "hoop" else "",
        summary=_summary(query, listing, len(lines)),
        notes=tuple(_notes(person, query, listing, len(lines), opened)),
        message=message,
        advice=advice,
        pager=_pager(query, listing),
        jump=_jump(query) if query.at or query.place or listing.next else None,
        sizes=_sizes(query) if len(lines) > ROWS[0] or query.rows != USUAL_ROWS else (),
        exports=_exports(query) if listing.source != "archive" else (),
        banners=tuple(_banners(listing, lines != ())),
        further=_further(query, listing),
        poll_href=query.address if _is_read_on(listing) else "",
        status=problem_of(listing.trouble).status if listing.trouble and stays_away else 200,
    )


def _covering_href(session_ids: list[str]) -> str:
    return f"/covering?{urlencode([('id', each) for each in session_ids])}" if session_ids else ""


def _refused(shape: ListShape, error: GatewayError) -> ListShape:
    problem = problem_of(error)
    banner = Banner("warn", f"{problem.title}.", f"{problem.happened} {problem.advice}", problem.since)
    return replace(
        shape, message="No sessions to show", advice=problem.advice, banners=(banner,), status=problem.status
    )


def _empty(person: Person, query: ListQuery, listing: Listing) -> tuple[str, str]:
    if listing.trouble:
        return "No sessions to show", "None of the sessions that were listed or opened here before fits."
    if listing.next:
        return "None of these fits", "Go on to the older ones."
    if _is_read_on(listing):
        return "Nothing so far", "hoop's list is still being read."
    if listing.undecided:
        return "No session is known to fit", "Of some it cannot be said: see below."
    if query.given:
        whole = " A connection is found by its whole name." if query.wanted.connection else ""
        return "No session fits", f"Take a filter away, or widen the dates.{whole}"
    if person.role in SEES_ALL:
        return _none_at_all()
    return "No sessions of yours", "You see your own sessions, and those that one of your groups reviews."


def _none_at_all() -> tuple[str, str]:
    """To a key without the right group hoop says the same as if there were none."""
    try:
        role = get_own_role()
    except GatewayError:
        role = ""
    if role in SEES_ALL:
        return "No sessions yet", "Sessions appear here as soon as hoop has recorded some."
    told = f"its role at hoop is “{shown(role, 40)}”" if role else "hoop does not say its role"
    advice = f"Whether there are any cannot be known: hoopviewer's key sees its own only ({told})."
    return "hoop lists no sessions", f"{advice} It must be of hoop's auditor group (HOOP_API_KEY)."


def _summary(query: ListQuery, listing: Listing, count: int) -> str:
    if not count:
        return ""
    seen = query.place.seen if query.place else 0
    if listing.total is None and listing.source == "hoop" and listing.asked > count:
        return f"{plural(count, 'session')}; {_left_out(query, listing.asked, listing.asked - count)}"
    if listing.source == "archive":
        return f"{plural(count, 'session')} from hoopviewer's own copies"
    if query.at is not None:
        return f"{_rows_of(seen, count, listing)} up to {instant(query.at)}"
    if listing.undecided:
        return f"{_rows_of(seen, count, listing)}; {listing.undecided:,} cannot be decided"
    return _rows_of(seen, count, listing)


def _rows_of(seen: int, count: int, listing: Listing) -> str:
    if listing.total is None:
        return plural(count, "session")
    of = f"more than {listing.total:,}" if listing.is_capped else f"{listing.total:,}"
    if not listing.is_capped and listing.total == count:
        return plural(count, "session")
    return f"{seen + 1:,}–{seen + count:,} of {of} sessions"


def _left_out(query: ListQuery, asked: int, number: int) -> str:
    """What hoop's coarser filter gave and ours does not let through."""
    wanted = query.wanted
    if replace(wanted, review="").is_exact_at_hoop and wanted.review in (REVIEW_NEEDED, UNDECIDED):
        was, what = ("was", "were"), "closed undecided"
        if wanted.review == UNDECIDED:
            was, what = ("is", "are"), "still waiting"
        return f"{number:,} of hoop's {asked:,} pending {was[number > 1]} {what}"
    does = "does" if number == 1 else "do"
    return f"{number:,} of the {asked:,} that hoop gave {does} not fit exactly"


_UNDECIDED = {
    "ai": "hoop's list leaves the AI analysis out",
    "killed": "hoop ends a kill, a block and a lost connection with the same code 254",
    "changed": "hoop keeps no trace of a change, so that only a copy tells",
}


def undecided_words(number: int, marks: tuple[str, ...]) -> str:
    """Of the filter by marks that hoop's list does not hold."""
    fit, opened = ("it fits", "it was") if number == 1 else ("they fit", "they were")
    why = listed([_UNDECIDED[mark] for mark in marks])
    return (
        f"Of {plural(number, 'further session')} it cannot be said whether {fit}: {why}, and {opened} not "
        f"opened here since {'its' if number == 1 else 'their'} end."
    )


def _notes(person: Person, query: ListQuery, listing: Listing, count: int, opened: int) -> Iterator[str]:
    if listing.undecided:
        yield undecided_words(listing.undecided, query.wanted.copied_marks)
    if query.wanted.review == NO_REVIEW and count:
        yield (
            "No approval on record means none of its own. A session opened under the running approval of "
            "another is listed here too, with that approval where it was found."
        )
    if listing.coverage:
        span = _span(listing.coverage, listing, everything=person.role in SEES_ALL)
        unknown = f" {listing.undecided:,} of them could not be decided."
        yield span + unknown if listing.undecided else span
    crowded = listing.crowded or (listing.coverage.crowded if listing.coverage else None)
    if crowded:
        at = crowded if isinstance(crowded, str) else instant(crowded)
        yield (
            f"More sessions began in the second before {at} than hoop can be asked for (10,000): "
            "not all of them are here. A filter by person or connection reaches the others."
        )
    if count > opened:
        which = "these sessions" if not opened else f"{count - opened:,} of these {count:,} sessions"
        yield (
            "hoop's list leaves out the number of approvals needed, the time window and the AI analysis: "
            f"of {which} they are not known before they are opened here."
        )


def _span(coverage: Coverage, listing: Listing, *, everything: bool) -> str:
    """What the answer rests on. Somebody who sees their own sessions is told no number of all."""
    start = "hoop's first session" if coverage.since is None else instant(coverage.since)
    span = f"from {start} to {instant(coverage.until)}"
    if not coverage.reaches(listing.goal):
        far = f"back to {start}" if coverage.since else "all"
        number = f"{plural(coverage.checked, 'session')} so far, " if everything else ""
        going = "hoopviewer is reading on." if coverage.is_filling else "the rest was not read yet."
        return f"Checked {number}{far}; {going}"
    if not everything:
        return f"All of hoop's sessions {span} were looked through for yours."
    if coverage.counted is None:
        return f"Checked {plural(coverage.checked, 'session')}, {span}."
    checked = f"Checked {coverage.checked:,} of {coverage.counted:,} sessions {span}"
    if coverage.checked < coverage.counted:
        return f"{checked}: hoop counts more than it gave, so some may be missing here."
    if coverage.checked > coverage.counted:
        return f"{checked}: hoop counts fewer than it gave before; some were deleted there."
    return f"{checked}."


def _is_read_on(listing: Listing) -> bool:
    coverage = listing.coverage
    return listing.source == "rows" and (
        coverage is None or (coverage.is_filling and not coverage.reaches(listing.goal))
    )


def _further(query: ListQuery, listing: Listing) -> PagerLink | None:
    """Beyond what is read without being asked for."""
    coverage = listing.coverage
    if coverage is None or coverage.since is None or not coverage.reaches(listing.goal) or listing.next:
        return None
    if query.wanted.start is not None:
        return None
    since = max(coverage.since - FURTHER, datetime(1970, 1, 1, tzinfo=coverage.since.tzinfo))
    return PagerLink(f"Look {FURTHER.days} days further back", query.href(from_=f"{since:%Y-%m-%d}"))


def _pager(query: ListQuery, listing: Listing) -> tuple[PagerLink, ...]:
    is_first = query.place is None and query.at is None
    if is_first and listing.next is None:
        return ()
    at, last = query.at_text, listing.last
    links = [
        PagerLink("Newest", "" if is_first else query.href()),
        PagerLink("Older", query.href(at=at, after=str(listing.next)) if listing.next else ""),
    ]
    if isinstance(last, datetime):
        links.append(PagerLink("Oldest", query.href(at=last.isoformat().replace("+00:00", "Z"))))
    elif last or listing.next is None:
        links.append(PagerLink("Oldest", query.href(at=at, after=str(last)) if last else ""))
    return tuple(links)


def _jump(query: ListQuery) -> Jump:
    """To a day: the form keeps the filters."""
    kept = [(name, text) for name, texts in query.given.items() for text in texts]
    if query.rows != USUAL_ROWS:
        kept.append(("rows", str(query.rows)))
    return Jump(f"{query.at:%Y-%m-%d}" if query.at else "", tuple(kept))


def _sizes(query: ListQuery) -> tuple[Quick, ...]:
    """The first page anew: a place in the list is behind a number of rows."""
    return tuple(
        Quick(str(number), query.href(at=query.at_text, rows=str(number)), number == query.rows)
        for number in ROWS
    )


def _exports(query: ListQuery) -> tuple[PagerLink, ...]:
    return tuple(
        PagerLink(word, query.href("/export", format=form))
        for form, word in (("csv", "CSV"), ("json", "JSON"))
    )


def _banners(listing: Listing, has_lines: bool) -> Iterator[Banner]:
    if listing.trouble is not None:
        problem = problem_of(listing.trouble)
        instead = (
            " Shown are sessions that were listed or opened here before, as they were then."
            if has_lines
            else ""
        )
        yield Banner(
            "warn", f"{problem.title}.", f"{problem.happened} {problem.advice}{instead}", problem.since
        )
    elif listing.coverage and listing.coverage.trouble:
        words = words_for(listing.coverage.trouble)
        yield Banner(
            "warn", f"{words.title}.", f"{words.happened}. These are the rows as hoop gave them before."
        )
