"""Moments and offsets as files and the API write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
#: The first second that a four-digit year cannot name.
_END = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH) / _SECOND) + 1


def rfc3339(at: datetime) -> str:
    """A moment in UTC, with as many digits as it has.

    >>> rfc3339(datetime(2026, 11, 23, 12, 33, 57, tzinfo=UTC))
    '2026-11-23T12:33:57Z'
    """
    return at.isoformat().replace("+00:00", "Z")


def moments(started_at: datetime, seconds: Iterable[float]) -> list[str]:
    """A column of offsets as moments, ``2026-11-23T12:33:57.913676Z``; empty past the year 9999.

    >>> moments(datetime(2026, 11, 23, 12, 33, 57, 500000, tzinfo=UTC), [0.25, 1.0, 9e15])
    ['2026-11-23T12:33:57.750000Z', '2026-11-23T12:33:58.500000Z', '']
    """
    base, micro = divmod(int((started_at - _EPOCH) / timedelta(microseconds=1)), 1_000_000)
    named, form, texts = None, "", []
    for offset in seconds:
        whole = int(offset)
        # The fraction alone is multiplied, as timedelta does it: nothing of a large offset is lost.
        part = micro + round((offset - whole) * 1e6)
        if part >= 1_000_000:
            whole += part // 1_000_000
            part %= 1_000_000
        if whole != named:
            # Most events share their second with the one before.
            named, form = whole, ""
            if base + whole < _END:
                form = (_EPOCH + (base + whole) * _SECOND).strftime("%Y-%m-%dT%H:%M:%S.%%06dZ")
        texts.append(form % part if form else "")
    return texts


def offsets(seconds: Iterable[float]) -> list[str]:
    """Hours, minutes, seconds; all of one width below 100 hours.

    >>> offsets([0.25, 3723.5, 360000])
    ['00:00:00.250000', '01:02:03.500000', '100:00:00.000000']
    """
    texts = []
    for offset in seconds:
        whole = int(offset)
        part = round((offset - whole) * 1e6)
        whole += part // 1_000_000
        minutes, second = divmod(whole, 60)
        hours, minute = divmod(minutes, 60)
        texts.append(f"{hours:02d}:{minute:02d}:{second:02d}.{part % 1_000_000:06d}")
    return texts
