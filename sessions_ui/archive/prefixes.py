"""Reading an open session again: its known beginning is checked, and only what is new is stored.

The readings of one open session share the segments of the first of them (their *store*): a segment
before the last depends only on the events before it, so it is the same in every later reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sessions_ui.archive.segments import SegmentBuilder
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.models import EventLogRecord, SegmentRecord


class PrefixChanged(Exception):
    """What hoop sends now does not begin with what it sent before."""


class KnownPrefix:
    """``base`` is the reading that is shown now; its last segment is replaced, all before it stay."""

    def __init__(self, base: EventLogRecord) -> None:
        self.base = base
        self.store_id: int = base.store_id or base.pk
        last = SegmentRecord.objects.filter(log_id=self.store_id).order_by("-sequence").first()
        #: The first segment that has to be stored anew.
        self.sequence = last.sequence if last else 0
        self._first_event = last.first_event if last else 1

    def check(self, batches: Iterable[EventBatch], builder: SegmentBuilder) -> Iterator[EventBatch]:
        """The batches, cut where the known part ends. Raises PrefixChanged there, or at an end that
        comes before; until then nothing of the reading may be stored."""
        known, seen = self.base.events, 0
        for batch in batches:
            if not seen <= known < seen + len(batch):
                yield batch
                seen += len(batch)
                continue
            cut = known - seen
            if cut:
                yield batch.part(0, cut)
            self._compare(builder)
            yield batch.part(cut, len(batch))
            seen += len(batch)
        if seen < known:
            raise PrefixChanged
        if seen == known:
            self._compare(builder)

    def is_new(self, segment: SegmentRecord) -> bool:
        """Raises PrefixChanged when an earlier release cut the known segments elsewhere."""
        if segment.sequence == self.sequence and segment.first_event != self._first_event:
            raise PrefixChanged
        return segment.sequence >= self.sequence

    def _compare(self, builder: SegmentBuilder) -> None:
        if builder.events_sha256 != self.base.events_sha256:
            raise PrefixChanged


def known_prefix(session_id: int) -> KnownPrefix | None:
    """Of a session whose shown reading was made while it was open; a finished one is read whole."""
    shown = (
        EventLogRecord.objects.filter(session_id=session_id, state=EventLogRecord.State.PUBLISHED)
        .order_by("-started_at")
        .first()
    )
    if shown is None or not shown.events or shown.is_finished:
        return None
    return KnownPrefix(shown)
