"""The stand-in as an object: a running HTTP server on loopback, its state, its faults, its memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sessions_ui.demo.standin import generated, reviews, samples
from sessions_ui.demo.standin.faults import Faults
from sessions_ui.demo.standin.handler import Listener
from sessions_ui.demo.standin.memory import Memory, Seen
from sessions_ui.demo.standin.people import People
from sessions_ui.demo.standin.routes import Router
from sessions_ui.demo.standin.state import Session, State, canonical_id
from sessions_ui.demo.standin.streams import StoredStream

REVIEWERS = ("dba-reviewers", "security-reviewers")
#: How soon it notices that it is to stop listening: a thousand tests each wait for that.
STOP_SECONDS = 0.01


class StandIn:
    """A stand-in hoop gateway, listening from construction until ``close`` (or the end of ``with``).

    ``samples`` True loads every sample session, a list of case names only those; without it and
    without ``sessions`` (envelopes, as for ``add_session``) all are loaded. ``shift_to`` moves the
    samples' dates so that the newest is that moment. ``control`` opens /control to other processes.
    """

    def __init__(
        self,
        sessions: Iterable[dict[str, Any]] | None = None,
        *,
        samples: bool | Collection[str] | None = None,
        port: int = 0,
        shift_to: datetime | None = None,
        control: bool = False,
        api_url: str | None = None,
        version: str = "unknown",
        auditor_key: str | None = None,
    ) -> None:
        self.state = State(People(_people()), _server(version))
        self.router = Router(self.state)
        self.memory = Memory()
        self.control = control
        self.version = version
        self.faults = Faults(self._listen)
        self._load(sessions, samples, shift_to)
        self.auditor_key = self.state.people.token_for(self.state.people.key.id, auditor_key)
        self._port = port
        self._listener: Listener | None = None
        self._listen(True)
        self.state.api_url = api_url or self.url

    def _load(
        self,
        sessions: Iterable[dict[str, Any]] | None,
        wanted: bool | Collection[str] | None,
        shift_to: datetime | None,
    ) -> None:
        if wanted is None:
            wanted = sessions is None
        loaded: list[Session] = []
        if wanted:
            loaded = samples.sample_sessions(None if wanted is True else wanted)
        if shift_to:
            samples.shift(loaded, shift_to)
        for session in loaded:
            self.state.add(session)
        for envelope in sessions or ():
            self.add_session(envelope)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and end every connection, waiting answers included."""
        self.faults.release()
        self._listen(False)

    def _listen(self, wanted: bool) -> None:
        listener, self._listener = self._listener, None
        if listener:
            listener.stop()
        if wanted:
            self._listener = Listener(self._port, self)
            self._port = self._listener.server_port
            threading.Thread(target=self._listener.serve_forever, args=(STOP_SECONDS,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def clock(self) -> Callable[[], datetime]:
        return self.state.clock

    @clock.setter
    def clock(self, clock: Callable[[], datetime]) -> None:
        self.state.clock = clock

    def key_for(self, email: str) -> str:
        """A bearer token of this person."""
        return self.state.people.token_for(email)

    def id_of(self, case: str) -> str:
        """The id of a sample session, by its case name."""
        return self.state.by_case(case).id

    def session(self, session_id: str) -> Session:
        return self.state.get(session_id)

    def add_session(
        self,
        changes: dict[str, Any] | None = None,
        stream: Iterable[Any] | None = (),
        *,
        wire_proto: bool = False,
        as_it_is: bool = False,
    ) -> str:
        """Add a finished session of Owen's with these fields changed; returns its id.

        ``stream`` holds ``(seconds, kind, bytes)`` or, for odd events, any JSON value; None is a session
        without a stored stream. ``event_size`` and ``end_date`` follow from it unless given.
        ``as_it_is`` takes ``changes`` for the whole envelope (older gateways, the documented example).
        """
        if as_it_is:
            envelope = dict(changes or {})
            envelope_stream = envelope.pop("event_stream", None) or stream
            stored = None if envelope_stream is None else StoredStream(envelope_stream)
            session = Session(canonical_id(envelope["id"]), envelope, stored)
        else:
            session = generated.finished(self._base(), changes or {}, stream)
        session.wire_proto = wire_proto
        self.state.add(session)
        return session.id

    def add_large_log(self, events: int | None = 50_000, *, minutes_ago: float = 60.0) -> str:
        """Add a session with a log of that many events (about 200 bytes of JSON each), made as it is sent."""
        base = self._base(script=generated.LargeLog.script.decode(), minutes_ago=minutes_ago)
        return self._added(generated.large_session(base, events))

    def add_running(
        self, *, interval: float = 1.0, flush_seconds: float = 50.0, minutes_ago: float = 0.0
    ) -> str:
        """Add an open session that prints a line every ``interval`` seconds; hoop flushes every 50."""
        script = "for i in $(seq 1 100000); do echo tick $i; sleep 1; done\n"
        base = self._base(script=script, minutes_ago=minutes_ago)
        return self._added(generated.running_session(base, script, interval, flush_seconds))

    def add_pending_review(self, *, groups: Iterable[str] = REVIEWERS, minutes_ago: float = 0.0) -> str:
        """Add a session that waits for these groups; ``settle_review`` or PUT …/review decides it."""
        base = self._base(script="UPDATE payroll SET salary = salary * 1.1;\n", minutes_ago=minutes_ago)
        return self._added(generated.pending_session(base, groups))

    def _added(self, session: Session) -> str:
        self.state.add(session)
        return session.id

    def _base(self, script: str = "echo hello\n", minutes_ago: float = 5.0) -> dict[str, Any]:
        owner = self.state.people.find("owen@example.com")
        if owner is None:
            raise KeyError("owen@example.com")
        started = self.state.clock() - timedelta(minutes=minutes_ago)
        return generated.envelope(owner, started.astimezone(UTC), script, self.state.server["org_id"])

    def settle_review(self, session_id: str, status: str, reason: str | None = None) -> None:
        """Let every group decide at once: APPROVED, REJECTED or REVOKED; any other status is just set."""
        reviews.settle(self.state, self.state.get(session_id), status, reason)

    def kill(self, session_id: str) -> None:
        """What the owner's POST …/kill does: end a running session, destroy a finished recording."""
        self.state.kill(self.state.get(session_id))

    def at(self, session_id: str, seconds: float | None) -> None:
        """Freeze an open session at this many seconds after its start (None: follow the clock)."""
        self.state.get(session_id).elapsed = seconds

    def requests(self, path: str = "*", *, method: str | None = None, query: str = "*") -> list[Seen]:
        """What has been asked, oldest first; ``path`` and ``query`` are fnmatch patterns."""
        return self.memory.matching(path, method, query)

    def forget_requests(self) -> None:
        self.memory.clear()


def _people() -> list[dict[str, Any]]:
    return samples.people()


def _server(version: str) -> dict[str, Any]:
    server = samples.server()
    server["serverinfo"]["version"] = version
    return server
