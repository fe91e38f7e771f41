"""A row of the log: as HTML exact, light and harmless; a screen that a program drew reads as its text."""

from __future__ import annotations

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.rows import Row, Span, render_rows
from sessions_ui.pages.log_rows import MOST_CONTROLS, fold_controls
from sessions_ui.pages.log_shapes import PauseShape
from sessions_ui.templatetags import log_rows
from tests.pages import log_row


def test_it_keeps_the_lines_of_a_row_as_they_are() -> None:
    row = Row(1, "o", 0.0, "text", ((Span("  a\t<b>"), Span("red", "t-fg-1")), (), (Span("last"),)))
    text = '  a\t&lt;b&gt;<span class="t-fg-1">red</span>\n\nlast'
    assert f'<div class="row-text">{text}</div>' in log_rows.log_row(log_row()._replace(row=row))


def test_it_keeps_a_log_row_light() -> None:
    html = log_rows.log_row(log_row())
    assert html.count("<") - html.count("</") == 6


def test_it_keeps_the_columns_without_a_time() -> None:
    assert '<span class="row-clock"></span>' in log_rows.log_row(log_row(at=None))


def test_it_escapes_what_a_silence_says() -> None:
    assert "<b>" not in log_rows.log_row(PauseShape("<b>"))


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
