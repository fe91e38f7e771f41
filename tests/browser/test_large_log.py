"""A log of 400,000 events in the system's Chromium, on the site as people start it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sessions_ui.demo.standin import StandIn
from tests.processes import free_port, running

EVENTS = 400_000
#: The line of event 123,457: block 123, place 455.
EVENT, TEXT = 123_457, "batch 00000123 line 455 INFO request path=/orders/03145"


@dataclass(frozen=True)
class Site:
    address: str
    entry: str
    log: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("site")
    port = free_port()
    with StandIn(samples=False) as hoop:
        session_id = hoop.add_large_log(events=EVENTS)
        gateway = {"HOOP_API_URL": hoop.url, "HOOP_API_KEY": hoop.auditor_key}
        data = str(directory / "data")
        with running("serve", port, directory, HOOPVIEWER_DATA_DIR=data, **gateway) as (_, said):
            entry = re.search(r"http://\S+/open/\S+", said)
            assert entry
            address = f"http://127.0.0.1:{port}"
            yield Site(address, entry[0], f"{address}/sessions/{session_id}")


@pytest.fixture(scope="module")
def first(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """The browser that opened the one-time address."""
    context = browser.new_context()
    context.new_page().goto(site.entry)
    yield context
    context.close()


@pytest.fixture(scope="module")
def second(browser: Browser, first: BrowserContext) -> Iterator[BrowserContext]:
    """Another one, with the entry of the first and nothing else of it."""
    context = browser.new_context()
    context.add_cookies([cookie for cookie in first.cookies() if cookie["name"] == "hoopviewer_entry"])
    yield context
    context.close()


@pytest.fixture
def page(first: BrowserContext, site: Site) -> Iterator[Page]:
    """Its page of the log, which comes by itself once the log is there."""
    page = first.new_page()
    page.goto(site.log)
    expect(page.locator("#event-log")).to_contain_text(re.compile("is being read from hoop|of 400,000"))
    expect(page.locator("#event-log .log-range")).to_contain_text("of 400,000")
    yield page
    page.close()


def number_of(page: Page, place: str) -> int:
    row = page.locator("#event-log .row-no")
    text = (row.first if place == "first" else row.last).get_attribute("href") or ""
    found = re.search(r"[?&]e=(\d+)", text)
    assert found, text
    return int(found[1])


def test_it_jumps_to_the_end(page: Page) -> None:
    page.locator("#event-log").get_by_role("link", name="Last").click()
    expect(page.locator("#event-log a[rel=next]")).to_have_count(0)
    expect(page.locator("#event-log .log-range")).to_contain_text(re.compile("to 400,?000 of 400,000"))
    assert number_of(page, "last") == EVENTS
    page.locator("#event-log").get_by_role("link", name="Previous").click()
    expect(page.locator("#event-log a[rel=next]")).to_have_count(1)
    assert EVENTS - 500 < number_of(page, "last") < EVENTS


def test_it_finds_a_line_and_shows_it_in_another_browser(
    page: Page, second: BrowserContext, site: Site
) -> None:
    page.locator("#log-q").fill(TEXT)
    page.get_by_role("button", name="Search all of it").click()
    expect(page.locator("#search-answer")).to_contain_text("1 hit")
    hit = page.locator(".hit")
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text(TEXT)
    hit.get_by_role("link").click()
    marked = page.locator("#event-log li.row-marked")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text(TEXT)
    expect(marked).to_be_in_viewport()

    other = second.new_page()
    other.goto(page.url)
    same = other.locator("#event-log li.row-marked")
    expect(same).to_have_count(1)
    expect(same).to_be_in_viewport()
    assert same.inner_text() == marked.inner_text()
    assert number_of(other, "first") == number_of(page, "first")


def test_it_finds_every_line_of_a_kind(page: Page, site: Site) -> None:
    page.goto(f"{site.log}/search?q=ERROR&case=1")
    # Four lines in every thousand are errors, the word of each in colour.
    expect(page.locator("#search-answer")).to_contain_text("1,600 hits")


def test_it_opens_at_a_line_in_the_middle(page: Page, site: Site) -> None:
    page.goto(f"{site.log}?e={EVENT}")
    marked = page.locator("#event-log li.row-marked")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text(TEXT)
    expect(marked).to_be_in_viewport()
    assert number_of(page, "first") < EVENT < number_of(page, "last")


def test_it_keeps_the_numbers_when_it_shows_one_kind(page: Page, site: Site) -> None:
    log = page.locator("#event-log")
    foot = log.locator(".log-range")
    log.get_by_role("list", name="Kinds of events shown").get_by_role("link", name="Output").click()
    expect(foot).to_contain_text("of 400,000, only output (399,999 events)")
    assert number_of(page, "first") == 2
    log.get_by_role("link", name="Last").click()
    expect(foot).to_contain_text(re.compile("to 400,?000 of 400,000, only output"))
    assert number_of(page, "last") == EVENTS
    page.goto(f"{site.log}/log?kinds=i")
    expect(foot).to_contain_text("Event 1 of 400,000, only input (1 event)")
