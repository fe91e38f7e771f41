"""The time zone a page shows times of day in: chosen, remembered, and named on the page and in links."""

from __future__ import annotations

from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.http import HttpRequest

UTC_NAME = "UTC"
COOKIE = "hoopviewer_zone"


class BadZone(ValueError):
    """No such time zone."""


@cache
def known_zones() -> frozenset[str]:
    """Read once: it opens the six hundred files of the zones, half the time of a page."""
    return frozenset(available_timezones())


def read_zone(request: HttpRequest) -> str:
    """``?tz=`` as in the IANA database, else what was remembered, else UTC. Raises BadZone for an
    address that names none; a remembered one that is unknown is forgotten."""
    asked = request.GET.get("tz")
    if asked is not None:
        if asked != UTC_NAME and asked not in known_zones():
            raise BadZone(asked)
        return asked
    remembered = request.COOKIES.get(COOKIE, UTC_NAME)
    return remembered if remembered in known_zones() else UTC_NAME


def zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadZone(name) from error
