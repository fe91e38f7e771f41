"""Times, sizes and numbers as people read them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from sessions_ui.templatetags import words
from tests.pages import AT


def test_it_words_instants_and_survives_the_edges_of_the_calendar() -> None:
    assert words.moment(AT) == (
        '<time datetime="2026-11-23T12:34:01.079396+00:00" title="Mon 23 Nov 2026, 12:34:01.079396 UTC">'
        "Mon 23 Nov 2026, 12:34:01 UTC</time>"
    )
    east = timezone(timedelta(hours=9))
    assert "12:34:01 UTC" in words.moment(AT.astimezone(east))
    assert "12:34:01 UTC" in words.moment(AT.replace(tzinfo=None))
    assert "00:00:00 UTC" in words.moment(datetime.min.replace(tzinfo=east))
    assert words.moment(None) == words.clock(None) == words.ago({}, None) == ""
    assert re.fullmatch(r"\d+ years? ago|just now|.* ago", words.ago({}, AT) or "just now")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (-4, "just now"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (3 * 86_400, "3 days ago"),
        (70 * 86_400, "2 months ago"),
        (800 * 86_400, "2 years ago"),
        (-3700, "in 1 hour"),
    ],
)
def test_it_words_distances(seconds: int, said: str) -> None:
    assert words.distance(seconds) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2**40, "1.1 TB"), (10**16, "10,000.0 TB")],
)
def test_it_words_sizes(size: int, said: str) -> None:
    assert words.byte_size(size) == said


def test_it_gives_every_tone_an_icon() -> None:
    icons = {tone: words.tone_icon(tone) for tone in words.TONE_ICONS}
    assert len(set(icons.values())) == len(icons) == 5
    assert words.tone_icon("of a newer version") == icons["none"]
