from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from sessions_ui.access.limits import spend
from sessions_ui.models import RateRecord

pytestmark = [pytest.mark.django_db, pytest.mark.database]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_it_counts_each_key_and_kind_apart_and_begins_anew() -> None:
    with time_machine.travel(START, tick=False) as clock:
        assert [spend("x", "10.0.0.1", most=2, seconds=60) for _ in range(4)] == [True, True, False, False]
        assert spend("x", "10.0.0.2", most=2, seconds=60)
        assert spend("y", "10.0.0.1", most=2, seconds=60)
        clock.shift(timedelta(seconds=60))
        assert spend("x", "10.0.0.1", most=2, seconds=60)
        # What is past is not kept, and an address never was.
        assert RateRecord.objects.filter(kind="x").count() == 1
        assert not RateRecord.objects.filter(key_hash__contains="10.0").exists()


def test_it_lets_nobody_where_nothing_is_allowed() -> None:
    assert not spend("x", "a", most=0, seconds=60)
