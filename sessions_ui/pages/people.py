"""``/people``: who has access, to what and why, for admins and auditors; ``/people/export``, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from sessions_ui.access.record import record
from sessions_ui.access.roll import Entry, LiveToken, read_roll
from sessions_ui.eventlog.formats.csv_rows import guard_formula
from sessions_ui.pages.opening import require_auditor
from sessions_ui.pages.refusals import BadQuery, answer_problems
from sessions_ui.pages.words import MAX_NAME, plural, shown
from sessions_ui.trail.acts import Act

NOT_THEIRS = "Who has access is for auditors and admins to review."
#: A page of more would be no page; the file has all.
MOST = 500
SEES = {
    "all": "Every session",
    "reviewed": "Own sessions, and what their groups review",
    "own": "Own sessions",
    "nothing": "Nothing: not let in",
}
HEADER = (
    *("person", "email", "hoop_id", "sign_in", "issuer", "subject", "sees", "why", "groups"),
    *("last_sign_in", "live_tokens", "tokens_that_see_input", "tokens", "live_links"),
)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """``tokens``: each in a few words; ``links``: blank where there is none."""

    name: str
    email: str
    sees: str
    why: str
    groups: str
    last_at: datetime | None
    way: str
    tokens: tuple[str, ...]
    links: str


@require_safe
@answer_problems()
def people(request: HttpRequest) -> HttpResponse:
    """Takes nothing from the query."""
    require_auditor(request, NOT_THEIRS)
    _refuse_others(request, ())
    record(request, Act.PEOPLE_READ)
    entries = read_roll()
    context = {
        "lines": [_line(entry) for entry in entries[:MOST]],
        "summary": _summary(entries),
        "left_out": f"{len(entries) - MOST:,} more are in the file." if len(entries) > MOST else "",
        "now": timezone.now(),
    }
    return render(request, "sessions_ui/people.html", context)


@require_GET
@answer_problems()
def people_export(request: HttpRequest) -> HttpResponseBase:
    """``format=csv``: everybody, a row each."""
    require_auditor(request, NOT_THEIRS)
    _refuse_others(request, ("format",))
    if (form := request.GET.get("format", "")) != "csv":
        raise BadQuery("format", form, "csv")
    entries = read_roll()
    written = record(request, Act.EXPORTED, about={"what": "people", "format": form})
    chunks = written.follow(iter((csv_file(entries),)))
    response = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    name = f"people-with-access_{timezone.now():%Y%m%d-%H%M%S}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_file(entries: list[Entry]) -> bytes:
    """RFC 4180, UTF-8; cells that a spreadsheet would run are made harmless."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for entry in entries:
        writer.writerow([guard_formula(cell) for cell in _cells(entry)])
    return held.getvalue().encode("utf-8", "replace")


def _cells(entry: Entry) -> Iterator[str]:
    yield from (entry.name, entry.email, entry.hoop_id, entry.way, entry.issuer, entry.subject)
    yield from (SEES[entry.sees], entry.why, "; ".join(entry.groups))
    yield entry.last_at.isoformat(timespec="seconds").replace("+00:00", "Z") if entry.last_at else "never"
    yield str(len(entry.tokens))
    yield str(sum(token.sees_input for token in entry.tokens))
    yield "; ".join(_token_words(token) for token in entry.tokens)
    yield str(entry.links)


def _refuse_others(request: HttpRequest, known: tuple[str, ...]) -> None:
    """Raises BadQuery for a parameter that means nothing here."""
    for name in request.GET:
        if name not in known:
            raise BadQuery(name, request.GET[name], "something that this page can be asked for")


def _summary(entries: list[Entry]) -> str:
    counts = [sum(entry.sees == sees for entry in entries) for sees in SEES]
    people = plural(len(entries), "person", "people")
    words = ("see every session", "their own and what their groups review", "their own", "not let in")
    return f"{people}: {', '.join(f'{count:,} {what}' for count, what in zip(counts, words, strict=True))}"


def _line(entry: Entry) -> PersonLine:
    return PersonLine(
        name=shown(entry.name, MAX_NAME),
        email=shown(entry.email, MAX_NAME) if entry.email != entry.name else "",
        sees=SEES[entry.sees],
        why=shown(entry.why, 300),
        groups=shown(", ".join(entry.groups), 200),
        last_at=entry.last_at,
        way=entry.way,
        tokens=tuple(shown(_token_words(token), 160) for token in entry.tokens),
        links=plural(entry.links, "link") if entry.links else "",
    )


def _token_words(token: LiveToken) -> str:
    sees = ", sees typed input" if token.sees_input else ""
    return f"{token.name} ({token.beginning}…) until {token.expires_at:%d %b %Y}{sees}"
