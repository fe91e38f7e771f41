"""Recordings in asciinema's own player."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files

import pytest
from playwright.sync_api import Page, Route, expect

from tests.recorded_facts import read, session_of
from tests.recordings import FIXTURES
from tests.test_formats import ABOUT, written

SITE = "http://127.0.0.1:1"
PAGE = """<!doctype html><link rel="stylesheet" href="/asciinema-player.css"><div id="player"></div>
<script src="/asciinema-player.js"></script>
<script>asciinema.player.js.CreatePlayer(document.getElementById("player"), "/log.cast",
  {autoPlay: true, speed: 50})</script>"""


@pytest.mark.parametrize(
    ("case", "text"), [("tty-shell", "exit status 4"), ("bash-ok", "^warning: disk 91% full")]
)
def test_it_plays_a_recording(page: Page, case: str, text: str) -> None:
    events, _ = read((FIXTURES / case / "session.expand.json").read_bytes())
    cast = written(events, "asciicast", replace(ABOUT, terminal=session_of(case).is_terminal))
    data = files("xstatic.pkg.asciinema_player") / "data"

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{SITE}/")
        if not name:
            route.fulfill(content_type="text/html", body=PAGE)
        elif name == "log.cast":
            route.fulfill(content_type="application/x-asciicast", body=cast)
        else:
            kind = "text/css" if name.endswith("css") else "text/javascript"
            route.fulfill(content_type=kind, body=(data / name).read_bytes())

    page.route(f"{SITE}/**", answer)
    page.goto(f"{SITE}/")
    # A line that was not ended as a terminal wants it would begin further to the right.
    line = page.locator(".asciinema-terminal .line").filter(has_text=re.compile(text))
    expect(line).to_be_visible()
