"""The rows of some days are found by seeking, whatever the clocks of those who wrote them did."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connections, transaction

from sessions_ui.trail.acts import Act
from sessions_ui.trail.chain import BEGINNING, CLOCKS_APART
from sessions_ui.trail.heads import Head, lock_head, save_head
from sessions_ui.trail.models import HeadRecord, RowRecord
from sessions_ui.trail.reading import RowFilter, find_between, find_lines
from sessions_ui.trail.retiring import retire
from sessions_ui.trail.store import NOBODY, write

pytestmark = pytest.mark.database
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _committed(transactional_db: None) -> None:
    """The trail's database is not the other tables'."""


def keep(moments: Sequence[datetime]) -> None:
    """Rows of these moments, with the head that their writers would have left."""
    head = Head()
    rows = []
    for number, at in enumerate(moments, 1):
        head.keep_time(at)
        head.number = number
        rows.append(RowRecord(number=number, at=at, act="log-read", previous=BEGINNING, hash=BEGINNING))
    RowRecord.objects.bulk_create(rows)
    with transaction.atomic(using=settings.TRAIL_DATABASE):
        # There is one from then on.
        lock_head(settings.TRAIL_DATABASE)
        save_head(head, settings.TRAIL_DATABASE)


def numbers(since: datetime | None, until: datetime | None) -> list[int]:
    found = find_lines(RowFilter(since=since, until=until), before=None, limit=10_000)
    return [line.row.number for line in reversed(found)]


def test_it_seeks_a_day_among_many() -> None:
    """An hour between each two rows: 24 a day, and nothing outside of the day is looked at."""
    keep([BEGAN + timedelta(hours=number) for number in range(2400)])

    since, until = BEGAN + 40 * DAY, BEGAN + 41 * DAY
    assert numbers(since, until) == list(range(961, 985))
    assert find_between(since, until) == {"number__gt": 960, "number__lt": 986}
    assert find_between(None, until) == {"number__lt": 986}
    assert find_between(BEGAN - DAY, None) == {}
    assert find_between(None, BEGAN + 200 * DAY) == {}
    assert numbers(BEGAN + 200 * DAY, None) == []


def test_it_seeks_by_the_index_of_moments() -> None:
    """Else it would cost as much as it saves."""
    keep([BEGAN + timedelta(hours=number) for number in range(2400)])
    connection = connections[settings.TRAIL_DATABASE]
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE trail_rowrecord")
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    find_between(BEGAN + 40 * DAY, BEGAN + 41 * DAY)
    seeks = [
        query["sql"] for query in connection.queries if "LIMIT 1" in query["sql"] and '"at" >' in query["sql"]
    ]
    connection.force_debug_cursor = False
    assert len(seeks) == 2
    word = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    for query in seeks:
        with connection.cursor() as cursor:
            cursor.execute(f"{word} {query}")
            plan = str(cursor.fetchall())
        assert "trail_by_time" in plan
        assert "SORT" not in plan.upper()
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("seed", range(12))
def test_it_finds_every_row_whatever_the_clocks_did(seed: int) -> None:
    """Two machines a little apart, and clocks that are set forwards and back by seconds to days."""
    chance = random.Random(seed)
    moments, now = [], BEGAN + 3 * DAY
    for _ in range(150):
        if chance.random() < 0.06:
            by = chance.choice((timedelta(seconds=40), timedelta(hours=3), 2 * DAY))
            now += chance.choice((-1, 1)) * by
        now += timedelta(minutes=chance.randrange(90))
        moments.append(now + chance.choice((timedelta(), CLOCKS_APART / 2)))
    keep(moments)
    for _ in range(12):
        since = chance.choice((None, BEGAN + chance.randrange(12) * DAY))
        until = chance.choice((None, BEGAN + chance.randrange(16) * DAY))
        expected = [
            number
            for number, at in enumerate(moments, 1)
            if (since is None or at >= since) and (until is None or at < until)
        ]
        assert numbers(since, until) == expected, (seed, since, until)


def test_it_seeks_after_a_clock_was_set_back() -> None:
    """What came before is looked through, as far as its days were."""
    keep([BEGAN + timedelta(hours=number) for number in (*range(48), *range(46, 96))])
    assert find_between(BEGAN + 3 * DAY, None) == {"number__gt": 74}
    assert numbers(BEGAN + 3 * DAY, None) == list(range(75, 99))
    # In both parts there are rows of that day.
    assert find_between(BEGAN + DAY, BEGAN + 2 * DAY) == {"number__lt": 52}
    assert numbers(BEGAN + DAY, BEGAN + 2 * DAY) == list(range(25, 51))


def test_it_seeks_after_the_old_end_was_retired() -> None:
    keep([BEGAN + timedelta(hours=number) for number in range(96)])
    retire(BEGAN + DAY, who=NOBODY)
    assert find_between(BEGAN + 2 * DAY, BEGAN + 3 * DAY) == {"number__gt": 48, "number__lt": 74}
    assert numbers(BEGAN, BEGAN + 2 * DAY) == list(range(25, 49))


def test_it_looks_through_rows_of_whose_order_nothing_is_known() -> None:
    """A head that was lost is made again; what comes behind it is found by seeking."""
    keep([BEGAN + timedelta(hours=number) for number in range(48)])
    HeadRecord.objects.all().delete()
    write(Act.HEARTBEAT)
    assert find_between(BEGAN, BEGAN + DAY) == {"number__lt": 49}
    assert numbers(BEGAN, BEGAN + DAY) == list(range(1, 25))
    assert HeadRecord.objects.get().ordered_from == 49
