"""What every page of a session begins with: the id, hoop's word or our copy, the person's rights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import HttpRequest

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.policy import Rights, rights
from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead, find_finished_logs, open_event_logs
from sessions_ui.archive.gateway_facts import sees_every_session
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.reading import Budget
from sessions_ui.archive.sessions import find_kept, get_session
from sessions_ui.eventlog.events import ODD
from sessions_ui.gateway.errors import GatewayError, GatewayForbidden, GatewayNotFound
from sessions_ui.pages.refusals import BadQuery, NotYours
from sessions_ui.pages.session_ids import asked_id
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.approval import ApprovalFact
from sessions_ui.verdicts.approval_facts import judge_facts
from sessions_ui.verdicts.changes import as_read, is_changed

#: ``?copy=hoop`` shows what hoop sends now, beside the log that was kept.
COPY_AT_HOOP = "hoop"
#: So many odd events are named, among so many bytes of all that is neither input nor output.
ODD_NUMBERS = 8
ODD_BYTES = 2 * 1024 * 1024
#: How long a page waits for a log to be read, so that an ordinary one is there at once.
WAIT_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that this person may see. ``log`` None: they may not see its recording. ``other``: of
    the log that was kept and what hoop sends now, the one that is not shown."""

    kept: Kept
    rights: Rights
    log: EventLog | Arriving | NotRead | None
    beside: EventLog | None = None
    other: EventLog | Arriving | NotRead | None = None

    @property
    def session(self) -> Session:
        return self.kept.session

    @property
    def is_at_hoop(self) -> bool:
        """The log is what hoop sends now, not the one that was kept."""
        return self.beside is not None and self.log is self.beside

    @property
    def is_changed(self) -> bool:
        """hoop says something else of the finished session than when its log was read."""
        return is_changed(self.kept.session, self.facts())

    @property
    def was_changed(self) -> bool:
        """hoop changed the finished session, or what was recorded of it while it was open."""
        record = self.log.record if isinstance(self.log, EventLog) else None
        return self.kept.changed_between is not None or bool(record and record.prefix_changed)

    @property
    def is_refused(self) -> bool:
        """hoop keeps the recording from our credential, which is neither an admin's nor an auditor's."""
        if not isinstance(self.log, NotRead) or self.log.failure != GatewayForbidden.__name__:
            return False
        try:
            return not sees_every_session()
        except GatewayError:
            return False

    def typed_is_script(self) -> bool | None:
        """Whether what was sent is the script of the request, byte for byte; None: nothing to compare."""
        script, log = self.session.script, self.log
        if self.session.verb != "exec" or not script or not isinstance(log, EventLog):
            # hoop sends an empty one where it leaves it out.
            return None
        rest = script.encode("utf-8", "surrogatepass")
        if len(rest) != log.record.typed_bytes:
            return False
        for chunk in log.lane("typed"):
            if rest[: len(chunk)] != chunk:
                return False
            rest = rest[len(chunk) :]
        return True

    def odd_numbers(self) -> tuple[int, ...]:
        """The first events that are not in the form hoop writes."""
        if not isinstance(self.log, EventLog) or not self.log.record.odd_events:
            return ()
        others = self.log.read_from(1, ("x",), budget=Budget(ODD_BYTES))
        odd = (event.number for event in others if event.kind == ODD)
        return tuple(islice(odd, min(ODD_NUMBERS, self.log.record.odd_events)))

    def approval_facts(self) -> tuple[ApprovalFact, ...]:
        """Of the session as it was when its log was read."""
        told = as_read(self.session, self.facts())
        compared = self.typed_is_script() if told.review else None
        return judge_facts(told, self.facts(), typed_is_script=compared, shown=self.rights.stream)

    def facts(self) -> LogFacts | None:
        return self.log.facts() if isinstance(self.log, EventLog) else None

    def other_facts(self) -> LogFacts | None:
        return self.other.facts() if isinstance(self.other, EventLog) else None


def open_session(
    request: HttpRequest,
    text: str,
    *,
    wait_seconds: float | None = None,
    whole: bool = False,
    first_rows: bool = False,
) -> Opened:
    """``wait_seconds`` None: as long as a page waits. ``whole``: nothing less is any use; ``first_rows``:
    they are shown while the rest arrives. Raises NotASessionId, NotYours, BadQuery, or a GatewayError."""
    kept, may = admit(person_of_request(request), text)
    copy = request.GET.get("copy", "")
    wait = WAIT_SECONDS if wait_seconds is None else wait_seconds
    return open_log(kept, may, copy=copy, wait_seconds=wait, whole=whole, first_rows=first_rows)


def open_stored(request: HttpRequest, text: str, *, wait_seconds: float) -> Opened:
    """The same of a whole log; hoop is asked for nothing where that of a finished session is kept."""
    kept = find_kept(asked_id(text))
    logs = find_finished_logs(kept) if kept else None
    if kept is None or logs is None:
        return open_session(request, text, wait_seconds=wait_seconds, whole=True)
    may = _admitted(person_of_request(request), kept)
    return (
        _opened(kept, may, *logs, copy=request.GET.get("copy", "")) if may.stream else Opened(kept, may, None)
    )


def admit(person: Person, text: str) -> tuple[Kept, Rights]:
    """The session and what the person may see of it, which is something. Raises NotASessionId, NotYours,
    or a GatewayError."""
    kept = get_session(asked_id(text))
    return kept, _admitted(person, kept)


def _admitted(person: Person, kept: Kept) -> Rights:
    may = rights(person, kept.session)
    if not may.details:
        raise NotYours(may.why)
    if kept.missing_since is not None and person.role not in SEES_ALL:
        raise GatewayNotFound("it was there before and is no longer", since=kept.missing_since)
    return may


def open_log(
    kept: Kept, may: Rights, *, copy: str, wait_seconds: float, whole: bool, first_rows: bool = False
) -> Opened:
    """With its log, or the ``copy`` of it that was asked for; read from hoop if need be. Raises BadQuery."""
    if not may.stream:
        return Opened(kept, may, None)
    logs = open_event_logs(kept, wait_seconds=wait_seconds, early=not whole, first_rows=first_rows)
    return _opened(kept, may, *logs, copy=copy)


def _opened(
    kept: Kept, may: Rights, log: EventLog | Arriving | NotRead, beside: EventLog | None, *, copy: str
) -> Opened:
    if copy and (copy != COPY_AT_HOOP or beside is None):
        raise BadQuery("copy", copy, "a copy of this recording that we have")
    return Opened(kept, may, beside if copy else log, beside, log if copy else beside)


def person_of_request(request: HttpRequest) -> Person:
    """Set by the sign-in before any view runs; a request without one is a defect of ours."""
    person: Any = getattr(request, "person", None)
    if not isinstance(person, Person):
        raise RuntimeError("a page was reached without a signed-in person")
    return person


def require_auditor(request: HttpRequest, refusal: str) -> None:
    """Raises NotYours with those words for anybody who does not see every session."""
    if person_of_request(request).role not in SEES_ALL:
        raise NotYours(refusal)
