"""What is masked in a log, and the one way in which bytes of it leave the archive.

Whoever reads a segment's lanes asks ``Cover`` for them; whoever reads events gets them from an ``EventLog``,
which has a mask from its beginning. Nothing is shown unmasked without a ``Reveal``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessions_ui.archive.packing import unpack
from sessions_ui.eventlog.events import ODD, Event
from sessions_ui.eventlog.masking import MASK, MAX_HEAD_BYTES, header_start, mask_headers, mask_odd
from sessions_ui.models import EventLogRecord
from sessions_ui.session import Session

#: Behind every event: a reveal of all.
END = 10**18


@dataclass(frozen=True, slots=True)
class Reveal:
    """Somebody's right to see events ``first`` to ``last``, both included, unmasked. Made where that right
    is looked up and nowhere else (a test holds who may)."""

    first: int = 1
    last: int = END


@dataclass(frozen=True, slots=True)
class Mask:
    """``typed``: what was typed into a terminal; ``headers``: the values of credential headers of HTTP.
    ``reveal``: the events that are shown all the same."""

    typed: bool = False
    headers: bool = False
    reveal: Reveal | None = None

    def hides(self, kind: str, number: int) -> bool:
        """Whether the whole payload of an event is masked."""
        return self.typed and kind == "i" and not self.shows(number)

    def shows(self, number: int) -> bool:
        return self.reveal is not None and self.reveal.first <= number <= self.reveal.last

    @property
    def is_lifted(self) -> bool:
        """Everything is revealed: a part is not enough for what speaks of the whole log."""
        return self.reveal == Reveal()

    @property
    def hides_all_typed(self) -> bool:
        """Whether the typed lane may not even be searched."""
        return self.typed and not self.is_lifted

    @property
    def hides_all_headers(self) -> bool:
        return self.headers and not self.is_lifted


NOTHING, EVERYTHING = Mask(), Mask(typed=True, headers=True)


def mask_of(session: Session) -> Mask:
    """A script (exec) is shown anyway; what was typed into a terminal, and what an HTTP client sends
    along to prove who it is, is not."""
    return Mask(typed=session.is_terminal, headers=session.is_http)


class Cover:
    """The lanes of one log's segments, as they may leave the archive."""

    def __init__(self, record: EventLogRecord, mask: Mask) -> None:
        self._record, self.mask = record, mask
        self._begun: dict[tuple[int, str], bytes] = {}

    def lane(self, sequence: int, name: str, blob: bytes | memoryview) -> bytes:
        """A segment's lane (``typed``, ``printed``, ``other`` or ``errors``) from its stored blob, with
        credential headers masked. Typed input of a terminal is masked by the event: ask ``payload``."""
        data = unpack(blob)
        if not self.mask.hides_all_headers or name == "other" or not data:
            return data
        return mask_headers(data, self._header_begun(sequence, name))

    def bare_lane(self, sequence: int, name: str, blob: bytes | memoryview) -> bytes:
        """The lane as it is stored: for the events of a reveal alone. Raises PermissionError without one."""
        if self.mask.reveal is None:
            raise PermissionError("nothing of this log is revealed")
        return unpack(blob)

    def event(self, event: Event) -> Event:
        """An event made of such lanes, whole, as it may be shown."""
        if self.mask.hides(event.kind, event.number):
            return event._replace(payload=MASK, masked=True)
        if event.kind == ODD and self.mask.typed and not self.mask.shows(event.number):
            payload = mask_odd(event.payload)
            return event._replace(payload=payload, masked=payload != event.payload)
        return event

    def _header_begun(self, sequence: int, name: str) -> bytes:
        """What earlier segments hold of the header that a lane goes on with in this one."""
        key = sequence, name
        if name == "errors" or not sequence:
            return b""
        if key not in self._begun:
            found, start = b"", -1
            # One at a time: mostly the last one holds its beginning.
            while start < 0 and sequence and len(found) <= MAX_HEAD_BYTES:
                sequence -= 1
                stored = self._record.stored_segments().filter(sequence=sequence)
                found = b"".join(map(unpack, stored.values_list(name, flat=True))) + found
                start = header_start(found)
            self._begun[key] = found[start if start >= 0 else -MAX_HEAD_BYTES :]
        return self._begun[key]
