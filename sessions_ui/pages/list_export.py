"""``/export``: the whole filtered list as a file that says what it is of.

A ZIP with the rows (``sessions.csv`` or ``sessions.json``) and, behind them, ``manifest.json``: the
filter, the time, how many sessions hoop counts, how many rows there are, and the SHA-256 of the rows'
file. Rows go through one page of hoop's at a time; what fails on the way leaves a ZIP that does not open.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.policy import rights
from sessions_ui.archive.exporting import Source, open_rows
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_walk import Row
from sessions_ui.eventlog.formats.moments import rfc3339
from sessions_ui.eventlog.formats.zip_stream import Member, zip_stream
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.covered import Looked
from sessions_ui.pages.files import LogFile, file_response, in_trail
from sessions_ui.pages.lines import lines_of, view_of
from sessions_ui.pages.list_files import CHUNK_ROWS, Told, csv_rows, json_rows
from sessions_ui.pages.list_page import undecided_words
from sessions_ui.pages.list_people import Meant, find_meant
from sessions_ui.pages.list_query import ListQuery, read_list_query
from sessions_ui.pages.opening import person_of_request
from sessions_ui.pages.refusals import BadQuery, answer_problem, answer_problems
from sessions_ui.pages.shapes import ProblemShape
from sessions_ui.pages.words import instant, plural
from sessions_ui.trail.acts import Act

log = structlog.get_logger(__name__)
FORMATS = {"csv": csv_rows, "json": json_rows}


@require_safe
@answer_problems()
def list_export(request: HttpRequest) -> HttpResponseBase:
    """The list's own parameters, and ``format``: csv or json."""
    person, query = person_of_request(request), read_list_query(request.GET, beside=("format",))
    form = request.GET.get("format", "")
    if form not in FORMATS:
        raise BadQuery("format", form, "csv or json")
    meant = find_meant(query.person, view_of(person)) if query.person else Meant((), "")
    wanted = replace(query.wanted, people=meant.ids)
    source = open_rows(view_of(person), wanted, at=timezone.now())
    if source is None:
        return answer_problem(request, _not_yet(query))
    export = Export(person, query, wanted, source, form)
    name = f"hoop-sessions_{source.at:%Y%m%d-%H%M%S}_{form}.zip"
    # It is made anew each time: no range and no validator fits the next one.
    file = LogFile(name, "application/zip", uuid.uuid4().hex, 0, None, lambda start: export.stream())
    about = {"list": dict(query.given), "format": form}
    begins = in_trail(request, Act.EXPORTED, session="", about=about, more=export.sent)
    response = file_response(request, file, begins=begins, always_whole=True)
    # A list holds sessions, no events.
    del response["X-Event-Count"]
    return response


def _not_yet(query: ListQuery) -> ProblemShape:
    return ProblemShape(
        503,
        "The list is still being read",
        "hoop cannot filter by this, so hoopviewer reads its list ahead and is not through; a part of it "
        "would not be an export.",
        "Open the list to see how far it is, and export it then.",
        retry_href=query.href(),
    )


