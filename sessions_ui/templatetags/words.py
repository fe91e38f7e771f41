"""Formatting for templates: times, sizes, numbers and tone icons.

Nothing here decides anything, reads the clock behind a page's back or raises: the page's
``now`` comes from its context.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from sessions_ui.templatetags.icons import heroicon_mini

register = template.Library()

TONE_ICONS = {
    "good": "check-circle",
    "warn": "exclamation-triangle",
    "bad": "x-circle",
    "busy": "clock",
    "none": "minus-circle",
}
#: The longest span a unit is used for, and how many seconds it has.
_UNITS = (
    (60, 1, "second"),
    (3600, 60, "minute"),
    (86_400, 3600, "hour"),
    (30 * 86_400, 86_400, "day"),
    (365 * 86_400, 30 * 86_400, "month"),
)
_YEAR = (365 * 86_400, "year")


@register.simple_tag
def moment(at: datetime | None, exact: bool = False) -> str:
    """An instant as people read it, to the second or the millisecond, with every digit in its title."""
    if at is None:
        return ""
    at = _utc(at)
    fraction = f".{at.microsecond // 1000:03}" if exact else ""
    return _time(at, f"{_day(at)}, {at:%H:%M:%S}{fraction} UTC")


@register.simple_tag(takes_context=True)
def instant(context: template.Context, at: datetime | None) -> str:
    """An instant in UTC where many stand below each other: the year only where it is not the page's own."""
    if at is None:
        return ""
    at, now = _utc(at), _utc(context.get("now") or timezone.now())
    year = f" {at.year}" if at.year != now.year else ""
    return _time(at, f"{at.day} {at:%b}{year}, {at:%H:%M:%S}")


@register.simple_tag
def clock(at: datetime | None, css_class: str = "") -> str:
    """The time of day to the millisecond, the rest in its title."""
    if at is None:
        return ""
    # In the zone it came in: the page names which one that is.
    return _time(_utc(at), at.isoformat("T", "milliseconds")[11:23], css_class)


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime | None) -> str:
    """How long before or after the page's ``now`` an instant is: ``20 minutes ago``."""
    if at is None:
        return ""
    now = context.get("now") or timezone.now()
    return distance(int((_utc(now) - _utc(at)).total_seconds()))


def distance(seconds: int) -> str:
    """Words for a number of seconds in the past, or when negative in the future.

    What is to come is rounded: a token of 30 days does not end in 29 once it is made.

    >>> distance(1200), distance(-86_398), distance(3)
    ('20 minutes ago', 'in 24 hours', 'just now')
    """
    size = abs(seconds)
    if size < 5:
        return "just now"
    unit_seconds, unit = next(((each, name) for limit, each, name in _UNITS if size < limit), _YEAR)
    count = (size + (unit_seconds // 2 if seconds < 0 else 0)) // unit_seconds
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds < 0 else f"{words} ago"


@register.filter
def thousands(number: Any) -> str:
    """A whole number with its thousands apart; anything else as it is.

    >>> thousands(8412), thousands("many")
    ('8,412', 'many')
    """
    return f"{number:,}" if isinstance(number, int) else str(number)


@register.filter
def byte_size(size: Any) -> str:
    """A number of bytes in the unit a person would choose, decimal as disks are.

    >>> byte_size(1), byte_size(210), byte_size(1_240_000), byte_size(999_999)
    ('1 byte', '210 bytes', '1.2 MB', '1.0 MB')
    """
    if not isinstance(size, int):
        return str(size)
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    power = next((power for power in (1, 2, 3) if size / 1000**power < 999.95), 4)
    return f"{size / 1000**power:,.1f} {('kB', 'MB', 'GB', 'TB')[power - 1]}"


@register.simple_tag
def tone_icon(tone: str, size: int = 20) -> str:
    """The icon that stands beside the word of a judgement."""
    return heroicon_mini(TONE_ICONS.get(tone, TONE_ICONS["none"]), size=size)


def _time(at: datetime, shown: str, css_class: str = "") -> SafeString:
    iso = at.isoformat()
    title = f"{_day(at)}, {iso[11:].removesuffix('+00:00')} UTC"
    html_class = f' class="{escape(css_class)}"' if css_class else ""
    return SafeString(f'<time{html_class} datetime="{iso}" title="{title}">{shown}</time>')


def _day(at: datetime) -> str:
    return _named_day(at.date())


@lru_cache(maxsize=256)
def _named_day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def _utc(at: datetime) -> datetime:
    """In UTC; one without a zone is taken for UTC, one at the calendar's edge stays as it is."""
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)
