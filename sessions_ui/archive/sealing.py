"""Seal: what a link to a stretch of a log carries, so that a later reader knows whether it is the same.

It is the SHA-256 of the stretch's own bytes. Where some of them are masked it is an HMAC with a key of this
deployment instead, over the session and the stretch as well: a plain hash would let whoever has the link
try out what was typed, and one that stood for the bytes alone could be had by typing them elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from django.conf import settings

from sessions_ui.archive.masking import Reveal
from sessions_ui.archive.reading import EventLog
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.places import Stretch, lines_of

#: Digits of a hash that a link carries.
PREFIX = 16


class Seal:
    """Made by going through the stretch once. ``masked``: some of it, as far as it was gone through, is."""

    def __init__(self, log: EventLog, session_id: str, stretch: Stretch) -> None:
        self.masked = False
        self._log, self._stretch = log, stretch
        self._plain = hashlib.sha256()
        key = _key()
        self._key_id = hashlib.sha256(key + b"id").hexdigest()[:4]
        self._keyed = hmac.new(key, f"{session_id} {stretch} ".encode(), hashlib.sha256)

    def pieces(self) -> Iterator[Event]:
        """The stretch's lines and events in order, as they may be shown."""
        first, last = self._stretch.first.event, self._stretch.last.event
        if not self._log.is_masked:
            for event in self._log.read(first, last):
                yield from self._taken(event, event)
            return
        # What a hash covers is what was recorded; nothing of it leaves here but the hash.
        recorded = self._log.revealed(Reveal()).read(first, last)
        for event, shown in zip(recorded, self._log.read(first, last), strict=True):
            yield from self._taken(event, shown)

    @property
    def digest(self) -> str:
        """``k``, the key's own four digits, a dot and the HMAC where it is keyed."""
        return f"k{self._key_id}.{self._keyed.hexdigest()}" if self.masked else self._plain.hexdigest()

    @property
    def prefix(self) -> str:
        """What a link carries of it."""
        return self.digest[: PREFIX + (6 if self.masked else 0)]

    def unlike(self, prefix: str) -> bool:
        """Whether a link's prefix is that of other content."""
        return bool(prefix) and not self.digest.startswith(prefix)

    def why_unknown(self, prefix: str) -> str:
        """Why a link's prefix says nothing of this content; blank where it does. A plain hash is not even
        compared where input is masked: the answer would tell whether somebody guessed it."""
        if not self.masked or not prefix:
            return ""
        if not prefix.startswith("k"):
            return "The link carries a plain hash, which is not compared where input is hidden."
        if not prefix.startswith(f"k{self._key_id}."):
            return "The link's hash was made with a key that is no longer used here."
        return ""

    def _taken(self, event: Event, shown: Event) -> Iterator[Event]:
        self.masked = self.masked or shown.masked or event.payload != shown.payload
        pieces = _cut(event, self._stretch)
        for piece in pieces:
            self._plain.update(piece.payload)
            self._keyed.update(piece.payload)
            if event is shown:
                yield piece
        if event is not shown:
            yield from [shown] if shown.masked else _cut(shown, self._stretch)


def _cut(event: Event, stretch: Stretch) -> Iterator[Event]:
    """What belongs to the stretch of one of its events: all of it, or some lines."""
    cut_first = stretch.first.line and event.number == stretch.first.event
    cut_last = stretch.last.line and event.number == stretch.last.event
    if not cut_first and not cut_last:
        yield event
        return
    for line, payload in lines_of(event.payload, stretch.first.line if cut_first else 1):
        if cut_last and line > stretch.last.line:
            break
        yield event._replace(payload=payload)


def _key() -> bytes:
    return hashlib.sha256(b"hoopviewer.seal " + settings.SECRET_KEY.encode()).digest()
