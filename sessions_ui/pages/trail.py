"""``/trail``: who saw what, for admins and auditors; ``/trail/export``, the same as a file.

To read it is a row as well, and an export is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from sessions_ui.access.record import record
from sessions_ui.pages.opening import require_auditor
from sessions_ui.pages.refusals import BadQuery, answer_problems
from sessions_ui.pages.shapes import Banner, PagerLink
from sessions_ui.pages.trail_files import csv_file, json_file
from sessions_ui.pages.trail_query import FORMATS, TrailQuery, read_trail_query
from sessions_ui.pages.trail_words import LABELS, deed_of, details_of, ending_of, person_words
from sessions_ui.pages.words import plural, shown
from sessions_ui.trail.acts import Act
from sessions_ui.trail.reading import Line, export_checkpoints, export_rows, find_lines
from sessions_ui.trail.sending import arrears_words, find_arrears

NOT_THEIRS = "The access trail says who saw what; it is for auditors and admins."
ROWS = 100


@dataclass(frozen=True, slots=True)
class TrailLine:
    """``ending`` is how it went, blank where the row is the whole of it."""

    number: int
    at: datetime
    who: str
    who_more: str
    person_href: str
    address: str
    deed: str
    details: str
    session_id: str
    session_href: str
    tone: str
    ending: str


@dataclass(frozen=True, slots=True)
class TrailShape:
    given: dict[str, str]
    acts: tuple[tuple[str, str], ...]
    lines: tuple[TrailLine, ...]
    summary: str
    pager: tuple[PagerLink, ...]
    exports: tuple[PagerLink, ...]
    banners: tuple[Banner, ...]


@require_safe
@answer_problems()
def trail(request: HttpRequest) -> HttpResponse:
    """``person``, ``act``, ``session``, ``from``, ``to`` filter; ``before`` is a row's number."""
    require_auditor(request, NOT_THEIRS)
    query = read_trail_query(request.GET)
    before = {"before": query.before} if query.before is not None else {}
    own = record(request, Act.TRAIL_READ, session=query.wanted.session, about={**query.given, **before})
    found = find_lines(query.wanted, before=query.before, limit=ROWS + 1)
    shape = _shape(query, found[:ROWS], more=len(found) > ROWS, own=own.number)
    return render(request, "sessions_ui/trail.html", {"trail": shape, "now": timezone.now()})


@require_GET
@answer_problems()
def trail_export(request: HttpRequest) -> HttpResponseBase:
    """The trail's own filters, and ``format``: csv or json. It ends with the row that says it was made."""
    require_auditor(request, NOT_THEIRS)
    query = read_trail_query(request.GET, beside=("format",))
    form = request.GET.get("format", "")
    if form not in FORMATS:
        raise BadQuery("format", form, "csv or json")
    about = {"what": "access trail", "format": form, **query.given}
    written = record(request, Act.EXPORTED, session=query.wanted.session, about=about)
    entries = export_rows(query.wanted, last=written.number)
    if form == "csv":
        chunks, kind = csv_file(entries), "text/csv; charset=utf-8"
    else:
        head = {"filter": dict(query.given), "exported_at": timezone.now().isoformat()}
        chunks, kind = json_file(entries, export_checkpoints(written.number), head=head), "application/json"
    response = StreamingHttpResponse(written.follow(chunks), content_type=kind)
    name = f"access-trail_{timezone.now():%Y%m%d-%H%M%S}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shape(query: TrailQuery, found: list[Line], *, more: bool, own: int) -> TrailShape:
    older = str(found[-1].row.number) if found and more else ""
    pager: tuple[PagerLink, ...] = ()
    if query.before is not None or older:
        pager = (
            PagerLink("Newest", query.href() if query.before is not None else ""),
            PagerLink("Older", query.href(before=older) if older else ""),
        )
    return TrailShape(
        given={name.replace("from", "from_"): text for name, text in query.given.items()},
        acts=tuple((str(act), label) for act, label in LABELS.items()),
        lines=tuple(_line(line, own) for line in found),
        summary=_summary(found),
        pager=pager,
        exports=tuple(
            PagerLink(word, query.href("/trail/export", format=form))
            for word, form in (("CSV", "csv"), ("JSON", "json"))
        ),
        banners=tuple(Banner("warn", arrears_words(one)) for one in find_arrears()),
    )


def _summary(found: list[Line]) -> str:
    if not found:
        return ""
    first, last = found[0].row.number, found[-1].row.number
    if first == last:
        return f"Row {first:,}"
    return f"{plural(len(found), 'row')}, from number {first:,} down to {last:,}"


def _line(line: Line, own: int) -> TrailLine:
    """``own`` is the row of the page that is being made, which cannot say yet how it goes."""
    row = line.row
    who, more = person_words(line)
    tone, ending = ending_of(line) if row.number != own else ("", "")
    named = line.who.email or line.who.subject or line.who.name
    return TrailLine(
        number=row.number,
        at=line.at,
        who=who,
        who_more=more,
        person_href=f"/trail?{urlencode({'person': named})}" if named and not line.forgotten else "",
        address=shown(line.who.address, 64),
        deed=deed_of(line),
        details=details_of(line.about),
        session_id=row.session[:8],
        session_href=f"/sessions/{row.session}" if row.session else "",
        tone=tone,
        ending=ending,
    )
