"""Events as they leave the archive for the API: the one place where they do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sessions_ui.archive.event_logs import EventLog
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.eventlog.formats.triples import Columns


def read_events(log: EventLog, kinds: str, *, shows_input: bool) -> Iterator[Columns]:
    """The log's events of those kinds (``i o e x``), in order, each whole."""
    events = log.read_from(1, kinds)
    while batch := list(islice(events, 4096)):
        yield EventBatch(
            [event.seconds for event in batch],
            "".join(event.kind for event in batch).encode(),
            [event.payload for event in batch],
        )
