"""hoop's body -> segments, once in the whole deployment, and published at the end only.

An ingest runs in a thread of the web process under a lease that a heartbeat of its own renews,
because hoop may take minutes to its first byte. Parsing holds no transaction; a commit every few
segments. Publishing is one UPDATE that still names the owner, so that a holder who lost the lease
publishes nothing. What was read before a failure is swept, never shown as a log.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.gateway_facts import sees_every_session
from sessions_ui.archive.leases import lease_name, release_lease, renew_lease, take_lease
from sessions_ui.archive.list_copies import note_copy
from sessions_ui.archive.prefixes import KnownPrefix, PrefixChanged, known_prefix
from sessions_ui.archive.publishing import publish
from sessions_ui.archive.segments import SegmentBuilder
from sessions_ui.archive.sweeping import mark_interrupted, sweep_failed, sweep_leftovers, sweep_segments
from sessions_ui.archive.writing import write_segments
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayError, GatewayForbidden, GatewayGarbled, GatewaySlow
from sessions_ui.gateway.stream import SessionStream
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import EventLogRecord, SegmentRecord, SessionRecord
from sessions_ui.session import Session

LEASE_SECONDS = 20.0
HEARTBEAT_SECONDS = 5.0
INGESTS_A_PROCESS = 2
SEGMENTS_A_COMMIT = 8

State = EventLogRecord.State
log = structlog.get_logger(__name__)

#: The newest reading of a session, and what has become of it so far.
Reading = tuple[int, str]
NO_READING: Reading = (0, "")
_pools: dict[int, tuple[ThreadPoolExecutor, threading.BoundedSemaphore]] = {}
_pools_lock = threading.Lock()
_ended = threading.Condition()
_ends = 0


class LeaseLost(Exception):
    """Somebody else may be reading this session now: stop, and publish nothing."""


def start_ingest(record: SessionRecord, *, seen: Reading | None = None) -> bool:
    """Begin to read the session's stream, unless somebody already does, or did: then the newest
    reading is no longer what the caller has ``seen``. Returns at once; False too while this process
    reads all it may, for a lease that waits in a queue would run out there."""
    pool, slots = _pool()
    if not slots.acquire(blocking=False):
        return False
    entry = None
    try:
        entry = _entry(record, seen)
        if entry is not None:
            pool.submit(_run, record, entry, slots)
    finally:
        if entry is None:
            slots.release()
    return entry is not None


def _entry(record: SessionRecord, seen: Reading | None) -> EventLogRecord | None:
    owner = uuid.uuid4().hex
    if not take_lease(lease_name(record.pk), owner, seconds=LEASE_SECONDS):
        return None
    if seen is not None and seen != newest_reading(record.pk):
        release_lease(lease_name(record.pk), owner)
        return None
    # At once, or who looks in between would take the end of the dead reading for the end of this one.
    with transaction.atomic():
        mark_interrupted(record)
        return EventLogRecord.objects.create(
            session=record, state=State.ARRIVING, owner=owner, started_at=timezone.now()
        )


def newest_reading(record_id: int) -> Reading:
    readings = EventLogRecord.objects.filter(session_id=record_id).order_by("-pk")
    return readings.values_list("pk", "state").first() or NO_READING


def _pool() -> tuple[ThreadPoolExecutor, threading.BoundedSemaphore]:
    """Made after the fork: a pool's threads do not survive one."""
    with _pools_lock:
        pid = os.getpid()
        if pid not in _pools:
            _pools.clear()
            pool = ThreadPoolExecutor(INGESTS_A_PROCESS, thread_name_prefix="ingest")
            _pools[pid] = (pool, threading.BoundedSemaphore(INGESTS_A_PROCESS))
        return _pools[pid]


def _run(record: SessionRecord, entry: EventLogRecord, slots: threading.BoundedSemaphore) -> None:
    try:
        if _read(record, entry):
            release_lease(lease_name(record.pk), entry.owner)
        # Whoever waits for this reading need not wait for what comes now.
        _note_end()
        sweep_leftovers()
    except DatabaseError:
        log.warning("ingest_not_cleaned_up", log_id=entry.pk)
    finally:
        slots.release()
        connections.close_all()
        _note_end()


def _note_end() -> None:
    global _ends
    with _ended:
        _ends += 1
        _ended.notify_all()


def count_ends() -> int:
    """How many ingests of this process have ended so far."""
    return _ends


def wait_for_an_end(seconds: float) -> bool:
    """Until an ingest of this process ends, whichever; False when none did in that time."""
    with _ended:
        return _ended.wait(seconds)


def _read(record: SessionRecord, entry: EventLogRecord) -> bool:
    """Whether the outcome is stored. Where it is not, the lease is left to run out, which keeps the
    next visitors from asking hoop again at once."""
    try:
        with _heartbeat(record, entry) as lost:
            sweep_failed(record)
            _ingest(record, entry, lost)
        return True
    except GatewayError as error:
        return _fail(entry, type(error).__name__, str(error))
    except LeaseLost:
        return _fail(entry, "LeaseLost", "another process took over")
    except (DatabaseError, OSError) as error:
        log.error("ingest_not_stored", log_id=entry.pk, error=type(error).__name__)
        return _fail(entry, "NotStored", "our own database could not store it")
    except Exception as error:
        # A thread's exception would go nowhere, and the page would wait for ever.
        log.exception("ingest_broke", log_id=entry.pk)
        return _fail(entry, "Broken", f"a fault of ours: {type(error).__name__}")


