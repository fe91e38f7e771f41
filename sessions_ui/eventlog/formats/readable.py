"""Payloads as texts: what CSV and JSON have in common.

``encoding`` says how ``data`` is to be read: ``utf-8`` is the payload itself, ``base64`` a payload that is
not UTF-8, ``json`` an odd event's own JSON, verbatim.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from itertools import repeat

from sessions_ui.eventlog.events import ODD
from sessions_ui.eventlog.formats.moments import moments
from sessions_ui.eventlog.formats.options import About, Chosen


def readable(batch: Chosen) -> tuple[Iterable[str], list[str]]:
    """The columns ``encoding`` and ``data``.

    >>> readable(Chosen([1, 2], [0.0, 0.0], b"oo", [b"hi", b"\\xff"]))
    (['utf-8', 'base64'], ['hi', '/w=='])
    """
    if ODD.encode() not in batch.kinds:
        try:
            # Nearly always, and at the speed of C.
            return repeat("utf-8", len(batch)), list(map(bytes.decode, batch.payloads))
        except UnicodeDecodeError:
            pass
    odd = ord(ODD)
    pairs = [
        _readable(payload, kind == odd) for kind, payload in zip(batch.kinds, batch.payloads, strict=True)
    ]
    return [encoding for encoding, _ in pairs], [data for _, data in pairs]


def times(batch: Chosen, about: About) -> Iterable[str]:
    """The column ``time``: empty where the wall clock is not known, and for odd events."""
    if about.known_start is None:
        return repeat("", len(batch))
    found = moments(about.known_start, batch.seconds)
    if ODD.encode() in batch.kinds:
        odd = ord(ODD)
        return ["" if kind == odd else text for kind, text in zip(batch.kinds, found, strict=True)]
    return found


def _readable(payload: bytes, odd: bool) -> tuple[str, str]:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return "base64", binascii.b2a_base64(payload, newline=False).decode("ascii")
    return ("json" if odd else "utf-8"), text
