"""Screens that a program drew read as their text, and say what was folded."""

from __future__ import annotations

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.rows import render_rows
from sessions_ui.pages.log_rows import MOST_CONTROLS, fold_controls


def test_it_folds_what_drowns_the_text() -> None:
    drawn = b"".join(b"\x1b[%d;1H\x1b[K~" % line for line in range(2, 12))
    row = fold_controls(render_rows([Event(1, 0.0, "o", drawn)], at_end=True)[0])
    text = "".join(span.text for line in row.lines for span in line)
    assert text.replace("⟨⋯⟩", "") == "~" * 10
    assert text.count("⟨⋯⟩") == 10
    assert "screen controls are folded" in row.note


def test_it_leaves_a_few_controls_named() -> None:
    few = b"\x1b[K" * MOST_CONTROLS + b"text"
    row = render_rows([Event(1, 0.0, "o", few)], at_end=True)[0]
    assert fold_controls(row) is row
