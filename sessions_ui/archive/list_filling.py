"""The rows of hoop's list are read ahead here: what hoop cannot filter is answered from them.

One process of the deployment reads at a time, under a lease, and not faster than it is told to. It
reads the newest first and then into the past, as far as somebody asked for; it stops when it is there,
so a list that nobody looks at costs hoop nothing. Rows that may still change are asked again, an old
one less often; after a day all are read once more, and what hoop no longer lists is dropped. How far
it came is a record (``ListSpanRecord``), with how many sessions hoop counts there and how many rows we have.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import QuerySet
from django.utils import timezone

from sessions_ui.archive.leases import is_leased, release_lease, renew_lease, take_lease
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View, unsettled_rows
from sessions_ui.archive.list_rows import count_rows, drop_missing, drop_rows, save_rows
from sessions_ui.archive.list_walk import FIRST_MOMENT, SECOND, Page, Place, ask_page, read_place
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.models import ListSpanRecord

#: New sessions are looked for no more often than this, and a span is walked anew after a day.
FRESH = timedelta(seconds=10)
WALK_HOLDS = timedelta(days=1)
COUNT_HOLDS = timedelta(minutes=10)
#: hoop's clock and ours may differ by so much.
SLACK = timedelta(minutes=2)
LEASE_SECONDS = 60.0
#: A row that is not settled is asked again after a tenth of its age, within these.
SOONEST, LATEST = timedelta(seconds=15), timedelta(days=1)
REFRESHES_A_ROUND = 10
#: While all is read once more, what is new is looked for this often.
PAGES_BETWEEN = 25

log = structlog.get_logger(__name__)
_thread: threading.Thread | None = None
_thread_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Coverage:
    """All that started after ``since`` (None: from hoop's first session) up to ``until`` is there.
    ``checked`` of the ``counted`` sessions that hoop names in it (None: not counted yet). ``trouble``:
    the class of the GatewayError that stopped the reading; ``crowded``: a second with more sessions than
    hoop can be asked for."""

    since: datetime | None
    until: datetime
    checked: int
    counted: int | None
    is_filling: bool
    trouble: str = ""
    crowded: str = ""

    def reaches(self, goal: datetime | None) -> bool:
        return self.since is None or (goal is not None and self.since <= goal)


class _LeaseLost(Exception):
    """Somebody else reads now."""


def default_goal() -> datetime:
    """How far back the rows reach without anybody asking for more."""
    return timezone.now() - timedelta(days=settings.HOOPVIEWER_LIST_DAYS)


def find_coverage() -> Coverage | None:
    span = _span()
    if span is None:
        return None
    return Coverage(
        span.since,
        span.until,
        span.checked,
        span.counted,
        is_leased(lease_name()),
        span.trouble,
        span.crowded,
    )


def fill_rows(goal: datetime, *, wait_seconds: float = 0) -> None:
    """Let the rows become fresh and reach back to ``goal``; returns after ``wait_seconds`` at the latest."""
    global _thread
    with _thread_lock:
        thread = _thread
        if thread is None or not thread.is_alive():
            if not _is_wanted(goal):
                return
            thread = _thread = threading.Thread(target=_run, args=(goal,), name="list rows", daemon=True)
            thread.start()
    thread.join(wait_seconds)


def finish_filling() -> None:
    """Wait for the reading that is under way in this process."""
    if _thread is not None:
        _thread.join()


def _is_wanted(goal: datetime) -> bool:
    span, now = _span(), timezone.now()
    if span is None or now - span.walked_at > WALK_HOLDS or now - span.until > FRESH:
        return True
    return span.since is not None and span.since > goal


def _run(goal: datetime) -> None:
    owner = uuid.uuid4().hex
    try:
        if take_lease(lease_name(), owner, seconds=LEASE_SECONDS):
            try:
                _Reader(owner, goal).run()
            finally:
                release_lease(lease_name(), owner)
    except _LeaseLost:
        log.warning("list_reading_lost_its_lease")
    except GatewayError as error:
        log.warning("gateway_problem", problem=type(error).__name__, reason=str(error))
        _records().update(trouble=type(error).__name__)
    except DatabaseError:
        # The page says how far the rows reach; who looks next lets it begin again.
        log.exception("list_rows_not_stored")
    finally:
        connections.close_all()


class _Reader:
    """One round of reading. Every call to hoop is a page of rows, or a count."""

    def __init__(self, owner: str, goal: datetime) -> None:
        self.owner, self.goal = owner, goal
        self.asked_at = 0.0
        now = timezone.now()
        span = _span()
        self.is_new = span is None
        self.span = span or ListSpanRecord.objects.create(
            gateway=settings.HOOP_API_URL, since=now, until=now, walked_at=now
        )

    def run(self) -> None:
        span, changed = self.span, False
        if not self.is_new:
            changed = self._read_newest()
        while span.since is not None and span.since > self.goal:
            self._read_back()
            changed = True
        if timezone.now() - span.walked_at > WALK_HOLDS:
            self._read_again()
            changed = True
        changed |= self._read_unsettled()
        counted_long_ago = span.counted_at is None or timezone.now() - span.counted_at > COUNT_HOLDS
        if (changed or counted_long_ago) and not self._count():
            self._read_newest()
            self._count()
        span.trouble = ""
        span.save(update_fields=["trouble"])

    def _read_newest(self) -> bool:
        """What has come since the last time; whether that was anything."""
        at = timezone.now()
        page = self._page(ListFilter(start=self.span.until - SLACK))
        saved = save_rows(page.rows)
        while page.next is not None:
            page = self._page(ListFilter(start=self.span.until - SLACK), page)
            saved += save_rows(page.rows)
        self.span.until = at
        self.span.save(update_fields=["until"])
        return saved > 0

    def _read_back(self) -> None:
        span = self.span
        place = read_place(span.place) if span.place else None
        self._pace()
        page = ask_page(ListFilter(), place)
        save_rows(page.rows)
        if page.crowded:
            span.crowded = page.crowded.isoformat()
        span.place = str(page.next) if page.next else ""
        span.since = page.next.until + SECOND if page.next else None
        # In the meantime it says how far it has come.
        span.checked, span.counted, span.counted_at = span.checked + len(page.rows), None, None
        span.save(update_fields=["place", "since", "crowded", "checked", "counted", "counted_at"])

    def _read_again(self) -> None:
        """The whole span, while what it says so far goes on to count."""
        begun = timezone.now()
        wanted = ListFilter(start=self.span.since, end=begun - SLACK)
        place = Place(begun - SLACK)
        page = self._page(wanted)
        for number in count(1):
            save_rows(page.rows)
            drop_missing(wanted, place, page)
            if number % PAGES_BETWEEN == 0:
                self._read_newest()
            if page.next is None:
                break
            place, page = page.next, self._page(wanted, page)
        self.span.walked_at = begun
        self.span.save(update_fields=["walked_at"])

    def _read_unsettled(self) -> bool:
        now = timezone.now()
        waiting = (
            unsettled_rows().order_by("-start_date").values_list("session_id", "start_date", "fetched_at")
        )
        due = {
            str(session_id): start
            for session_id, start, fetched_at in waiting[:5_000]
            if now - fetched_at > min(max((now - start) / 10, SOONEST), LATEST)
        }
        saved = 0
        for _ in range(REFRESHES_A_ROUND):
            if not due:
                break
            newest, oldest = max(due.values()), min(due.values())
            page = self._page(ListFilter(start=oldest, end=newest))
            saved += save_rows(page.rows)
            asked = {each for each, start in due.items() if page.next is None or start > page.next.until}
            answered = {row.session.id for row in page.rows}
            # hoop's list no longer has them, so it is not our list's to keep; what was opened is kept.
            saved += drop_rows(asked - answered)
            due = {each: start for each, start in due.items() if each not in asked | answered}
        return saved > 0

    def _count(self) -> bool:
        """Whether we have as many rows as hoop counts in the span."""
        span = self.span
        within = ListFilter(start=span.since or FIRST_MOMENT, end=span.until.replace(microsecond=0))
        self._pace()
        span.counted = ask_page(within, limit=1, count="exact").total
        span.checked = count_rows(View(everything=True), within)
        span.counted_at = timezone.now()
        span.save(update_fields=["counted", "checked", "counted_at"])
        return span.counted is None or span.counted == span.checked

    def _page(self, wanted: ListFilter, after: Page | None = None) -> Page:
        self._pace()
        return ask_page(wanted, after.next if after else None)

    def _pace(self) -> None:
        """Before every call: not too fast, and only while the lease is ours."""
        time.sleep(max(0.0, self.asked_at + 1 / settings.HOOPVIEWER_LIST_CALLS_A_SECOND - time.monotonic()))
        self.asked_at = time.monotonic()
        if not renew_lease(lease_name(), self.owner, seconds=LEASE_SECONDS):
            raise _LeaseLost


def _span() -> ListSpanRecord | None:
    return _records().first()


def _records() -> QuerySet[ListSpanRecord]:
    return ListSpanRecord.objects.filter(gateway=settings.HOOP_API_URL)


def lease_name() -> str:
    return f"list {hashlib.sha256(settings.HOOP_API_URL.encode()).hexdigest()[:32]}"
