"""What copies something of a session, as far as hoop's switch for the clipboard lets it. Not knowing the
switch counts as off: then there is no button, and a sentence says why."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sessions_ui.pages.copying import may_copy, why_not
from sessions_ui.templatetags.icons import heroicon_micro

register = template.Library()
register.simple_tag(may_copy)


@register.simple_tag
def copy_button(text: str, what: str) -> SafeString:
    """Copies ``text``; ``what`` it is, for the button's name."""
    return _icon("data-copy", text, f"Copy {what}", "square-2-stack")


@register.simple_tag
def copy_link_button(path: str, what: str) -> SafeString:
    """Copies the whole address of a path of ours."""
    return _icon("data-copy-link", path, f"Copy {what}", "link")


@register.simple_tag
def copying_note() -> SafeString:
    """Why nothing can be copied; nothing where it can. Scripts hold the page to it."""
    said = why_not()
    return format_html('<p class="panel-note" data-copying-off>{}</p>', said) if said else SafeString()


def _icon(attribute: str, value: str, label: str, icon: str) -> SafeString:
    if not may_copy():
        return SafeString()
    button = '<button class="copy" type="button" {}="{}" aria-label="{}" title="{}">{}</button>'
    return format_html(button, SafeString(attribute), value, label, label, heroicon_micro(icon))
