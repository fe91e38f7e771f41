"""What the address of the list asks for, and the addresses that ask for something near it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args
from urllib.parse import urlencode

from django.http import QueryDict

from sessions_ui.archive.list_filter import (
    ALLOWED,
    APPROVED,
    FORCED,
    NO_REVIEW,
    OTHER_REVIEW,
    REVIEW_NEEDED,
    UNDECIDED,
    ListFilter,
    Mark,
)
from sessions_ui.archive.list_matching import is_review_status
from sessions_ui.archive.list_walk import Place, read_place
from sessions_ui.pages.refusals import BadQuery

MAX_TEXT = 255
#: Sessions on a page: those to choose from, and what is chosen without being asked.
ROWS = (25, 50, 100)
USUAL_ROWS, MOST_ROWS = 50, 100
MAX_TAGS = 8
#: The parameters of the list, in the order that addresses have them.
SINGLE = (
    *("person", "connection", "type", "review", "from", "to", "batch", "correlation"),
    *("status", "verb", "exit", "forced", "review_status"),
)
REPEATED = ("tag", "mark")
#: Where in the list a page begins, and how long it is.
PLACING = ("at", "after", "rows")
BESIDE = (*PLACING, "q")
STATUSES = {"open": "Open", "ready": "Ready to run", "done": "Closed"}
VERBS = {"exec": "A script", "connect": "A connection"}
REVIEWS = {
    REVIEW_NEEDED: "Waiting for approval",
    UNDECIDED: "Never decided",
    APPROVED: "Approved",
    FORCED: "Forced",
    "rejected": "Rejected",
    "revoked": "Revoked",
    OTHER_REVIEW: "Cannot be known",
    NO_REVIEW: "No approval on record",
}
#: hoop's own; what a newer hoop adds is taken as soon as a row has it.
REVIEW_STATUSES = {text: text for text in ("PENDING", *ALLOWED, "REJECTED", "REVOKED", "UNKNOWN")}
EXITS = {"failed": "Not 0: failed or stopped", "0": "0", "254": "254, abnormal", "none": "None"}
MARKS = {
    "guardrail": "Guardrail hit",
    "ai": "AI analysis",
    "masked": "Masked data",
    "masking-errors": "Masking errors",
    "truncated": "Cut at hoop's cap",
    "killed": "Killed by hand",
    "changed": "Changed at hoop",
}
#: The filters that are a choice, in whichever letter case they are written.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "review": REVIEWS,
    "review_status": REVIEW_STATUSES,
    "status": STATUSES,
    "verb": VERBS,
    "exit": EXITS,
    "mark": MARKS,
}
_WHEN = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)Z?)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z_]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """``given``: the filters as they are written, none empty. ``wanted`` leaves the person out: who that is
    has to be found out first. ``at``: the list is entered at this instant, of which the newer are left
    out; ``rows`` a page."""

    given: Mapping[str, tuple[str, ...]]
    wanted: ListFilter
    place: Place | None = None
    at: datetime | None = None
    at_text: str = ""
    rows: int = USUAL_ROWS

    @property
    def person(self) -> str:
        return self.one("person")

    def one(self, name: str) -> str:
        return self.given.get(name, ("",))[0]

    @property
    def address(self) -> str:
        """Of this very page."""
        return self.href(at=self.at_text, after=str(self.place or ""))

    def href(self, path: str = "/", **changes: str | tuple[str, ...]) -> str:
        """The address with these parameters changed (empty: left out), at the list's beginning unless
        ``after`` says otherwise."""
        given: dict[str, tuple[str, ...]] = {**self.given}
        for name, value in changes.items():
            given[name.rstrip("_")] = (value,) if isinstance(value, str) else value
        if path == "/":
            given.setdefault("rows", (str(self.rows),))
        if given.get("rows") == (str(USUAL_ROWS),):
            del given["rows"]
        pairs = [
            (name, text)
            for name in (*SINGLE, *REPEATED, *PLACING, "format")
            if name in given
            for text in given[name]
            if text
        ]
        return f"{path}?{urlencode(pairs, safe=':~')}" if pairs else path


def read_list_query(values: QueryDict, *, beside: tuple[str, ...] = BESIDE) -> ListQuery:
    """Raises BadQuery for a value that cannot be taken, and for a parameter that the list does not know:
    to pass over it would answer another question than was asked."""
    given: dict[str, tuple[str, ...]] = {}
    for name in values:
        if name not in (*SINGLE, *REPEATED, *beside):
            raise BadQuery(name, str(values[name]), "something the list can be asked for")
        texts = tuple(_as_known(name, text) for each in values.getlist(name) if (text := each.strip()))
        for text in texts:
            if name != "q" and (len(text) > MAX_TEXT or not text.isprintable()):
                raise BadQuery(name, text, f"at most {MAX_TEXT} characters that can be printed")
        if name in SINGLE and len(set(texts)) > 1:
            raise BadQuery(name, texts[1], "given once only")
        if texts and name not in beside:
            given[name] = texts[:1] if name in SINGLE else tuple(dict.fromkeys(texts))
    if len(given.get("tag", ())) > MAX_TAGS:
        raise BadQuery("tag", given["tag"][MAX_TAGS], f"one of {MAX_TAGS} tags at most")
    at = values.get("at", "").strip()
    return ListQuery(
        given,
        _filter(given),
        _place(values.get("after", "")),
        _when(at, "at", last=True),
        at,
        _rows(values.get("rows", "")),
    )


def has_empty(values: QueryDict) -> bool:
    """A form sends what was not filled in as well; the address to share leaves that out."""
    return any(not text.strip() for name in values for text in values.getlist(name))


def _filter(given: Mapping[str, tuple[str, ...]]) -> ListFilter:
    def one(name: str) -> str:
        return given.get(name, ("",))[0]

    start, end = _when(one("from"), "from"), _when(one("to"), "to", last=True)
    if start and end and start > end:
        raise BadQuery("to", one("to"), "after the beginning of the span")
    return ListFilter(
        connection=one("connection"),
        type=one("type"),
        review=_known("review", one("review"), REVIEWS.__contains__, REVIEWS),
        review_status=_known("review_status", one("review_status"), _is_status, REVIEW_STATUSES),
        start=start,
        end=end,
        batch=one("batch"),
        correlation=one("correlation"),
        status=_known("status", one("status"), STATUSES.__contains__, STATUSES),
        verb=_known("verb", one("verb"), VERBS.__contains__, VERBS),
        exit=_known("exit", one("exit"), lambda text: text in EXITS or _is_code(text), EXITS),
        forced=bool(_known("forced", one("forced"), lambda text: text == "1", {"1": ""})),
        tags=given.get("tag", ()),
        marks=tuple(_mark(text) for text in given.get("mark", ())),
    )


def _known(name: str, text: str, is_known: Callable[[str], bool], words: Iterable[str]) -> str:
    if text and not is_known(text):
        raise BadQuery(name, text, f"one of {', '.join(words)}")
    return text


def _as_known(name: str, text: str) -> str:
    return {known.casefold(): known for known in CHOICES.get(name, ())}.get(text.casefold(), text)


def _is_status(text: str) -> bool:
    """hoop's status of a review; a newer hoop's only where a row has it."""
    return text in REVIEW_STATUSES or (bool(_WORD.fullmatch(text)) and is_review_status(text))


def _is_code(text: str) -> bool:
    digits = text.removeprefix("-")
    return text.isascii() and digits.isdigit() and len(digits) < 6 and str(int(text)) == text


def _mark(text: str) -> Mark:
    for known in get_args(Mark):
        if text == known:
            mark: Mark = known
            return mark
    raise BadQuery("mark", text, f"one of {', '.join(MARKS)}")


def _when(text: str, name: str, *, last: bool = False) -> datetime | None:
    """A day in UTC (its end, for ``last``), or an instant in UTC; never with an offset, which hoop drops."""
    if not text:
        return None
    match = _WHEN.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        at = datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00'}").replace(tzinfo=UTC)
    except ValueError:
        wanted = "a day like 2026-11-23, or an instant in UTC like 2026-11-23T14:00:00Z"
        raise BadQuery(name, text, wanted) from None
    if not 1970 <= at.year < 9998:
        raise BadQuery(name, text, "a year that hoop knows")
    if last and match[2] is None:
        at += timedelta(days=1) - timedelta(microseconds=1)
    return at


def _rows(text: str) -> int:
    known = {str(number): number for number in ROWS}
    return known[_known("rows", text, known.__contains__, known)] if text else USUAL_ROWS


def _place(text: str) -> Place | None:
    if not text:
        return None
    try:
        return read_place(text)
    except ValueError as error:
        raise BadQuery("after", text, "a place in the list, as its links write it") from error
