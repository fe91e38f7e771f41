"""Reading a log by hand in the system's Chromium: the strip's one tab stop, a stretch by Shift-click."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.recordings import recorded


@pytest.fixture
def terminal(audrey: Page, demo_address: str) -> Page:
    audrey.goto(f"{demo_address}/sessions/{recorded('tty-shell/session.json')['id']}/log")
    expect(audrey.locator("#event-log .row").first).to_be_visible()
    return audrey


def test_the_strip_is_one_tab_stop(terminal: Page) -> None:
    cells = terminal.locator("[data-strip] a")
    assert cells.count() == 24
    terminal.locator("#event-log .downloads a").last.focus()
    terminal.keyboard.press("Tab")
    expect(cells.first).to_be_focused()
    stroke = "cell => getComputedStyle(cell.querySelector('rect')).stroke"
    assert cells.first.evaluate(stroke) != "none"
    assert cells.last.evaluate(stroke) == "none"
    terminal.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    terminal.keyboard.press("End")
    expect(cells.last).to_be_focused()
    terminal.keyboard.press("Tab")
    assert terminal.evaluate("document.activeElement.closest('[data-strip]')") is None
    terminal.keyboard.press("Shift+Tab")
    expect(cells.last).to_be_focused()
    terminal.keyboard.press("Home")
    terminal.keyboard.press("Enter")
    terminal.wait_for_url(re.compile(r"/log\?e=1$"))


@pytest.mark.parametrize("width", [1280, 390])
def test_shift_click_cites_a_stretch(width: int, terminal: Page) -> None:
    terminal.set_viewport_size({"width": width, "height": 844})
    number = terminal.locator("#event-log .row-no")
    number.filter(has_text=re.compile(r"^6$")).click()
    citation = terminal.locator("#event-log .cited")
    expect(citation.locator("summary")).to_have_text("Cite 6")
    expect(citation.get_by_role("button", name="Copy as text")).to_be_in_viewport()
    expect(terminal.locator("#event-log .row-marked")).to_be_in_viewport()
    number.filter(has_text=re.compile(r"^3–4$")).click(modifiers=["Shift"])
    expect(citation.locator("summary")).to_have_text("Cite 3-6")
    marked = terminal.locator("#event-log .row-marked")
    # Events 3 and 4 are a typed line and its echo: one row.
    expect(marked).to_have_count(3)
    expect(marked.first).to_be_in_viewport()
    expect(citation.get_by_role("button", name="Copy as text")).to_be_in_viewport()
    assert len(terminal.context.pages) == 1


def test_it_keeps_a_pasted_citation_closed(terminal: Page) -> None:
    terminal.goto(f"{terminal.url}?e=6")
    expect(terminal.locator("#event-log .row-marked")).to_be_in_viewport()
    expect(terminal.locator("#citation details")).not_to_have_attribute("open", "")


def test_hidden_input_is_shown_once_and_for_a_reason(terminal: Page) -> None:
    expect(terminal.locator("#e57 .row-text")).to_have_text("⟨input hidden⟩")
    terminal.locator("#e57 .row-no").click()
    terminal.get_by_role("link", name="Show what is hidden here").click()
    terminal.get_by_label("Why you need to see it").fill("Ticket SEC-17")
    terminal.get_by_role("button", name="Show it").click()
    expect(terminal.locator("#e57 .row-text")).to_have_text("s3cr3t-Pa55⟨enter⟩")
    terminal.get_by_role("link", name="Back to the session").click()
    expect(terminal.locator("#e57 .row-text")).to_have_text("⟨input hidden⟩")


def test_one_goes_from_hit_to_hit(terminal: Page) -> None:
    terminal.get_by_label("Search", exact=True).fill("prod$")
    terminal.get_by_role("button", name="Search all of it").click()
    terminal.locator("#hit-1 a").click()
    expect(terminal.locator("#log-hits")).to_contain_text(re.compile(r"Hit 1 of \d+ for “prod\$”"))
    terminal.get_by_role("link", name="Next hit").click()
    expect(terminal.locator("#log-hits")).to_contain_text("Hit 2 of")
    expect(terminal.locator(".row-marked .row-text")).to_contain_text("prod$")
