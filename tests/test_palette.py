from __future__ import annotations

import re
from pathlib import Path

import pytest

from sessions_ui.eventlog.palette import (
    DARK_GROUNDS,
    LIGHT_GROUNDS,
    PALETTE,
    Colour,
    contrast,
    nearest,
    stylesheet,
)
from sessions_ui.eventlog.spans import CLASSES

STYLESHEET = Path(__file__).parent.parent / "static" / "css" / "terminal.css"
TOKENS = STYLESHEET.with_name("tokens.css")
DARK = "@media (prefers-color-scheme: dark)"


def colour(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def schemes(css: str) -> dict[str, str]:
    """The rules of each scheme, light first; a rule outside any scheme counts for both."""
    dark = re.findall(re.escape(DARK) + r" \{\n(.*?)\n\}\n(?=[.}@])", css, re.DOTALL)
    return {
        "light": re.sub(re.escape(DARK) + r" \{\n.*?\n\}\n(?=[.}@])", "", css, flags=re.DOTALL),
        "dark": "\n".join(dark),
    }


def variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--(term-[a-z0-9]+): (#[0-9a-f]{6})", css))


def test_it_is_the_committed_stylesheet() -> None:
    assert STYLESHEET.read_text() == stylesheet()


def test_it_has_the_colours_of_a_terminal() -> None:
    assert len(PALETTE) == 256
    assert (PALETTE[16], PALETTE[208], PALETTE[231], PALETTE[232], PALETTE[255]) == (
        (0, 0, 0),
        (255, 135, 0),
        (255, 255, 255),
        (8, 8, 8),
        (238, 238, 238),
    )


def surfaces(scheme: str) -> tuple[Colour, ...]:
    """What a log can lie on, as the site's tokens have it."""
    css = TOKENS.read_text().split(DARK)[scheme == "dark"]
    found = re.findall(r"--(?:paper|panel|sunk|mark): (#[0-9a-f]{6})", css)
    assert len(found) == 4
    return tuple(colour(text) for text in found)


@pytest.mark.parametrize(("scheme", "grounds"), [("light", LIGHT_GROUNDS), ("dark", DARK_GROUNDS)])
def test_it_makes_every_text_readable(scheme: str, grounds: tuple[Colour, ...]) -> None:
    css = schemes(stylesheet())[scheme]
    own = variables(css)
    assert colour(own["term-ground"]) == grounds[0]
    grounds += surfaces(scheme)
    texts = dict(re.findall(r"\.t-fg-(\d+)\{--t-f:(#[0-9a-f]{6})\}", css))
    texts |= {str(n): own[f"term-{n}"] for n in range(16)}
    assert len(texts) == 256
    for text in (*texts.values(), own["term-ink"], own["term-mark"]):
        assert min(contrast(colour(text), ground) for ground in grounds) >= 4.5
    assert contrast(colour(own["term-mark"]), colour(own["term-tint"])) >= 4.5


def test_it_gives_every_ground_a_readable_text() -> None:
    pairs = re.findall(r"\.t-bg-(\d+)\{--t-b:(#[0-9a-f]{6});--t-o:(#[0-9a-f]{6})\}", stylesheet())
    assert [int(number) for number, _, _ in pairs] == list(range(256))
    for number, ground, text in pairs:
        assert colour(ground) == PALETTE[int(number)]
        assert contrast(colour(ground), colour(text)) >= 4.5


def test_it_has_a_rule_for_every_class() -> None:
    css = stylesheet()
    assert {name for name in CLASSES if f".{name}" not in css} == set()
    assert set(re.findall(r"\.((?:t|x)-[a-z]+(?:-\d+)?)", css)) <= CLASSES


def test_it_rounds_true_colours() -> None:
    assert [nearest(*PALETTE[n]) for n in (17, 100, 230, 240)] == [17, 100, 230, 240]
    assert nearest(1, 2, 3) == 16
    assert nearest(128, 128, 128) == 244
    assert {
        nearest(r, g, b) for r in range(0, 256, 51) for g in range(0, 256, 51) for b in range(0, 256, 51)
    } <= set(range(16, 256))