def _ingest(record: SessionRecord, entry: EventLogRecord, lost: threading.Event) -> None:
    prefix = known_prefix(record.pk)
    try:
        _read_stream(record, entry, lost, prefix)
    except PrefixChanged:
        log.warning("prefix_changed", log_id=entry.pk)
        # Larger events than before may have been stored ahead of the place that was compared.
        sweep_segments(entry.pk)
        entry.received_bytes = 0
        entry.prefix_changed = True
        _read_stream(record, entry, lost, None)


def _read_stream(
    record: SessionRecord, entry: EventLogRecord, lost: threading.Event, prefix: KnownPrefix | None
) -> None:
    stream, builder = SessionStream(), SegmentBuilder()
    waiting: list[SegmentRecord] = []
    deadline = time.monotonic() + settings.HOOPVIEWER_LOG_SECONDS
    with asking(settings.HOOP_API_URL), gateway_client().open_stream(record.session_id) as chunks:
        batches = stream.batches(_counted(entry, chunks, deadline))
        for batch in prefix.check(batches, builder) if prefix else batches:
            waiting += _to_store(builder.add(batch), prefix)
            if len(waiting) >= SEGMENTS_A_COMMIT:
                _commit(entry, builder, waiting, lost)
        session = parse_session(stream.finish(), asked=record.session_id)
    waiting += _to_store(builder.close(), prefix)
    _commit(entry, builder, waiting, lost)
    _refuse_doubtful(session, stream)
    if not publish(record, entry, session, stream, builder, prefix):
        raise LeaseLost
    note_copy(record.session_id)


def _to_store(segments: Iterator[SegmentRecord], prefix: KnownPrefix | None) -> Iterator[SegmentRecord]:
    return (segment for segment in segments if prefix is None or prefix.is_new(segment))


def _counted(entry: EventLogRecord, chunks: Iterable[bytes], deadline: float) -> Iterator[bytes]:
    for chunk in chunks:
        if time.monotonic() > deadline:
            raise GatewaySlow(f"the recording was not there after {settings.HOOPVIEWER_LOG_SECONDS:g} s")
        entry.received_bytes += len(chunk)
        yield chunk


def _commit(
    entry: EventLogRecord, builder: SegmentBuilder, waiting: list[SegmentRecord], lost: threading.Event
) -> None:
    if lost.is_set():
        raise LeaseLost
    for segment in waiting:
        segment.log = entry
    with transaction.atomic():
        write_segments(waiting)
        if not _note_progress(entry, builder):
            # Somebody took over and gave this reading up: its new segments would stay for ever.
            raise LeaseLost
    waiting.clear()


def _note_progress(entry: EventLogRecord, builder: SegmentBuilder) -> int:
    totals = builder.totals
    return EventLogRecord.objects.filter(pk=entry.pk, owner=entry.owner, state=State.ARRIVING).update(
        received_bytes=entry.received_bytes,
        typed_events=totals.typed_events,
        output_events=totals.output_events,
        error_events=totals.error_events,
        other_events=totals.other_events,
    )


def _refuse_doubtful(session: Session, stream: SessionStream) -> None:
    """No stream where there should be one is not an empty log: hoop leaves it out, with a 200, for
    a credential that may not see it."""
    if stream.stream_seen:
        return
    if not sees_every_session():
        raise GatewayForbidden("hoop leaves the stream out for our credential")
    if session.is_finished and session.event_size:
        raise GatewayGarbled("hoop names a recording and did not send it")


def _fail(entry: EventLogRecord, failure: str, text: str) -> bool:
    log.warning("ingest_failed", log_id=entry.pk, failure=failure, reason=text)
    try:
        EventLogRecord.objects.filter(pk=entry.pk, state=State.ARRIVING).update(
            state=State.FAILED,
            ended_at=timezone.now(),
            failure=failure,
            failure_text=text[:255],
            received_bytes=entry.received_bytes,
        )
        sweep_segments(entry.pk)
    except DatabaseError:
        # The lease runs out, and the next visitor finds an interrupted ingest.
        log.error("failure_not_stored", log_id=entry.pk)
        return False
    return True


@contextmanager
def _heartbeat(record: SessionRecord, entry: EventLogRecord) -> Iterator[threading.Event]:
    """Renew the lease beside the work; the event is set once it is lost."""
    stop, lost = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(HEARTBEAT_SECONDS):
                if not renew_lease(lease_name(record.pk), entry.owner, seconds=LEASE_SECONDS):
                    lost.set()
                    return
        except DatabaseError:
            lost.set()
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, name="ingest-heartbeat", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join(timeout=HEARTBEAT_SECONDS)


def finish_ingests() -> None:
    """Wait for the ingests of this process to end: at its own end, and between tests."""
    with _pools_lock:
        pool = _pools.pop(os.getpid(), None)
    if pool is not None:
        pool[0].shutdown(wait=True)
