"""The links of the position strip as HTML: in Python, because every page of a log has two dozen of them
and a template takes ten times as long. Every value passes ``escape``."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString

from sessions_ui.pages.log_shapes import StripCell, StripMark

register = template.Library()


@register.simple_tag
def strip_cells(cells: Iterable[StripCell]) -> SafeString:
    """Each stretch of the strip, as a link over its part of the drawing."""
    return SafeString(
        "".join(
            [
                f'<a class="strip-cell" href="{escape(cell.href)}" aria-label="{escape(cell.label)}">'
                f'<rect x="{int(cell.x)}" y="0" width="{int(cell.width)}" height="32" /></a>'
                for cell in cells
            ]
        )
    )


@register.simple_tag
def strip_marks(marks: Iterable[StripMark]) -> SafeString:
    """The marks themselves; hits are drawn as bars."""
    return SafeString(
        "".join(
            [
                f'<rect class="strip-mark strip-{escape(mark.kind)}" x="{mark.x:.2f}" y="0" width="0.8" '
                'height="32" />'
                for mark in marks
                if mark.kind != "hit"
            ]
        )
    )


@register.simple_tag
def strip_links(marks: Iterable[StripMark]) -> SafeString:
    """A list item for each, below the drawing."""
    return SafeString(
        "".join(
            [
                f'<li><a class="strip-to-{escape(mark.kind)}" href="{escape(mark.href)}">'
                f"{escape(mark.label)}</a></li>"
                for mark in marks
            ]
        )
    )
