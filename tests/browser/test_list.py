"""The list as a person uses it: filters without a new page, an address to pass on, what belongs together."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_it_filters_in_place_and_shows_what_belongs_to_a_session(audrey: Page) -> None:
    audrey.get_by_label("Connection", exact=True).fill("bash-jit")
    audrey.get_by_role("button", name="Filter", exact=True).click()
    expect(audrey).to_have_url(re.compile(r"/\?connection=bash-jit$"))
    rows = audrey.locator("#session-list tbody tr")
    expect(rows.filter(has_not_text="bash-jit")).to_have_count(0)
    expect(rows).not_to_have_count(0)
    expect(audrey.get_by_label("Connection", exact=True)).to_have_value("bash-jit")
    # What covers a session is there a moment after the list, with a link of its own.
    expect(rows.filter(has_text="Covered by another approval")).not_to_have_count(0)
    rows.first.locator(".line-title").get_by_role("link").click()
    audrey.get_by_role("link", name="Related sessions").scroll_into_view_if_needed()
    expect(audrey.locator("#related tbody tr")).not_to_have_count(0)
    audrey.go_back()
    audrey.get_by_role("link", name="Connection bash-jit").click()
    expect(audrey).to_have_url(re.compile(r"/$"))
    audrey.get_by_role("link", name="Failed or stopped", exact=True).click()
    expect(audrey.get_by_text(re.compile(r"Checked \d+ of \d+ sessions from hoop's first"))).to_be_visible()
