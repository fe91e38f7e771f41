"""Values of hoop's as a fact list shows them: bounded, harmless, in one line; addresses as links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sessions_ui.pages.shapes import FactValue
from sessions_ui.pages.words import MAX_NAME, shown

#: A value longer than this is cut on the page; the API gives all of it.
MAX_TEXT = 2_500
MAX_ITEMS = 50
MAX_DEPTH = 6


def cut(text: str, most: int = MAX_TEXT) -> str:
    return shown(text, most)


def few(values: list[FactValue]) -> tuple[FactValue, ...]:
    """The first of them, and how many more there are."""
    more = FactValue(f"and {len(values) - MAX_ITEMS:,} more")
    return (*values[:MAX_ITEMS], more) if len(values) > MAX_ITEMS else tuple(values)


def tags_of(tags: Mapping[str, str]) -> tuple[FactValue, ...]:
    """hoop's own document folds several tags into one value with ``;`` and ``:``."""
    values = []
    for name, text in tags.items():
        first, *others = text.split(";")
        values.append(FactValue(cut(first), term=cut(name, MAX_NAME)))
        for other in others:
            term, _, value = other.partition(":")
            values.append(FactValue(cut(value or other), term=cut(term if value else name, MAX_NAME)))
    return few(values)


def value_of(value: Any) -> FactValue:
    return address_of(value) if isinstance(value, str) else FactValue(cut(flat_text(value)))


def flat_text(value: Any, depth: int = 0) -> str:
    """A value of any shape in a line: ``a: 1; b: (c: yes)``. Nesting without end is not followed."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (dict, list)):
        return str(value)
    if depth >= MAX_DEPTH:
        return "… (nested further)"
    if isinstance(value, dict):
        flat = "; ".join(f"{name}: {flat_text(item, depth + 1)}" for name, item in value.items())
    else:
        flat = ", ".join(flat_text(item, depth + 1) for item in value)
    return f"({flat})" if depth else flat or "empty"


def address_of(text: str, *, text_shown: str = "") -> FactValue:
    """A link for http(s) addresses only, with the host it leads to in sight."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname or ""
    except ValueError:
        return FactValue(cut(text_shown or text))
    if parts.scheme.lower() not in ("http", "https") or not host or len(text) > MAX_TEXT:
        return FactValue(cut(text_shown or text))
    return FactValue(cut(text_shown or text), href=text.strip(), host=cut(host, MAX_NAME))