@dataclass
class Export:
    """One export under way. The counts are those of the rows that went out so far."""

    person: Person
    query: ListQuery
    wanted: ListFilter
    source: Source
    form: str
    received: int = 0
    written: int = 0
    not_looked_for: int = 0
    size: int = 0
    first_id: str = ""
    last_id: str = ""
    digest: Any = field(default_factory=hashlib.sha256)

    def stream(self) -> Iterator[bytes]:
        try:
            yield from zip_stream(self._members(), at=self.source.at)
        except GatewayError as error:
            # The response has begun: it breaks off, and what arrived does not open.
            log.warning("export_broke_off", problem=type(error).__name__, rows=self.written)
            raise

    def _members(self) -> Iterator[Member]:
        yield f"sessions.{self.form}", self._hashed(FORMATS[self.form](self._rows()))
        yield "manifest.json", (json.dumps(self.manifest(), indent=2, ensure_ascii=False).encode() + b"\n",)

    def _rows(self) -> Iterator[Told]:
        """Some at a time, each with what the list says of it."""
        fitting = self._fitting()
        while some := list(islice(fitting, CHUNK_ROWS)):
            lines, _ = lines_of(self.person, (row.session for row in some))
            for row, line in zip(some, lines, strict=True):
                self.written += 1
                self.first_id = self.first_id or row.session.id
                self.last_id = row.session.id
                self.not_looked_for += bool(line.covering and line.covering.looked == Looked.NOT_LOOKED_FOR)
                yield row, line

    def _fitting(self) -> Iterator[Row]:
        for row in self.source.rows:
            self.received += 1
            # Rows read ahead were chosen by more than they hold.
            fits = not self.source.from_hoop or self.wanted.fits(row.session)
            if fits and rights(self.person, row.session).details:
                yield row

    def _hashed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.digest.update(chunk)
            self.size += len(chunk)
            yield chunk

    def sent(self) -> dict[str, object]:
        """What the trail keeps of it: the hash is that of the manifest."""
        sent = {"rows": self.written, "withheld": self.source.withheld}
        return {**sent, "sha256": self.digest.hexdigest()}

    def manifest(self) -> dict[str, Any]:
        """True once the rows are out."""
        source, sees_all = self.source, self.person.role in SEES_ALL
        return {
            "format": "hoopviewer list 1",
            "sentence": self.sentence(),
            "exported_at": rfc3339(source.at),
            "exported_by": {"id": self.person.id, "name": self.person.name, "email": self.person.email},
            "gateway": settings.HOOP_API_URL,
            "gateway_version": source.version,
            "filter": {name: list(texts) for name, texts in self.query.given.items()},
            "person_ids": list(self.wanted.people),
            "from": rfc3339(source.start) if source.start else None,
            "to": rfc3339(source.end),
            "source": "hoop" if source.from_hoop else "hoop's list, read ahead",
            "hoop_count": source.counted if sees_all else None,
            "rows_checked": self.checked if sees_all else None,
            "rows_undecided": source.undecided,
            "rows": self.written,
            "rows_covering_not_looked_for": self.not_looked_for,
            "first_id": self.first_id or None,
            "last_id": self.last_id or None,
            "file": f"sessions.{self.form}",
            "bytes": self.size,
            "sha256": self.digest.hexdigest(),
        }

    @property
    def checked(self) -> int:
        """How many rows hoop gave, or had given before where they were read ahead."""
        return self.received if self.source.from_hoop else self.source.checked

    def sentence(self) -> str:
        """What this file is of, and whether it is all of it."""
        if self.source.undecided:
            return f"{self._sentence()} {undecided_words(self.source.undecided, self.wanted.copied_marks)}"
        return self._sentence()

    def _sentence(self) -> str:
        source, rows = self.source, plural(self.written, "row")
        fit, are = ("fits", "is") if self.written == 1 else ("fit", "are")
        span = f"from {instant(source.start) if source.start else 'the first'} to {instant(source.end)}"
        if self.person.role not in SEES_ALL:
            looked = f"All of hoop's sessions {span} were looked through"
            return f"{looked}: {rows} {fit} and {are} this person's to see."
        if source.counted is None:
            return f"{rows}; this gateway did not say how many sessions there are {span}."
        by = " by its own filters" if source.from_hoop and self.query.given else ""
        counted = f"hoop counted {plural(source.counted, 'session')}{by} {span}"
        if self.checked != source.counted:
            return (
                f"{counted}, but gave {self.checked:,}: until that is explained, the {rows} of this file "
                "are not the whole population."
            )
        if self.written == source.counted:
            return f"{counted}, and {'its row is' if self.written == 1 else f'all {rows} are'} in this file."
        return f"{counted}, and gave them all; {rows} {fit} the whole filter and {are} in this file."
