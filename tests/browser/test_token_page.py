"""The page of one's tokens in the system's Chromium: a token is made, used, seen once and ended."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.recordings import recorded


def status_of(address: str, token: str) -> int:
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_token_is_shown_once_and_opens_the_api_until_it_is_revoked(audrey: Page) -> None:
    site = audrey.url.rstrip("/")
    api = f"{site}/api/sessions/{recorded('bash-ok/session.json')['id']}"
    audrey.get_by_role("link", name="Tokens").click()
    audrey.get_by_label("What it is for").fill("<b>Nightly</b> export")
    expect(audrey.get_by_label("Valid for")).to_have_value("30")
    audrey.get_by_role("button", name="Make a token").click()
    made = audrey.get_by_role("status", name="shown this once")
    expect(made).to_contain_text("The token “<b>Nightly</b> export”, shown this once")
    token = made.locator("code").inner_text()
    assert re.fullmatch(r"hvp_[A-Za-z0-9_-]{43}", token)
    assert not Axe().run(audrey).violations_count
    assert status_of(api, token) == 200
    audrey.reload()
    assert token not in audrey.content()
    line = audrey.get_by_role("listitem").filter(has_text="Nightly")
    expect(line).to_contain_text("Last used")
    line.get_by_role("button", name="Revoke").click()
    expect(line).to_have_count(0)
    assert status_of(api, token) == 401
