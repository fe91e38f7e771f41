"""A row of the event log as HTML. In Python because a page has 200 of them and a template takes
five times as long; every value passes ``escape``, whatever it is and wherever it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from html import escape
from itertools import dropwhile, takewhile

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from sessions_ui.eventlog.rows import Row
from sessions_ui.pages.log_shapes import LogRowShape, LogShape, PauseShape
from sessions_ui.pages.shared_windows import share_drawing
from sessions_ui.templatetags.words import clock

register = template.Library()
#: What ``escape`` replaces.
_SPECIAL = re.compile("[&<>\"']")


@register.simple_tag
def log_rows(rows: Iterable[LogRowShape | PauseShape], until: str = "", since: str = "") -> SafeString:
    """The list items of a window: those before the row whose anchor is ``until``, or from ``since`` on."""
    if until:
        rows = takewhile(lambda row: getattr(row, "anchor", "") != until, rows)
    if since:
        rows = dropwhile(lambda row: getattr(row, "anchor", "") != since, rows)
    return SafeString("".join([_item(row) for row in rows]))


@register.simple_tag
def log_panel(log: LogShape, now: datetime) -> SafeString:
    """The event log's panel, drawn once for all who are shown the same window. It knows no request."""

    def draw() -> str:
        return get_template("sessions_ui/_log.html").render({"log": log, "now": now})

    return SafeString(share_drawing(log, draw))


@register.simple_tag
def log_row(row: LogRowShape | PauseShape) -> SafeString:
    """A list item: an event with its gutter, or a silence."""
    return SafeString(_item(row))


def _item(row: LogRowShape | PauseShape) -> str:
    if isinstance(row, PauseShape):
        return f'<li class="pause"><span>{escape(row.text)}</span></li>'
    kind, anchor, label, spoken, offset, kind_word = _escaped(
        row.kind, row.anchor, row.label or str(row.row.number), row.spoken, row.offset, row.kind_word
    )
    form = " row-hex" if row.row.form == "hex" else ""
    classes, marked = (f"{form} row-marked", ' aria-current="true"') if row.marked else (form, "")
    spoken = f' aria-label="{spoken}"' if spoken else ""
    return (
        f'<li class="row kind-{kind}{classes}" id="{anchor}"{marked}>'
        f'<a class="row-no" href="{escape(row.href)}"{spoken}>{label}</a>'
        f'<span class="row-offset">{offset}</span>{_clock(row.at)}'
        f'<span class="row-kind">{kind_word}</span>{_content(row.row, row.open_href)}</li>'
    )


def _escaped(*texts: str) -> Iterable[str]:
    """Each escaped; one look tells that there is nothing to escape in any, as mostly."""
    return texts if _SPECIAL.search("".join(texts)) is None else map(escape, texts)


def _text(row: Row) -> str:
    """The lines of a row: an element a styled span and none a line, for there may be thousands."""
    if len(row.lines) == 1 and len(row.lines[0]) == 1:
        return _span(*row.lines[0][0])
    return "\n".join(["".join([_span(*span) for span in line]) for line in row.lines])


def _span(text: str, classes: str) -> str:
    return f'<span class="{escape(classes)}">{escape(text)}</span>' if classes else escape(text)


def _content(row: Row, open_href: str = "") -> str:
    if not (row.note or row.folded or open_href or row.form == "hex"):
        return f'<div class="row-text">{_text(row)}</div>'
    # A hex dump does not wrap, so it must be possible to scroll it by keyboard.
    scrolls = (
        f' tabindex="0" role="group" aria-label="Bytes of event {int(row.number)}"'
        if row.form == "hex"
        else ""
    )
    asides = "".join([f"<small>{escape(words)}</small>" for words in (row.note, row.folded) if words])
    link = f' <a href="{escape(open_href)}">Show its events</a>' if open_href else ""
    return f'<div class="row-text"{scrolls}>{_text(row)}{link}{asides}</div>'


def _clock(at: datetime | None) -> str:
    # An empty cell keeps the columns where they are.
    return clock(at, "row-clock") if at else '<span class="row-clock"></span>'
