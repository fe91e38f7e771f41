"""The colours of the stylesheets, held to WCAG AA in both schemes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from sessions_ui.eventlog.palette import contrast

ROOT = Path(settings.BASE_DIR)


def tokens(dark: bool) -> dict[str, tuple[int, int, int]]:
    source = (ROOT / "static/css/tokens.css").read_text()
    light, _, rest = source.partition("@media (prefers-color-scheme: dark)")
    found: dict[str, tuple[int, int, int]] = {}
    for part in (light, rest.partition("@media")[0]) if dark else (light,):
        for name, value in re.findall(r"--([\w-]+): #([0-9a-f]{6});", part):
            found[name] = (int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16))
    return found


TEXT_PAIRS = [
    *((text, ground) for text in ("ink", "soft", "accent") for ground in ("paper", "panel", "sunk", "mark")),
    *(
        (text, f"{tone}-wash")
        for tone in ("good", "warn", "bad", "busy", "none")
        for text in (tone, "soft", "ink")
    ),
    *((tone, ground) for tone in ("good", "warn", "bad", "busy", "none") for ground in ("panel", "paper")),
    ("bad", "sunk"),
    ("bad", "mark"),
    ("ink", "accent-wash"),
    ("soft", "accent-wash"),
    ("on-accent", "accent"),
    ("on-accent-fill", "accent-fill"),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_it_can_be_read(text: str, ground: str, dark: bool) -> None:
    colours = tokens(dark)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("edge", ["edge", "accent", "mark-edge", "accent-fill"])
def test_it_shows_the_edges_of_what_can_be_used(edge: str, dark: bool) -> None:
    colours = tokens(dark)
    for ground in ("panel", "paper"):
        assert contrast(colours[edge], colours[ground]) >= 3


def test_it_highlights_scripts_readably() -> None:
    source = (ROOT / "static/css/highlight.css").read_text()
    light, _, dark = source.partition("@media (prefers-color-scheme: dark)")
    for part, panel in ((light, tokens(False)["panel"]), (dark, tokens(True)["panel"])):
        colours = re.findall(r"color: #([0-9a-f]{3,6})", part)
        assert len(colours) > 20
        for value in colours:
            full = "".join(digit * 2 for digit in value) if len(value) == 3 else value
            assert contrast((int(full[:2], 16), int(full[2:4], 16), int(full[4:], 16)), panel) >= 4.5
