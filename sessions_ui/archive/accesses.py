"""find_accesses: the just-in-time accesses among the rows of hoop's list that may cover other sessions, for
a page of them at once; hoop is not asked. ask_accesses: the same, after one call to hoop for a page of
them. Which of them covers which is not decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.list_filling import find_coverage
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import records
from sessions_ui.archive.list_rows import KeptRow, read_row, save_rows
from sessions_ui.archive.list_walk import ask_page
from sessions_ui.session import Session

#: An access is asked for before the session that it covers; how long before, hoop does not bound.
LOOK_BACK = timedelta(days=7)
MOST = 500
#: As hoop's LIKE reads it, APPROVED and REVOKED, and none of its other statuses.
GIVEN = "%O%ED"


@dataclass(frozen=True, slots=True)
class Accesses:
    """``rows``: accesses that were given, or are waited for. They are all that hoop lists of requests after
    ``since`` (None: from its first) up to ``until`` (None: its list was not read)."""

    rows: tuple[KeptRow, ...]
    since: datetime | None = None
    until: datetime | None = None

    def reach(self, session: Session) -> bool:
        """Whether all requests are here that may have led to this session."""
        at = session.start_date
        if at is None or self.until is None or self.until < at:
            return False
        return self.since is None or self.since <= at - LOOK_BACK


def find_accesses(sessions: Sequence[Session]) -> Accesses:
    """Of the people and connections of those without a review; two queries for all. Where there are more
    than some hundred, nothing is said to be reached."""
    alone = [each for each in sessions if each.review is None and each.start_date is not None]
    starts = [each.start_date for each in alone if each.start_date]
    if not starts:
        return Accesses(())
    asked = records().filter(
        user_id__in={each.user_id for each in alone},
        connection__in={each.connection for each in alone},
        access_until__gte=min(starts),
        start_date__lte=max(starts),
    )
    found = list(asked.values_list("row", "fetched_at")[: MOST + 1])
    rows = tuple(KeptRow(read_row(row), fetched_at) for row, fetched_at in found[:MOST])
    coverage = find_coverage()
    if coverage is None or len(found) > MOST:
        return Accesses(rows)
    return Accesses(rows, coverage.since, coverage.until)


def ask_accesses(sessions: Sequence[Session]) -> Accesses:
    """One call to hoop, for the accesses that were asked for up to some days before these sessions. Raises
    a GatewayError."""
    alone = [each for each in sessions if each.review is None and each.start_date is not None]
    starts = [each.start_date for each in alone if each.start_date]
    if not starts:
        return Accesses(())
    people, connections = {each.user_id for each in alone}, {each.connection for each in alone}
    wanted = ListFilter(
        people=tuple(people) if len(people) == 1 else (),
        connection=connections.pop() if len(connections) == 1 else "",
        review_status=GIVEN,
        start=min(starts) - LOOK_BACK,
        end=max(starts),
    )
    page = share_flight(f"accesses {wanted}", lambda: ask_page(wanted))
    save_rows(page.rows)
    since = page.next.until if page.next else wanted.start
    return replace(find_accesses(sessions), since=since, until=wanted.end)
