"""open_rows: all rows of the list that a filter is about, page by page, with hoop's own count of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sessions_ui.archive.list_filling import default_goal, fill_rows, find_coverage
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.list_rows import all_rows, count_rows, count_undecided
from sessions_ui.archive.list_walk import FIRST_MOMENT, Row, ask_page, walk, whole_second

WAIT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Source:
    """``rows`` started from ``start`` (None: hoop's first) to ``end``. ``counted``: how many hoop says
    there are of these, by its own filters alone; ``checked``: how many rows those were found among,
    where they were read ahead; ``undecided``: of how many rows of the span it cannot be said whether they
    fit; ``withheld``: how many fit and are not this view's. ``version`` is the gateway's."""

    rows: Iterator[Row]
    at: datetime
    start: datetime | None
    end: datetime
    counted: int | None
    checked: int
    version: str
    from_hoop: bool
    undecided: int = 0
    withheld: int = 0


def open_rows(view: View, wanted: ListFilter, *, at: datetime) -> Source | None:
    """None while the rows are not read as far as the filter reaches. Up to a second that is over, so
    that the population cannot grow meanwhile. Raises a GatewayError, also on the way."""
    end = min(wanted.end or at, at.replace(microsecond=0))
    bounded = replace(wanted, start=wanted.start or FIRST_MOMENT, end=end)
    if view.everything and wanted.is_for_hoop:
        pages = walk(bounded, count="exact")
        first = next(pages)
        rows = (row for page in chain((first,), pages) for row in page.rows)
        return Source(rows, at, wanted.start, end, first.total, 0, first.version, True)
    goal = wanted.start or default_goal()
    fill_rows(goal, wait_seconds=WAIT_SECONDS)
    coverage = find_coverage()
    if coverage is None or not coverage.reaches(goal) or coverage.trouble:
        return None
    start = wanted.start or coverage.since
    end = min(end, coverage.until.replace(microsecond=0))
    within = replace(bounded, start=start or FIRST_MOMENT, end=end)
    # hoop counts by whole seconds, so we count its rows by the same ones.
    span = ListFilter(start=(start or FIRST_MOMENT).replace(microsecond=0), end=whole_second(end))
    counted = ask_page(span, limit=1, count="exact")
    checked = count_rows(View(everything=True), span)
    return Source(
        all_rows(view, within),
        at,
        start,
        end,
        counted=counted.total,
        checked=checked,
        version=counted.version,
        from_hoop=False,
        undecided=count_undecided(view, within),
        withheld=count_rows(View(everything=True), within) - count_rows(view, within),
    )
