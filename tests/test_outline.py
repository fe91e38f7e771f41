"""The outline of a log: density, pauses and errors at their times."""

from __future__ import annotations

import pytest

from sessions_ui.archive import outlines
from sessions_ui.archive.outlines import get_outline
from sessions_ui.eventlog.outline import BUCKETS, MARKS, PAUSES, Stretch, draw_outline
from tests.test_reading import stored


def test_it_counts_each_event_once() -> None:
    stretches = [Stretch(n, n / 10, 3, n % 2, error=False) for n in range(1, 1001)]
    outline = draw_outline(stretches, first=0.1, last=100.0)
    assert sum(outline.printed) == 3000
    assert sum(outline.typed) == 500
    assert len(outline.printed) == BUCKETS


def test_it_names_the_longest_pauses_in_order_of_time() -> None:
    at, stretches = 0.0, []
    for number, gap in enumerate([1, 40, 31, 50, 32, 33, 34, 29], 1):
        at += gap
        stretches.append(Stretch(number, at, 1, 0, error=False))
    found = draw_outline(stretches, first=1, last=at).pauses
    assert [(pause.event, pause.seconds) for pause in found] == [(2, 40), (4, 50), (5, 32), (6, 33), (7, 34)]
    assert len(found) == PAUSES


def test_it_bounds_what_it_marks() -> None:
    stretches = [Stretch(n, float(n), 1, 0, error=True) for n in range(1, 500)]
    assert len(draw_outline(stretches, first=1, last=499).errors) == MARKS


@pytest.mark.parametrize(("first", "last"), [(0.0, 0.0), (5.0, 5.0), (9.0, 1.0)])
def test_it_draws_a_log_without_length(first: float, last: float) -> None:
    outline = draw_outline([Stretch(1, 5.0, 7, 0, error=False)], first=first, last=last)
    assert outline.printed[0] == 7
    assert outline.place(5.0) == 0.0


@pytest.mark.database
def test_it_is_the_same_from_columns_and_from_segments(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("o", b"x" * 500)] * 3000 + [("e", b"exit status 1")]
    # Each segment takes 52 s, which is no pause: it printed all the time.
    log = stored(rows, pause_before=1200)
    fine = get_outline(log)
    outlines._drawn.cache_clear()
    monkeypatch.setattr(outlines, "DETAILED_SEGMENTS", 0)
    monkeypatch.setattr(outlines, "SLOW_SEGMENTS", 1)
    coarse = get_outline(log)
    outlines._drawn.cache_clear()
    assert sum(fine.printed) == 1_500_013
    assert sum(fine.printed[:200]) > 0.8 * 1_250_000
    assert [mark.event for mark in coarse.errors] == [mark.event for mark in fine.errors] == [3001]
    assert coarse.pauses == fine.pauses
    assert [(pause.event, round(pause.seconds)) for pause in fine.pauses] == [(1201, 60)]
    assert sum(coarse.printed) == sum(fine.printed)
