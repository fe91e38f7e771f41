"""Readings that are interrupted, robbed of their lease, or find no room: a whole log or none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models import F
from django.utils import timezone

from sessions_ui.archive import ingest
from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead, open_event_log
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.leases import is_leased, lease_name
from sessions_ui.archive.sessions import get_session
from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin.streams import StoredStream
from sessions_ui.models import EventLogRecord, GatewayTroubleRecord, LeaseRecord, SegmentRecord, SessionRecord
from tests.recordings import triples
from tests.waiting import LONG, wait_for

ROOT = Path(__file__).resolve().parent.parent
STREAM = "expand=event_stream"
#: Enough for a first commit (eight segments of 256 KB) and well before the end.
EVENTS, SOME = 40_000, 6_000_000


def half_read(hoop: StandIn) -> Kept:
    """A long log of which hoop has sent a part, some of it already stored, and then fell silent."""
    kept = get_session(UUID(hoop.add_large_log(events=EVENTS)))
    hoop.faults.set("stall", query=STREAM, after=SOME, times=1)
    return kept


def age(seconds: float) -> None:
    earlier = timedelta(seconds=seconds)
    EventLogRecord.objects.update(started_at=F("started_at") - earlier, ended_at=F("ended_at") - earlier)
    GatewayTroubleRecord.objects.update(cooling_until=timezone.now() - timedelta(seconds=1))


def assert_whole(kept: Kept) -> EventLog:
    log = open_event_log(kept, wait_seconds=LONG)
    assert isinstance(log, EventLog), log
    assert log.events == EVENTS
    assert log.facts().wire_bytes == kept.session.event_size
    ingest.finish_ingests()
    assert not SegmentRecord.objects.exclude(log=log.record).exists()
    return log


def database_url() -> str:
    """The test database, for another process."""
    now = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{now['NAME']}"
    host, port = quote(now["HOST"] or "", safe=""), now["PORT"]
    return f"postgresql://{now['USER']}:{now['PASSWORD']}@{host}{f':{port}' if port else ''}/{now['NAME']}"


def process(hoop: StandIn, directory: Path, code: str, **environment: str) -> subprocess.Popen[str]:
    """A Python of its own with the site's settings, our database and the stand-in."""
    (directory / "static").mkdir(exist_ok=True)
    names = {name: text for name, text in os.environ.items() if not name.startswith("HOOP")}
    return subprocess.Popen(
        [sys.executable, "-c", "import django; django.setup()\n" + code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=names
        | {
            "DJANGO_SETTINGS_MODULE": "hoopviewer.settings",
            "DATABASE_URL": database_url(),
            "HOOP_API_URL": hoop.url,
            "HOOP_API_KEY": hoop.auditor_key,
            "HOOPVIEWER_DATA_DIR": str(directory),
            "SECRET_KEY": "only-for-tests-" + "0123456789" * 5,
        }
        | environment,
    )


VISIT = """
import sys, time
from uuid import UUID
from sessions_ui.archive.event_logs import open_event_log
from sessions_ui.archive.sessions import get_session
open_event_log(get_session(UUID(sys.argv[1] if len(sys.argv) > 1 else {session!r})))
print("begun", flush=True)
time.sleep(60)
"""


@pytest.mark.database
def test_it_takes_over_from_a_process_that_was_killed(hoop: StandIn, tmp_path: Path) -> None:
    kept = half_read(hoop)
    other = process(hoop, tmp_path, VISIT.format(session=kept.session.id))
    try:
        wait_for(lambda: EventLogRecord.objects.filter(output_events__gt=0).exists())
        other.send_signal(signal.SIGKILL)
        assert other.wait(LONG) == -signal.SIGKILL
    finally:
        other.kill()
        other.communicate()
    assert SegmentRecord.objects.exists()

    # The lease is still good: the dead holder's reading counts as arriving, and is no log.
    LeaseRecord.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    state = open_event_log(kept)
    assert isinstance(state, Arriving)
    assert 0 < state.events < EVENTS
    LeaseRecord.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert_whole(kept)
    assert len(hoop.requests(query=STREAM)) == 2
    assert list(EventLogRecord.objects.order_by("pk").values_list("state", "failure")) == [
        ("failed", "Interrupted"),
        ("published", ""),
    ]


@pytest.mark.database
def test_it_publishes_nothing_once_its_lease_is_lost(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "HEARTBEAT_SECONDS", 0.05)
    kept = half_read(hoop)
    open_event_log(kept)
    wait_for(SegmentRecord.objects.exists)

    LeaseRecord.objects.update(owner="thief", expires_at=timezone.now() + timedelta(hours=1))
    for thread in threading.enumerate():
        if thread.name == "ingest-heartbeat":
            thread.join(LONG)
    hoop.faults.clear()
    ingest.finish_ingests()

    assert EventLogRecord.objects.get().failure == "LeaseLost"
    assert not SegmentRecord.objects.exists()
    assert is_leased(lease_name(kept.record_id))
    LeaseRecord.objects.all().delete()
    assert_whole(kept)


@pytest.mark.database
@pytest.mark.parametrize("again", [False, True])
def test_it_writes_nothing_once_it_was_given_up(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """A holder that slept through the end of its lease wakes up while its successor reads."""
    monkeypatch.setattr(ingest, "LEASE_SECONDS", 3600)
    monkeypatch.setattr(ingest, "HEARTBEAT_SECONDS", 3600)
    kept = get_session(UUID(hoop.add_large_log(events=EVENTS)))
    asleep, awake = threading.Event(), threading.Event()
    first = _sleeper(asleep, awake)
    monkeypatch.setattr(ingest, "write_segments", first)
    open_event_log(kept)
    assert asleep.wait(LONG)

    LeaseRecord.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    if again:
        assert isinstance(open_event_log(kept, wait_seconds=LONG), EventLog)
    else:
        EventLogRecord.objects.update(state="failed", failure="Interrupted", ended_at=timezone.now())
    awake.set()
    ingest.finish_ingests()

    states = list(EventLogRecord.objects.order_by("pk").values_list("state", "failure"))
    assert states == [("failed", "Interrupted")] + [("published", "")] * again
    assert SegmentRecord.objects.exists() is again
    assert_whole(kept)


def _sleeper(asleep: threading.Event, awake: threading.Event) -> Callable[[Any], None]:
    """The first to write stops before its transaction has touched anything."""
    true = ingest.write_segments
    once = threading.Lock()

    def write(segments: Any) -> None:
        if once.acquire(blocking=False):
            _leave_transaction(asleep, awake)
        true(segments)

    return write


def _leave_transaction(asleep: threading.Event, awake: threading.Event) -> None:
    # SQLite's transactions hold the one write lock from their start: let the others write.
    if connection.vendor == "sqlite":
        connection.cursor().execute("COMMIT")
    asleep.set()
    awake.wait(2 * LONG)
    if connection.vendor == "sqlite":
        connection.cursor().execute("BEGIN IMMEDIATE")


@pytest.fixture
def small_disk() -> Iterator[Callable[[], None]]:
    """Called: from then on new connections find the database nearly full."""
    limit: list[int] = []

    def shrink(sender: Any, connection: Any, **_: Any) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={limit[0]}")

    def fill() -> None:
        with connection.cursor() as cursor:
            # Pages that earlier tests gave back would be room as well.
            cursor.execute("VACUUM")
            limit.append(cursor.execute("PRAGMA page_count").fetchone()[0] + 40)
        connection_created.connect(shrink, weak=False, dispatch_uid="small disk")

    yield fill
    connection_created.disconnect(dispatch_uid="small disk")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite is told to be full; PostgreSQL cannot be")
def test_it_shows_nothing_when_the_disk_is_full(hoop: StandIn, small_disk: Callable[[], None]) -> None:
    events = [(n / 10, "o", os.urandom(50_000)) for n in range(60)]
    kept = get_session(UUID(hoop.add_session({}, events)))
    small_disk()

    state = open_event_log(kept, wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert (state.failure, state.text) == ("NotStored", "our own database could not store it")
    ingest.finish_ingests()
    assert not SegmentRecord.objects.exists()
    assert not EventLogRecord.objects.filter(state="published").exists()
    # Not by every visitor, but after a while.
    asked = len(hoop.requests(query=STREAM))
    assert open_event_log(kept) == state
    connection_created.disconnect(dispatch_uid="small disk")
    age(16)
    log = open_event_log(kept, wait_seconds=LONG)
    assert isinstance(log, EventLog)
    assert [event.payload for event in log.read_from(1)] == [payload for _, _, payload in events]
    assert len(hoop.requests(query=STREAM)) == asked + 1


@pytest.mark.database
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's file has no server to lose")
def test_it_begins_anew_where_the_database_was_lost(hoop: StandIn) -> None:
    kept = half_read(hoop)
    open_event_log(kept)
    wait_for(SegmentRecord.objects.exists)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] > 0
    hoop.faults.clear()
    ingest.finish_ingests()

    # Its connections were tried before they were used again, so that the failure could be stored after all.
    assert not EventLogRecord.objects.filter(state="published").exists()
    state = open_event_log(kept)
    assert isinstance(state, NotRead)
    assert state.failure == "NotStored"
    age(16)
    assert_whole(kept)
    assert EventLogRecord.objects.filter(state="failed").count() == 1


@pytest.mark.database
def test_it_leaves_hoop_alone_while_a_failure_cannot_be_stored(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = get_session(UUID(hoop.id_of("bash-ok")))
    hoop.faults.set("401", query=STREAM)
    monkeypatch.setattr(ingest, "_fail", lambda *_: False)

    for _ in range(5):
        assert isinstance(open_event_log(kept), Arriving)
        ingest.finish_ingests()
    assert len(hoop.requests(query=STREAM)) == 1

    monkeypatch.undo()
    hoop.faults.clear()
    LeaseRecord.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert isinstance(open_event_log(kept, wait_seconds=LONG), EventLog)


@pytest.mark.database
def test_it_reads_two_logs_at_a_time_and_lets_no_lease_wait(hoop: StandIn) -> None:
    kept = [get_session(UUID(hoop.id_of(case))) for case in ("bash-ok", "bash-failed", "pg-200")]
    hoop.faults.set("hang", query=STREAM)
    for one in kept:
        assert isinstance(open_event_log(one), Arriving)

    wait_for(lambda: len(hoop.requests(query=STREAM)) == 2)
    assert {lease.name for lease in LeaseRecord.objects.all()} == {
        lease_name(one.record_id) for one in kept[:2]
    }
    hoop.faults.clear()
    for one in reversed(kept):
        assert isinstance(open_event_log(one, wait_seconds=LONG), EventLog)


@pytest.mark.database
def test_it_sweeps_what_an_earlier_reading_left_behind(hoop: StandIn) -> None:
    kept = half_read(hoop)
    open_event_log(kept)
    wait_for(SegmentRecord.objects.exists)
    # As after a kill between the mark and the sweep.
    left = EventLogRecord.objects.create(
        session_id=kept.record_id, state="failed", failure="Interrupted", owner="x", started_at=timezone.now()
    )
    segment = SegmentRecord.objects.order_by("pk").first()
    assert segment
    segment.pk, segment.log = None, left
    segment.save(force_insert=True)
    EventLogRecord.objects.filter(state="arriving").update(state="failed", failure="Interrupted")
    hoop.faults.clear()
    ingest.finish_ingests()
    age(60)

    assert_whole(kept)


@pytest.mark.database
def test_it_sweeps_what_was_left_behind_where_nobody_looks_any_more(hoop: StandIn) -> None:
    """Of other sessions, by whichever reading ends next; every ten minutes."""
    get_session(UUID(hoop.id_of("bash-failed")))
    session = SessionRecord.objects.get()
    assert isinstance(open_event_log(get_session(UUID(hoop.id_of("bash-ok"))), wait_seconds=LONG), EventLog)
    ingest.finish_ingests()
    segment = SegmentRecord.objects.get()
    left: dict[str, EventLogRecord] = {}

    def leave(name: str, state: str, minutes: int, store: EventLogRecord | None = None) -> None:
        then = timezone.now() - timedelta(minutes=minutes)
        superseded = then if state == "superseded" else None
        left[name] = EventLogRecord.objects.create(
            session=session, state=state, owner=name, started_at=then, superseded_at=superseded, store=store
        )
        segment.pk, segment.log = None, left[name]
        if store is None:
            segment.save(force_insert=True)

    leave("replaced", "superseded", 61)
    leave("just replaced", "superseded", 30)
    leave("shared", "superseded", 61)
    leave("shares", "published", 61, left["shared"])
    leave("half swept", "swept", 90)
    leave("died as it swept", "failed", 1)
    leave("died", "arriving", 61)
    leave("just died", "arriving", 30)

    def remaining() -> set[str]:
        return {name for name, log in left.items() if SegmentRecord.objects.filter(log=log).exists()}

    def read_another(case: str) -> None:
        kept = get_session(UUID(hoop.id_of(case)))
        assert isinstance(open_event_log(kept, wait_seconds=LONG), EventLog)
        ingest.finish_ingests()

    LeaseRecord.objects.create(
        name=lease_name(session.pk), owner="another", expires_at=timezone.now() + timedelta(hours=1)
    )
    read_another("pg-200")
    assert remaining() == set(left) - {"shares"}
    LeaseRecord.objects.filter(name="sweep").update(expires_at=timezone.now() - timedelta(seconds=1))
    read_another("pg-error")
    assert remaining() == {"just replaced", "shared", "died", "just died"}
    LeaseRecord.objects.all().delete()
    read_another("nulls")
    assert remaining() == {"just replaced", "shared", "just died"}
    left["died"].refresh_from_db()
    assert left["died"].failure == "Interrupted"


@pytest.mark.database
def test_it_starts_anew_when_an_open_log_no_longer_begins_as_before(hoop: StandIn) -> None:
    """Even where so much was other that a part of it had been stored before that was noticed."""
    session_id = hoop.add_session({"status": "open"}, [(n, "o", b"small %d" % n) for n in range(100)])
    kept = get_session(UUID(session_id))
    assert isinstance(open_event_log(kept, wait_seconds=LONG), EventLog)
    other = [(n, "o", os.urandom(60_000)) for n in range(120)]
    hoop.session(session_id).stream = StoredStream(other)
    age(60)

    open_event_log(kept)
    ingest.finish_ingests()

    log = open_event_log(kept)
    assert isinstance(log, EventLog)
    assert log.record.prefix_changed
    assert [event.payload for event in log.read_from(1)] == [payload for _, _, payload in other]
    assert set(EventLogRecord.objects.values_list("state", flat=True)) == {"published", "superseded"}


@pytest.mark.database
@pytest.mark.parametrize("steps", [(1, 2, 3), (4_096, 4_097), (4_095, 4_096, 9_000), (700, 700, 5_000)])
def test_it_adds_to_an_open_log_what_is_new(hoop: StandIn, steps: tuple[int, ...]) -> None:
    events = [(n / 8, "io"[n % 2], b"line %d\n" % n * (n % 9)) for n in range(max(steps))]
    if len(events) > 650:
        events[650] = (81.25, "o", b"x" * 700_000)
    session_id = hoop.add_session({"status": "open"}, [])
    kept = get_session(UUID(session_id))

    for count in steps:
        hoop.session(session_id).stream = StoredStream(events[:count])
        age(60)
        open_event_log(kept, wait_seconds=LONG)
        ingest.finish_ingests()
        log = open_event_log(kept)
        assert isinstance(log, EventLog)
        stored = StoredStream(events[:count]).text
        assert json.loads(b"".join(triples(log.read_from(1)))) == json.loads(stored)
        assert b"".join(log.printed()) == b"".join(event[2] for event in events[:count] if event[1] == "o")
        assert log.facts().wire_bytes == len(stored)


def test_it_stops_a_reading_that_takes_for_ever(hoop: StandIn, settings: Any) -> None:
    settings.HOOPVIEWER_LOG_SECONDS = 0.5
    kept = get_session(UUID(hoop.id_of("bash-hostile")))
    hoop.faults.set("drip", query=STREAM, size=64, seconds=0.05)

    state = open_event_log(kept, wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert state.failure == "GatewaySlow"
    assert not SegmentRecord.objects.exists()


@pytest.mark.database
def test_it_reports_a_fault_of_ours(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ingest, "_refuse_doubtful", broken)

    state = open_event_log(get_session(UUID(hoop.id_of("bash-ok"))), wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert state.failure == "Broken"
    assert not SegmentRecord.objects.exists()
    assert not LeaseRecord.objects.filter(name__startswith="log").exists()


MEASURE = """
import json, resource, sys
from uuid import UUID
from sessions_ui.archive import ingest
from sessions_ui.archive.event_logs import EventLog, open_event_log
from sessions_ui.archive.sessions import get_session
peaks = []
for session in {sessions!r}:
    log = open_event_log(get_session(UUID(session)), wait_seconds=3600)
    assert isinstance(log, EventLog), log
    ingest.finish_ingests()
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
print(json.dumps(peaks))
"""


def test_it_reads_a_hundred_megabytes_in_little_memory(hoop: StandIn, tmp_path: Path) -> None:
    small, large = hoop.id_of("bash-ok"), hoop.add_large_log(events=500_000)

    with process(hoop, tmp_path, MEASURE.format(sessions=[small, large])) as other:
        output, _ = other.communicate()
    idle, peak = json.loads(output)

    record = EventLogRecord.objects.get(session__session_id=large)
    assert record.wire_bytes > 95_000_000
    assert peak - idle <= 64 * 1024 * 1024
    SessionRecord.objects.all().delete()
