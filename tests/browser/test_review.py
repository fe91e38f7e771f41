"""A page that waits for its review: it notices the decision by itself, says it aloud, and asks no more."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SessionRecord
from tests.recordings import listed_rows
from tests.waiting import wait_for

SCRIPT = """
Object.defineProperty(document, "visibilityState", {get: () => window.away ? "hidden" : "visible"});
window.asked = window.answered = 0;
const {open, send} = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, address, ...more) {
  this.follows = address.includes("/review?");
  return open.call(this, method, address, ...more);
};
XMLHttpRequest.prototype.send = function (...given) {
  if (this.follows) {
    window.asked += 1;
    this.addEventListener("loadend", () => { window.answered += 1; });
  }
  return send.apply(this, given);
};
"""


def sign_in(page: Page, operator: Client, address: str) -> None:
    for name, cookie in operator.cookies.items():
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": address}])


def test_it_follows_a_review_until_it_is_settled(
    hoop: StandIn, operator: Client, live_server: Any, page: Page
) -> None:
    session_id = hoop.add_pending_review()
    said: list[str] = []

    def after(seconds: int) -> tuple[int, int]:
        """How often the page has asked by then, and been answered."""
        page.clock.run_for(seconds * 1000)
        wait_for(lambda: page.evaluate("window.asked === window.answered"))
        return page.evaluate("window.asked"), page.evaluate("window.answered")

    page.on("console", lambda message: said.append(message.text))
    page.add_init_script(SCRIPT)
    # The page's time goes on when it is told to, and not with ours.
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    sign_in(page, operator, live_server.url)
    page.goto(f"{live_server.url}/sessions/{session_id}")
    expect(page.locator("#answer-approval")).to_contain_text("Waiting for approval")

    # In the background it asks once a minute; in sight, every five seconds.
    assert after(6) == (1, 1)
    page.evaluate("window.away = true")
    assert after(50) == (1, 1)
    assert after(12) == (2, 2)

    hoop.settle_review(session_id, "APPROVED")
    SessionRecord.objects.update(fetched_at="2026-01-01T00:00:00Z")
    page.evaluate("window.away = false")
    assert after(6) == (3, 3)
    expect(page.locator("#answer-approval")).to_contain_text("Approved by Rita and Raj")
    expect(page.locator("#review-said")).to_have_text(re.compile("The review has changed. Approved by Rita"))
    expect(page.locator("#session")).to_have_count(1)
    assert after(30) == (3, 3)
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
