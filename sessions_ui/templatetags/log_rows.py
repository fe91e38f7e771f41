"""A row of the event log as HTML. In Python because a page has 200 of them and a template takes
five times as long; every value passes ``escape``, whatever it is and wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from itertools import dropwhile, takewhile

from django import template
from django.utils.safestring import SafeString

from sessions_ui.eventlog.rows import Line, Row
from sessions_ui.pages.shapes import LogRowShape, PauseShape
from sessions_ui.templatetags.words import clock

register = template.Library()


@register.simple_tag
def log_rows(rows: Iterable[LogRowShape | PauseShape], until: str = "", since: str = "") -> SafeString:
    """The list items of a window: those before the row whose anchor is ``until``, or from ``since`` on."""
    if until:
        rows = takewhile(lambda row: getattr(row, "anchor", "") != until, rows)
    if since:
        rows = dropwhile(lambda row: getattr(row, "anchor", "") != since, rows)
    return SafeString("".join(map(log_row, rows)))


@register.simple_tag
def log_row(row: LogRowShape | PauseShape) -> SafeString:
    """A list item: an event with its gutter, or a silence."""
    if isinstance(row, PauseShape):
        return SafeString(f'<li class="pause"><span>{escape(row.text)}</span></li>')
    marked = ' aria-current="true"' if row.marked else ""
    return SafeString(
        f'<li class="{_classes(row)}" id="{escape(row.anchor)}"{marked}>'
        f'<a class="row-no" href="{escape(row.href)}"{_spoken(row)}>{_label(row)}</a>'
        f'<span class="row-offset">{escape(row.offset)}</span>{_clock(row.at)}'
        f'<span class="row-kind">{escape(row.kind_word)}</span>{_content(row.row, row.open_href)}</li>'
    )


def _label(row: LogRowShape) -> str:
    return escape(row.label or str(row.row.number))


def _spoken(row: LogRowShape) -> str:
    return f' aria-label="{escape(row.spoken)}"' if row.spoken else ""


def row_text(row: Row) -> SafeString:
    """The lines of a row: an element a styled span and none a line, for there may be thousands."""
    return SafeString("\n".join(_line(line) for line in row.lines))


def _line(line: Line) -> str:
    return "".join(
        f'<span class="{escape(span.classes)}">{escape(span.text)}</span>'
        if span.classes
        else escape(span.text)
        for span in line
    )


def _classes(row: LogRowShape) -> str:
    form = " row-hex" if row.row.form == "hex" else ""
    return f"row kind-{escape(row.kind)}{form}{' row-marked' if row.marked else ''}"


def _content(row: Row, open_href: str = "") -> str:
    # A hex dump does not wrap, so it must be possible to scroll it by keyboard.
    scrolls = (
        f' tabindex="0" role="group" aria-label="Bytes of event {int(row.number)}"'
        if row.form == "hex"
        else ""
    )
    asides = "".join(f"<small>{escape(words)}</small>" for words in (row.note, row.folded) if words)
    link = f' <a href="{escape(open_href)}">Show its events</a>' if open_href else ""
    return f'<div class="row-text"{scrolls}>{row_text(row)}{link}{asides}</div>'


def _clock(at: datetime | None) -> str:
    # An empty cell keeps the columns where they are.
    return clock(at, "row-clock") if at else '<span class="row-clock"></span>'
