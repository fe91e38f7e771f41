from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections

from sessions_ui.archive import leases
from sessions_ui.archive.leases import is_leased, release_lease, renew_lease, share_flight, take_lease
from sessions_ui.models import LeaseRecord
from tests.waiting import LONG, wait_for


@pytest.mark.database
@pytest.mark.django_db
def test_it_gives_a_lease_to_one_owner_at_a_time() -> None:
    assert take_lease("log 1", "a", seconds=3600)
    assert not take_lease("log 1", "b", seconds=3600)
    assert not take_lease("log 1", "a", seconds=3600)
    assert take_lease("log 2", "b", seconds=3600)
    assert is_leased("log 1")

    release_lease("log 1", "b")
    assert is_leased("log 1")
    release_lease("log 1", "a")
    assert not is_leased("log 1")
    assert take_lease("log 1", "b", seconds=3600)


@pytest.mark.database
@pytest.mark.django_db
def test_it_gives_a_lease_that_ran_out_to_the_next() -> None:
    take_lease("log 1", "dead", seconds=-0.01)

    assert not is_leased("log 1")
    assert not renew_lease("log 1", "dead", seconds=3600)
    assert take_lease("log 1", "b", seconds=3600)
    assert not renew_lease("log 1", "dead", seconds=3600)
    assert renew_lease("log 1", "b", seconds=3600)
    assert LeaseRecord.objects.get().owner == "b"


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_it_renews_from_now_on() -> None:
    take_lease("log 1", "a", seconds=3600)
    taken = LeaseRecord.objects.get().expires_at
    renew_lease("log 1", "a", seconds=7200)
    assert LeaseRecord.objects.get().expires_at - taken > timedelta(seconds=3500)

    # Not added to what was left.
    renew_lease("log 1", "a", seconds=0.1)
    wait_for(lambda: not is_leased("log 1"))


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_it_goes_by_the_databases_clock() -> None:
    with time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC)):
        assert take_lease("log 1", "slow clock", seconds=3600)
    with time_machine.travel(datetime(2050, 1, 1, tzinfo=UTC)):
        assert is_leased("log 1")
        assert not take_lease("log 1", "fast clock", seconds=3600)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["free", "run out"])
def test_it_has_one_winner_when_many_ask_at_once(state: str) -> None:
    if state == "run out":
        take_lease("log 1", "dead", seconds=-1)
    start = threading.Barrier(12)

    def ask(number: int) -> bool:
        start.wait(LONG)
        try:
            return take_lease("log 1", str(number), seconds=3600)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as people:
        won = list(people.map(ask, range(12)))

    assert won.count(True) == 1
    assert LeaseRecord.objects.get().owner == str(won.index(True))


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """One more for everybody who waits for a flight."""
    count = threading.Semaphore(0)

    class Flight(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            count.release()
            return super().result(timeout)

    monkeypatch.setattr(leases, "Future", Flight)
    return count


def test_it_shares_one_flight(waiting: threading.Semaphore) -> None:
    calls: list[int] = []
    entered, go = threading.Event(), threading.Event()

    def work() -> object:
        calls.append(1)
        entered.set()
        go.wait(LONG)
        return object()

    with ThreadPoolExecutor(20) as people:
        first = people.submit(share_flight, "x", work)
        entered.wait(LONG)
        assert share_flight("y", lambda: 7) == 7
        assert waiting.acquire(timeout=LONG)
        others = [people.submit(share_flight, "x", work) for _ in range(19)]
        for _ in others:
            assert waiting.acquire(timeout=LONG)
        go.set()
        values = {id(one.result()) for one in (first, *others)}

    assert len(calls) == len(values) == 1
    assert share_flight("x", lambda: 8) == 8


def test_it_shares_a_failure_and_forgets_it(waiting: threading.Semaphore) -> None:
    entered, go = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        go.wait(LONG)
        raise LookupError("gone")

    with ThreadPoolExecutor(5) as people:
        first = people.submit(share_flight, "x", work)
        entered.wait(LONG)
        others = [people.submit(share_flight, "x", work) for _ in range(4)]
        for _ in others:
            assert waiting.acquire(timeout=LONG)
        go.set()
        for one in (first, *others):
            with pytest.raises(LookupError):
                one.result()

    assert share_flight("x", lambda: 8) == 8
