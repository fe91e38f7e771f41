"""A page that waits for its review: it notices the decision by itself, says it aloud, and asks no more."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from playwright.sync_api import Page, expect

from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SessionRecord
from tests.recordings import listed_rows

HIDE = """
Object.defineProperty(document, "visibilityState", {get: () => window.away ? "hidden" : "visible"});
"""


def sign_in(page: Page, operator: Client, address: str) -> None:
    for name, cookie in operator.cookies.items():
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": address}])


def test_it_follows_a_review_until_it_is_settled(
    hoop: StandIn, operator: Client, live_server: Any, page: Page
) -> None:
    session_id = hoop.add_pending_review()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/review?" in request.url else None)
    page.on("console", lambda message: said.append(message.text))
    page.add_init_script(HIDE)
    page.clock.install()
    sign_in(page, operator, live_server.url)
    page.goto(f"{live_server.url}/sessions/{session_id}")
    expect(page.locator("#answer-approval")).to_contain_text("Waiting for approval")

    # In the background it asks once a minute; in sight, every five seconds.
    page.clock.run_for(6_000)
    page.wait_for_timeout(200)
    assert len(asked) == 1
    page.evaluate("window.away = true")
    page.clock.run_for(50_000)
    page.wait_for_timeout(200)
    assert len(asked) == 1
    page.clock.run_for(12_000)
    page.wait_for_timeout(200)
    assert len(asked) == 2

    hoop.settle_review(session_id, "APPROVED")
    SessionRecord.objects.update(fetched_at="2026-01-01T00:00:00Z")
    page.evaluate("window.away = false")
    page.clock.run_for(6_000)
    expect(page.locator("#answer-approval")).to_contain_text("Approved by Rita and Raj")
    expect(page.locator("#review-said")).to_have_text(re.compile("The review has changed. Approved by Rita"))
    expect(page.locator("#session")).to_have_count(1)
    before = len(asked)
    page.clock.run_for(30_000)
    page.wait_for_timeout(200)
    assert len(asked) == before
    assert said == []


def test_it_finds_the_covering_approval_once_the_page_is_there(
    hoop: StandIn, operator: Client, live_server: Any, page: Page
) -> None:
    row = next(row for begin, row in listed_rows().items() if begin.startswith("a729739e"))
    session_id = hoop.add_session({**row, "event_size": 0}, None, as_it_is=True)
    sign_in(page, operator, live_server.url)
    page.goto(f"{live_server.url}/sessions/{session_id}")
    expect(page.locator("#covering")).to_contain_text("Approved by Rita")
    expect(page.locator("#answer-approval")).to_contain_text("Covered by another approval")
    expect(page.locator("#answers .answer")).to_have_count(3)
