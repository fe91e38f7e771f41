"""The log that a request is about, and its events as they leave the archive: the one place where they do."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest

from sessions_ui.access.policy import Rights
from sessions_ui.api.answers import Refusal, asked_wait, gateway_trouble
from sessions_ui.archive.batches import choose, read_batches
from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.masking import Reveal
from sessions_ui.eventlog.formats.options import Chosen
from sessions_ui.pages.opening import Opened, open_log
from sessions_ui.pages.waiting import SHORT_SECONDS, granted


def find_log(
    request: HttpRequest, kept: Kept, may: Rights, *, copy: str = "", shows_input: bool
) -> EventLog | None:
    """The published log, which is waited for as the request prefers; None where the person may see none of
    it. Raises Refusal."""
    wanted = asked_wait(request)
    with granted(SHORT_SECONDS if wanted is None else wanted) as wait:
        opened = open_log(kept, may, copy=copy, wait_seconds=wait, whole=True)
    if wanted is not None:
        request.preference_applied = f"wait={wait:g}"  # type: ignore[attr-defined]  # said with the answer
    return log_of(opened, shows_input=shows_input)


def log_of(opened: Opened, *, shows_input: bool) -> EventLog | None:
    """``shows_input``: with nothing masked, for whom that was granted. Raises Refusal for a log that is not
    there yet, or could not be read."""
    log = opened.log
    if isinstance(log, NotRead):
        raise gateway_trouble(log.failure, about="the event stream could not be read. ")
    if isinstance(log, Arriving):
        raise Refusal(503, "the event stream is still being read from hoop")
    return log.revealed(Reveal()) if log is not None and shows_input else log


def read_events(log: EventLog, kinds: str) -> Iterator[Chosen]:
    """The log's events of those kinds (``i o e x``), in order, each whole, masked as the log is."""
    return read_batches(log, choose(log, kinds))
