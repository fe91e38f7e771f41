"""hoop's list to its very end, each session once, whatever hoop's limits."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sessions_ui.archive import list_walk
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_walk import Page, ask_page, read_place, walk
from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.errors import GatewayGarbled
from tests.crowds import BEGIN, SECOND, add_crowd, hard_instants


@pytest.fixture
def crowd(settings: Any, db: None) -> Iterator[StandIn]:
    with StandIn([]) as standin:
        settings.HOOP_API_URL, settings.HOOP_API_KEY = standin.url, standin.auditor_key
        yield standin


def found(pages: Iterator[Page]) -> Counter[str]:
    return Counter(row.session.id for page in pages for row in page.rows)


def test_it_finds_each_of_25_000_sessions_once(crowd: StandIn) -> None:
    ids = add_crowd(crowd, hard_instants(25_000, random.Random(1)))
    assert found(walk(ListFilter())) == Counter(ids)
    assert len(crowd.requests("/api/sessions")) == 250


def test_it_keeps_hoop_s_order(crowd: StandIn) -> None:
    add_crowd(crowd, hard_instants(600, random.Random(2)))
    walked = [row.session.id for page in walk(ListFilter()) for row in page.rows]
    assert walked == [session.id for session in crowd.state.newest_first()]


def test_it_counts_all_of_a_walk_on_every_page(crowd: StandIn) -> None:
    ids = add_crowd(crowd, hard_instants(430, random.Random(3)))
    place, seen = None, 0
    while True:
        page = ask_page(ListFilter(), place, limit=30, count="exact")
        assert page.total == len(ids)
        seen += len(page.rows)
        if page.next is None:
            break
        assert page.next.seen == seen
        place = read_place(str(page.next))
    assert seen == len(ids)


def test_it_counts_no_session_of_the_second_after_the_end(crowd: StandIn) -> None:
    """hoop's bounds are whole seconds, both included: a day's last one holds the next day's first instant."""
    end = BEGIN + SECOND * 10
    ids = add_crowd(crowd, [BEGIN + SECOND * number / 9 for number in range(90)])
    add_crowd(crowd, [end, end, end + SECOND])
    wanted, place, found = ListFilter(start=BEGIN, end=end - SECOND / 1_000_000), None, []
    while True:
        page = ask_page(wanted, place, limit=20, count="exact")
        found += [row.session.id for row in page.rows]
        assert page.total == len(ids)
        if page.next is None:
            break
        assert page.next.seen == len(found)
        place = page.next
    assert sorted(found) == sorted(ids)


def test_it_shows_nothing_twice_when_sessions_arrive(crowd: StandIn) -> None:
    ids = add_crowd(crowd, [BEGIN + SECOND * number / 3 for number in range(300)])
    walked: Counter[str] = Counter()
    for number, page in enumerate(walk(ListFilter())):
        walked.update(row.session.id for row in page.rows)
        add_crowd(crowd, [BEGIN + timedelta(hours=1 + number)] * 40)
    assert walked == Counter(ids)


def test_it_shows_nothing_twice_when_one_arrives_in_the_very_second(crowd: StandIn) -> None:
    ids = add_crowd(crowd, [BEGIN + SECOND / 2] * 250)
    pages = walk(ListFilter())
    walked = found(iter([next(pages)]))
    late = add_crowd(crowd, [BEGIN + SECOND * 0.75] * 3)
    walked += found(pages)
    assert walked == Counter(ids)
    assert not walked.keys() & set(late)


def test_it_names_a_second_with_more_sessions_than_hoop_gives(
    crowd: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.state.limits = replace(crowd.state.limits, offset=200)
    monkeypatch.setattr(list_walk, "MAX_OFFSET", 200)
    before = add_crowd(crowd, [BEGIN - SECOND, BEGIN - SECOND * 5, BEGIN])
    crowded = add_crowd(crowd, [BEGIN + SECOND * (number + 1) / 1000 for number in range(900)])
    after = add_crowd(crowd, [BEGIN + SECOND * 2])
    pages = list(walk(ListFilter()))
    assert [page.crowded for page in pages if page.crowded] == [BEGIN + SECOND]
    walked = found(iter(pages))
    assert set(walked.values()) == {1}
    assert {*before, *after} <= set(walked)
    assert len(set(crowded) & set(walked)) == 299


def test_it_walks_within_dates_both_included(crowd: StandIn) -> None:
    instants = [BEGIN + SECOND * number / 4 for number in range(40)]
    ids = add_crowd(crowd, instants)
    wanted = ListFilter(start=instants[5], end=instants[30])
    rows = [row.session for page in walk(wanted) for row in page.rows]
    assert [session.id for session in rows if wanted.fits(session)] == ids[30:4:-1]


@pytest.mark.parametrize("name", ["pg_payroll", "100%", "back\\slash", "plain"])
def test_it_finds_a_connection_of_any_name(name: str, crowd: StandIn) -> None:
    add_crowd(crowd, [BEGIN], connection="pg-payroll")
    add_crowd(crowd, [BEGIN + SECOND], connection="1000")
    (wanted,) = add_crowd(crowd, [BEGIN + SECOND * 2], connection=name)
    sought = ListFilter(connection=name)
    rows = [row.session for row in ask_page(sought).rows]
    assert [session.id for session in rows if sought.fits(session)] == [wanted]
    assert sought.is_exact_at_hoop == (name == "plain")


def test_it_finds_sessions_without_a_review(crowd: StandIn) -> None:
    ids = add_crowd(crowd, [BEGIN])
    crowd.add_pending_review()
    assert [row.session.id for row in ask_page(ListFilter(review="none")).rows] == ids
    assert len(ask_page(ListFilter(review="needed")).rows) == 1


def test_it_refuses_a_row_without_a_start(crowd: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = add_crowd(crowd, [BEGIN, BEGIN])
    crowd.session(ids[0]).envelope["start_date"] = None
    with pytest.raises(GatewayGarbled):
        list(walk(ListFilter(), read_place(f"2026-11-02T00:00:00.000000Z~{list_walk.LAST_ID}~0~0")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23T12:43:17Z~a729739e-ef41-4b49-8722-52a890c00663~3~100",
        "2026-11-23T12:43:17.667799Z~a729739e-ef41-4b49-8722-52a890c00663~10001~100",
        "2026-13-23T12:43:17.667799Z~a729739e-ef41-4b49-8722-52a890c00663~1~100",
        "9999-12-31T23:59:59.999999Z~a729739e-ef41-4b49-8722-52a890c00663~1~100",
        "2026-11-23T12:43:17.667799Z~a729739e~1~100",
    ],
)
def test_it_reads_no_other_place(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        read_place(text)


def test_it_writes_a_place_as_it_reads_it() -> None:
    text = "2026-11-23T12:43:17.667799Z~a729739e-ef41-4b49-8722-52a890c00663~3~100"
    assert str(read_place(text)) == text
