"""look_for_requests: the just-in-time requests that may cover a session without a review.

Promises: at most two pages of hoop's list for each status, the nearest before the session's start;
kept for a minute in this process; while hoop cannot be asked, our own copies of such requests
stand in, and the answer says so. Whether one of them covers the session is not decided here.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.kept import kept_of
from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.sessions import get_session
from sessions_ui.gateway.client import MAX_PAGE
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayError, GatewayGarbled, GatewayNotFound
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import SessionRecord
from sessions_ui.session import Session

STATUSES = ("APPROVED", "REVOKED")
PAGES = 2
FRESH_SECONDS = 60
KEPT_LOOKS = 256
#: hoop takes an end of a range only together with a beginning.
LONG_AGO = "2000-01-01T00:00:00Z"
_kept: OrderedDict[tuple[str, str], tuple[float, Requests]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Requests:
    """List rows of hoop's (or our copies), newest first. ``all_seen`` False: hoop has older ones that
    were not looked at. ``trouble``: hoop could not be asked."""

    sessions: tuple[Session, ...]
    all_seen: bool = True
    trouble: GatewayError | None = None


def find_named(session: Session) -> Session | None:
    """The session whose credentials opened this one, by its metadata (which its owner can change);
    None: it names none, or hoop has no such session. Raises a GatewayError."""
    if not session.credential_session:
        return None
    try:
        return get_session(UUID(session.credential_session)).session
    except GatewayNotFound:
        return None


def look_for_requests(session: Session) -> Requests:
    """Of the same person on the same connection, made before the session began. Raises a GatewayError
    when hoop refuses; while it is away, what we hold answers."""
    if not session.user_id or not session.connection or session.start_date is None:
        return Requests(())
    key = (settings.HOOP_API_URL, session.id)
    with _lock:
        made, known = _kept.get(key, (0.0, None))
    if known is not None and time.monotonic() - made < FRESH_SECONDS:
        return known
    try:
        found = share_flight(f"requests before {session.id}", lambda: _ask(session))
    except GatewayError as error:
        if not error.away:
            raise
        return Requests(tuple(_held(session)), all_seen=False, trouble=error)
    with _lock:
        _kept[key] = (time.monotonic(), found)
        _kept.move_to_end(key)
        while len(_kept) > KEPT_LOOKS:
            _kept.popitem(last=False)
    return found


def _ask(session: Session) -> Requests:
    rows: list[Session] = []
    all_seen = True
    for status in STATUSES:
        for page in range(PAGES):
            found, more = _page(session, status, page * MAX_PAGE)
            # hoop reads _ and % in a filter as wildcards.
            rows += [row for row in found if _is_alike(row, session)]
            if not more:
                break
        else:
            all_seen = False
    return Requests(tuple(rows), all_seen)


def _page(session: Session, status: str, offset: int) -> tuple[list[Session], bool]:
    assert session.start_date is not None
    until = session.start_date + timedelta(seconds=1)
    filters = {
        "user": session.user_id,
        "connection": session.connection,
        "review.status": status,
        "start_date": LONG_AGO,
        "end_date": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        "count": "none",
    }
    with asking(settings.HOOP_API_URL):
        answer = gateway_client().list_sessions(filters, limit=MAX_PAGE, offset=offset).value
    if not all(isinstance(row, dict) for row in answer["data"]):
        raise GatewayGarbled("the list of sessions holds something else")
    return [parse_session(row) for row in answer["data"]], answer.get("has_next_page") is True


def _held(session: Session) -> Iterator[Session]:
    records = SessionRecord.objects.filter(
        gateway=settings.HOOP_API_URL,
        user_id=session.user_id,
        connection=session.connection,
        review_status__in=STATUSES,
    )
    for record in records.order_by("-start_date")[: PAGES * MAX_PAGE]:
        yield kept_of(record).session


def _is_alike(row: Session, session: Session) -> bool:
    return (row.user_id, row.connection) == (session.user_id, session.connection)


def forget_requests() -> None:
    """Drop what is kept in this process."""
    with _lock:
        _kept.clear()
