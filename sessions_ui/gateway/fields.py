"""One value of hoop's JSON, whatever stands there: what cannot be read is None or empty, never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID


def uuid_of(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else str(value)


def number_of(value: Any) -> int | None:
    """A whole number; 64 bits, because that is what the database and hoop hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if -(2**63) <= value < 2**63 and value == int(value) else None


def duration_of(value: Any) -> timedelta:
    """hoop counts nanoseconds."""
    try:
        return timedelta(microseconds=(number_of(value) or 0) // 1000)
    except OverflowError:
        return timedelta()


def object_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def counts_of(value: Any) -> Mapping[str, int]:
    return {str(key): count for key, item in object_of(value).items() if (count := number_of(item))}


def moment_of(value: Any) -> datetime | None:
    """RFC 3339 with 0 to 9 fractional digits, in UTC; None for null, ``""`` and what is no date.

    >>> moment_of("2026-11-23T12:34:01.12Z").isoformat()
    '2026-11-23T12:34:01.120000+00:00'
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
