"""A run of events as columns, and the rules that make an event ordinary or odd.

hoop's wire shape is ``[seconds, kind, base64]``, the raw form of ``event_stream``.
An event is *ordinary* when its time is a number of at least 0 that a double holds exactly as
written, its kind is one hoop writes, and its payload is canonical base64. Everything else is
*odd*: kept as its own JSON, verbatim, so that nothing is lost and nothing is guessed.
"""

from __future__ import annotations

import binascii
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from sessions_ui.eventlog.events import KINDS, ODD

#: Above this a double no longer holds every whole number; hoop never gets near it.
MAX_SECONDS = float(2**53)


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Columns of equal length. ``kinds`` holds one ASCII byte an event; an odd event's payload
    is its JSON and its time 0.0 unless it has a usable one."""

    seconds: Sequence[float]
    kinds: bytes
    payloads: Sequence[bytes] = field(repr=False)

    def __len__(self) -> int:
        return len(self.kinds)

    def part(self, start: int, stop: int) -> EventBatch:
        """The events from ``start`` up to ``stop``, counted from 0."""
        return EventBatch(self.seconds[start:stop], self.kinds[start:stop], self.payloads[start:stop])


def seconds_text(seconds: float) -> str:
    """The number as hoop's database prints it: shortest, plain decimal, no exponent.

    >>> seconds_text(61.0), seconds_text(0.0085959), seconds_text(1.2e-08)
    ('61', '0.0085959', '0.000000012')
    """
    text = repr(float(seconds))
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def read_event(raw: bytes) -> tuple[float, str, bytes]:
    """One element of ``event_stream``, as ``(seconds, kind, payload)``; odd ones as ``?``.

    Raises ValueError when ``raw`` is not JSON.

    >>> read_event(b'[0.3,"o","aGkK"]')
    (0.3, 'o', b'hi\\n')
    >>> read_event(b'[0.6,"o"]')
    (0.6, '?', b'[0.6,"o"]')
    """
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_float=_number, parse_int=_number, parse_constant=_refuse_constant
        )
    except (RecursionError, OverflowError) as error:
        raise ValueError("nested too deeply") from error
    seconds = _usable_seconds(value)
    if seconds is not None and len(value) == 3:
        payload = _decoded(value[2])
        if value[1] in KINDS and payload is not None:
            return seconds, value[1], payload
    return seconds or 0.0, ODD, raw


def _usable_seconds(value: object) -> float | None:
    if not isinstance(value, list) or not value:
        return None
    number = value[0]
    if not isinstance(number, Decimal):
        return None
    if not 0 <= number < MAX_SECONDS or (number == 0 and str(number).startswith("-")):
        return None
    seconds = float(number)
    return seconds if Decimal(repr(seconds)) == number else None


def _decoded(text: object) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        payload = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return None
    return payload if binascii.b2a_base64(payload, newline=False) == text.encode() else None


def _number(text: str) -> Decimal | float:
    """Exactly the number that was written, of any length; NaN where even Decimal gives up."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return math.nan


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
