"""hoop's list of sessions, page by page to its very end, each session once.

hoop pages by offset, which shifts when sessions arrive and ends at 10,000, and its dates count whole
seconds, both ends included. So a walk goes by dates: after each page it goes on from the second that
the last row began in (``until``), past the ``passed`` rows of that second that it has had. Rows that
arrive meanwhile are newer than where it stands, and what is not older than its last row is dropped.
Only a second with more sessions than the deepest offset cannot be walked through: it is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.gateway.client import MAX_PAGE
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayGarbled
from sessions_ui.gateway.wire import parse_session
from sessions_ui.session import Session

MAX_OFFSET = 10_000
SECOND = timedelta(seconds=1)
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
#: Before every session that began at the same instant: hoop orders them by id, the last one first.
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_PLACE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})~(\d{1,5})~(\d{1,12})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands: behind the session ``session_id`` that began at ``start``. ``passed``: the rows
    that hoop gives before the next one, up to the end of that second; ``seen``: rows walked past in all.

    >>> read_place("2026-11-23T12:43:17.667799Z~a729739e-ef41-4b49-8722-52a890c00663~3~100").until.second
    18
    """

    start: datetime
    session_id: str = LAST_ID
    passed: int = 0
    seen: int = 0

    def __str__(self) -> str:
        start = self.start.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        return f"{start}Z~{self.session_id}~{self.passed}~{self.seen}"

    @property
    def until(self) -> datetime:
        return whole_second(self.start)

    def is_before(self, session: Session) -> bool:
        """Whether the session comes behind it in the list."""
        return (started(session), session.id) < (self.start, self.session_id)


def read_place(text: str) -> Place:
    """Raises ValueError."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError("not a place in a list")
    start = datetime.fromisoformat(match.group(1)).replace(tzinfo=UTC)
    place = Place(start, str(UUID(match.group(2))), int(match.group(3)), int(match.group(4)))
    if place.passed > MAX_OFFSET or start < FIRST_MOMENT or start.year > 9998:
        raise ValueError("not a place in a list")
    return place


@dataclass(frozen=True, slots=True)
class Row:
    """A session of the list, and the row as received."""

    session: Session
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """``rows``: within the dates, which hoop takes by whole seconds. ``total``: how many hoop counts of
    these from the walk's beginning on, should the first bound be a whole second. ``next``: where the next
    page begins, None behind the last. ``crowded``: a second with more than hoop can be asked for. ``last``:
    where the last of several pages begins, as far as hoop counts."""

    rows: tuple[Row, ...]
    next: Place | None
    version: str
    total: int | None = None
    is_capped: bool = False
    crowded: datetime | None = None
    last: Place | None = None


def ask_page(
    wanted: ListFilter, place: Place | None = None, *, limit: int = MAX_PAGE, count: str = "none"
) -> Page:
    """One call to hoop: the rows behind ``place`` that hoop's own filters let through. Raises a
    GatewayError."""
    passed = place.passed if place else 0
    with asking(settings.HOOP_API_URL):
        answer = gateway_client().list_sessions(
            wanted.for_hoop() | _dates(wanted, place), limit=limit, offset=passed, count=count
        )
    given = [_row(fields) for fields in answer.value["data"]]
    behind = [row for row in given if place is None or place.is_before(row.session)]
    fresh = tuple(row for row in behind if wanted.fits_dates(row.session))
    seen = (place.seen if place else 0) + len(fresh)
    more = answer.value.get("has_next_page") is True and bool(given)
    following = _behind(given, place, seen) if more else None
    crowded = following.until if following and following.passed > MAX_OFFSET else None
    if crowded:
        following = Place(crowded - SECOND, seen=seen)
    counted, is_capped = answer.value.get("total"), answer.value.get("total_is_capped") is True
    total = None
    if type(counted) is int:
        # With an end, hoop counts from this second on.
        total = counted - passed - (len(behind) - len(fresh)) + (place.seen if place else 0)
    knows_last = following is not None and total is not None and not is_capped
    return Page(
        fresh,
        following,
        answer.version,
        total,
        is_capped,
        crowded,
        _last(wanted, place, given, (counted, total), limit) if knows_last else None,
    )


def walk(wanted: ListFilter, place: Place | None = None, *, count: str = "none") -> Iterator[Page]:
    """Every page from ``place`` on; the first with hoop's ``count``. Raises a GatewayError where hoop
    fails."""
    page = ask_page(wanted, place, count=count)
    yield page
    while page.next is not None:
        page = ask_page(wanted, page.next)
        yield page


def started(session: Session) -> datetime:
    """Raises GatewayGarbled: a row without it has no place in the list."""
    if session.start_date is None:
        raise GatewayGarbled("a row of the list does not say when its session began")
    return session.start_date


def whole_second(at: datetime) -> datetime:
    """The first whole second that is not before it.

    >>> whole_second(datetime(2026, 11, 23, 12, 0, 1, 5)).second, whole_second(datetime(2026, 1, 1)).second
    (2, 0)
    """
    return at if at.microsecond == 0 else at.replace(microsecond=0) + SECOND


def _dates(wanted: ListFilter, place: Place | None) -> dict[str, str]:
    """hoop takes no end without a start, ends at its own second without an end, and drops an offset."""
    if wanted.start is None and wanted.end is None and place is None:
        return {}
    ends = [whole_second(at) for at in (wanted.end, place.start if place else None) if at]
    end = min(ends) if ends else datetime.now(UTC) + timedelta(days=1)
    return {"start_date": _written(wanted.start or FIRST_MOMENT), "end_date": _written(end)}


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()}Z"


def _row(fields: Any) -> Row:
    if not isinstance(fields, dict):
        raise GatewayGarbled("the list of sessions holds something else")
    return Row(parse_session(fields), fields)


def _last(
    wanted: ListFilter, place: Place | None, given: list[Row], counts: tuple[Any, Any], limit: int
) -> Place | None:
    """Within the same dates, whose end holds off what arrives meanwhile."""
    counted, total = counts
    passed = counted - limit
    if not 0 < passed <= MAX_OFFSET:
        return None
    if place is not None:
        return Place(place.start, place.session_id, passed, total - limit)
    return Place(whole_second(wanted.end or started(given[0].session)), LAST_ID, passed, total - limit)


def _behind(given: list[Row], place: Place | None, seen: int) -> Place:
    last = given[-1].session
    until = whole_second(started(last))
    passed = sum(started(row.session) <= until for row in given)
    if place and passed == len(given) and place.until == until:
        passed += place.passed
    return Place(started(last), last.id, passed, seen)
