"""The pages of the list: how long, where they begin, the last of them, and a day to enter the list at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from tests.crowds import BEGIN, SECOND, add_crowd
from tests.recordings import Part
from tests.test_list import ids_on, page_of, read_ahead


def links_on(page: Part) -> dict[str, str]:
    return {link.text: link.attributes["href"] for link in page.one(css="list-foot").every("a")}


def summary_on(page: Part) -> str:
    return page.one(css="list-sum").text


@pytest.fixture
def crowd(hoop: StandIn) -> list[str]:
    """130 sessions, some of a second alike, and nothing else; newest first."""
    for session in hoop.state.newest_first():
        hoop.state.remove(session.id)
    add_crowd(hoop, [BEGIN + SECOND * (number // 20) * 600 for number in range(130)])
    return [session.id for session in hoop.state.newest_first()]


@pytest.mark.database
@pytest.mark.parametrize("query", ["", "verb=exec"])
def test_it_has_pages_of_a_chosen_length(
    query: str, crowd: list[str], hoop: StandIn, operator: Client
) -> None:
    read_ahead(operator)
    page = page_of(operator, f"/?{query}")
    assert links_on(page).keys() >= {"25", "50", "100"}
    page = page_of(operator, links_on(page)["25"])
    assert ids_on(page) == crowd[:25]
    assert summary_on(page) == "1–25 of 130 sessions"
    # It stays, whatever is clicked next.
    assert all("rows=25" in href for word, href in links_on(page).items() if word in ("Older", "Oldest"))
    quick = page.one(css="filters-quick").every("a")
    assert all("rows=25" in link.attributes["href"] for link in quick)
    hoop.forget_requests()
    page = page_of(operator, f"/?{query}&rows=100")
    assert ids_on(page) == crowd[:100]
    assert query or len(hoop.requests("/api/*")) == 1
    assert "rows=" not in links_on(page)["50"]


@pytest.mark.database
@pytest.mark.parametrize("query", ["", "verb=exec"])
def test_it_goes_to_the_last_page(query: str, crowd: list[str], hoop: StandIn, operator: Client) -> None:
    """From the first page, and from one between; what arrives meanwhile moves nothing."""
    read_ahead(operator)
    first = page_of(operator, f"/?{query}")
    second = page_of(operator, links_on(first)["Older"])
    add_crowd(hoop, [BEGIN + timedelta(days=1)] * 3)
    hoop.forget_requests()
    for page in (first, second):
        last = page_of(operator, links_on(page)["Oldest"])
        assert ids_on(last) == crowd[-50:]
        assert "Older" not in links_on(last)
        assert "Oldest" not in links_on(last)
        assert links_on(last)["Newest"] == (f"/?{query}" if query else "/")
    numbers = summary_on(page_of(operator, links_on(first)["Oldest"]))
    assert numbers.startswith("81–130 of 13")
    assert query or len(hoop.requests("/api/*")) == 3


@pytest.mark.database
@pytest.mark.parametrize("query", ["", "verb=exec&"])
def test_it_is_entered_at_a_day(query: str, crowd: list[str], hoop: StandIn, operator: Client) -> None:
    newer = add_crowd(hoop, [BEGIN + timedelta(days=1)] * 3)
    read_ahead(operator)
    page = page_of(operator, f"/?{query}at=2026-11-01")
    assert ids_on(page) == crowd[:50]
    assert summary_on(page) == "1–50 of 130 sessions up to 1 Nov 2026, 23:59:59 UTC"
    field = page.one(id="jump-at")
    assert (field.attributes["name"], field.attributes["value"]) == ("at", "2026-11-01")
    older = page_of(operator, links_on(page)["Older"])
    assert ids_on(older) == crowd[50:100]
    assert summary_on(older).startswith("51–100 of 130 sessions up to 1 Nov 2026")
    last = page_of(operator, links_on(older)["Oldest"])
    assert ids_on(last) == crowd[-50:]
    # It is a place, no filter: the newest are one click away, and no chip names it.
    assert page.some(css="filters-active") is None or "Nov" not in page.one(css="filters-active").text
    assert set(newer) <= set(ids_on(page_of(operator, links_on(page)["Newest"])))
    hidden = {
        part.attributes["name"]: part.attributes["value"]
        for part in page.one("form", css="list-jump").every("input")
        if part.attributes["type"] == "hidden"
    }
    assert hidden == ({"verb": "exec"} if query else {})


def test_it_finds_the_oldest_where_hoop_counts_no_further(
    crowd: list[str], hoop: StandIn, operator: Client
) -> None:
    """hoop's count is capped: our rows know, once they reach back to hoop's first session."""
    hoop.state.limits = replace(hoop.state.limits, count=100)
    page = page_of(operator, "/")
    assert summary_on(page) == "1–50 of more than 100 sessions"
    assert "Oldest" not in links_on(page)
    read_ahead(operator)
    last = page_of(operator, links_on(page_of(operator, "/"))["Oldest"])
    # More than a page began by that instant: they are numbered from it on.
    assert ids_on(last) == crowd[-60:-10]
    assert summary_on(last).startswith("1–50 of 60 sessions up to 1 Nov 2026, 08:20:00 UTC")


def test_it_needs_no_pages_for_a_few(hoop: StandIn, operator: Client) -> None:
    page = page_of(operator, "/?connection=bash-jit")
    assert page.some(css="list-foot") is None


def test_its_export_is_of_no_page(hoop: StandIn, operator: Client) -> None:
    read_ahead(operator)
    page = page_of(operator, "/?verb=exec&rows=25&at=2026-12-01")
    links = [link.attributes["href"] for link in page.one(css="downloads").every("a")]
    assert links == ["/export?verb=exec&format=csv", "/export?verb=exec&format=json"]
    assert operator.get("/export?format=csv&rows=25").status_code == 400


@pytest.mark.parametrize("query", ["rows=10", "rows=101", "rows=x", "at=soon", "at=2026-11-01T00:00+05"])
def test_it_refuses_another_length_or_day(query: str, hoop: StandIn, operator: Client) -> None:
    assert query.split("=")[0] in page_of(operator, f"/?{query}", 400).text
    assert hoop.requests("/api/sessions") == []
