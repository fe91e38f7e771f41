"""A row of the log as HTML: exact, light, nothing hostile."""

from __future__ import annotations

from sessions_ui.eventlog.rows import Row, Span
from sessions_ui.pages.log_shapes import PauseShape
from sessions_ui.templatetags import log_rows
from tests.pages import log_row


def test_it_keeps_the_lines_of_a_row_as_they_are() -> None:
    row = Row(1, "o", 0.0, "text", ((Span("  a\t<b>"), Span("red", "t-fg-1")), (), (Span("last"),)))
    assert log_rows.row_text(row) == '  a\t&lt;b&gt;<span class="t-fg-1">red</span>\n\nlast'


def test_it_keeps_a_log_row_light() -> None:
    html = log_rows.log_row(log_row())
    assert html.count("<") - html.count("</") == 6


def test_it_keeps_the_columns_without_a_time() -> None:
    assert '<span class="row-clock"></span>' in log_rows.log_row(log_row(at=None))


def test_it_escapes_what_a_silence_says() -> None:
    assert "<b>" not in log_rows.log_row(PauseShape("<b>"))
