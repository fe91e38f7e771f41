"""A process that reads a log is killed at any moment: nobody ever sees a part of it for the whole."""

from __future__ import annotations

import hashlib
import random
import struct
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from sessions_ui.archive import event_logs, ingest
from sessions_ui.archive.event_logs import Arriving, EventLog, open_event_log
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.seeking import LANES, Segments
from sessions_ui.archive.sessions import get_session
from sessions_ui.archive.sweeping import sweep_segments
from sessions_ui.archive.unpacking import Segment
from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin.streams import decoded
from sessions_ui.models import EventLogRecord, LeaseRecord, SegmentRecord, SessionRecord
from sessions_ui.pages import opening
from tests.crashing import Moment, Reader, reader
from tests.waiting import LONG

pytestmark = pytest.mark.database
STREAM = "expand=event_stream"
EVENTS = 8_000
CRASHES, BY_THE_CLOCK = 50, 30
State = EventLogRecord.State


@dataclass(frozen=True)
class Hashes:
    events: str
    printed: str


@pytest.fixture
def warm(hoop: StandIn, tmp_path: Path) -> Iterator[Reader]:
    with reader(tmp_path, hoop.url, hoop.auditor_key) as process:
        yield process


def hashes_of(hoop: StandIn, session_id: str, elapsed: float = 0) -> Hashes:
    """By the formula of docs/event-log.md, from what hoop sends, without any code of the archive."""
    stream = hoop.session(session_id).stream
    assert stream is not None
    events, printed = hashlib.sha256(), hashlib.sha256()
    for number, (seconds, kind, payload) in enumerate(decoded(stream.events(elapsed), ("i", "o", "e")), 1):
        events.update(struct.pack("<QdcQ", number, seconds, kind.encode(), len(payload)) + payload)
        if kind != "i":
            printed.update(payload)
    return Hashes(events.hexdigest(), printed.hexdigest())


def hashes_of_stored(log: EventLog) -> Hashes:
    """The same of what the segments hold, whatever the record beside them says."""
    events, printed = hashlib.sha256(), hashlib.sha256()
    for event in log.read_from(1):
        head = struct.pack("<QdcQ", event.number, event.seconds, event.kind.encode(), len(event.payload))
        events.update(head + event.payload)
    for part in log.printed():
        printed.update(part)
    return Hashes(events.hexdigest(), printed.hexdigest())


def large(hoop: StandIn) -> Kept:
    """A log of 1.6 MB, sent in pieces over a tenth of a second the first time it is asked for."""
    hoop.faults.clear()
    hoop.faults.set("drip", query=STREAM, size=64 * 1024, seconds=0.004, times=1)
    return get_session(UUID(hoop.add_large_log(events=EVENTS)))


def stage_of(kept: Kept) -> str:
    """How far the killed reading had come, as the database tells it."""
    entry = EventLogRecord.objects.filter(session_id=kept.record_id).order_by("-pk").first()
    if entry is None:
        return "not begun"
    if entry.state != State.ARRIVING:
        return str(entry.state)
    return "in the middle" if SegmentRecord.objects.filter(log=entry).exists() else "nothing stored"


def check_whole(kept: Kept, log: Any, expected: Hashes) -> None:
    """The log, its own word of it, and its segments agree; and no others are there."""
    assert isinstance(log, EventLog), log
    assert Hashes(log.record.events_sha256, log.record.printed_sha256) == expected
    assert hashes_of_stored(log) == expected
    sequences = SegmentRecord.objects.filter(log__session_id=kept.record_id).order_by("log_id", "sequence")
    store = log.record.store_id or log.record.pk
    assert list(sequences.values_list("log_id", "sequence")) == [
        (store, number) for number in range(len(sequences))
    ]


def moments(whole: Moment, dice: random.Random) -> Iterator[Moment]:
    for _ in range(BY_THE_CLOCK):
        yield Moment(seconds=dice.uniform(0.001, 1.05 * whole.seconds))
    # One in each of as many equal parts of the reading.
    part = whole.statement / (CRASHES - BY_THE_CLOCK)
    for number in range(CRASHES - BY_THE_CLOCK):
        yield Moment(statement=1 + int(part * (number + dice.random())))


def test_it_never_takes_a_part_for_the_whole(
    hoop: StandIn, warm: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_logs, "_POLL_SECONDS", 0.01)
    kept = large(hoop)
    expected = hashes_of(hoop, kept.session.id)
    undisturbed = warm.read(kept.record_id, Moment())
    check_whole(kept, open_event_log(kept), expected)

    stages: Counter[str] = Counter()
    # A busy machine moves where a death by the clock falls, and leaves the others where they are.
    counted: Counter[str] = Counter()
    whole = Moment(undisturbed.seconds, undisturbed.statements)
    for moment in moments(whole, random.Random(4)):
        kept = large(hoop)
        end = warm.read(kept.record_id, moment)
        stage = stage_of(kept)
        stages[stage] += 1
        counted[stage] += bool(moment.statement)
        # Who died before asking left the slow answer to the next reading, which its end would break off.
        hoop.faults.clear()
        holders = set(LeaseRecord.objects.values_list("owner", flat=True))
        found = open_event_log(kept)

        # Told by the database alone, at the very moment of the death.
        assert stage == "published" or isinstance(found, Arriving), (moment, end, stage, found)
        # As when the dead holder's lease runs out.
        LeaseRecord.objects.filter(owner__in=holders).update(expires_at=timezone.now() - timedelta(days=1))
        check_whole(kept, open_event_log(kept, wait_seconds=LONG), expected)
        ingest.finish_ingests()

    assert counted["in the middle"] >= (CRASHES - BY_THE_CLOCK) // 4, (stages, counted)
    assert counted["nothing stored"], (stages, counted)
    assert not EventLogRecord.objects.filter(state=State.ARRIVING).exists()


def test_it_keeps_the_log_of_an_open_session_through_every_crash(
    hoop: StandIn, warm: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later reading shares the segments of the first: a death while they are exchanged spoils neither."""
    # Who looks does not have it read again, however long this takes.
    monkeypatch.setattr(event_logs, "FLUSH_SECONDS", 10**6)
    session_id = hoop.add_running(interval=0.01)
    hoop.at(session_id, 60)
    kept = get_session(UUID(session_id))
    warm.read(kept.record_id, Moment())
    first = open_event_log(kept)
    before, after = hashes_of(hoop, session_id, 60), hashes_of(hoop, session_id, 130)
    check_whole(kept, first, before)
    assert isinstance(first, EventLog)

    hoop.at(session_id, 130)
    statement = 0
    killed = True
    while killed:
        statement += 2
        killed = warm.read(kept.record_id, Moment(statement=statement)).killed
        log = open_event_log(kept)
        assert isinstance(log, EventLog), log
        assert hashes_of_stored(log) == (before if log.record == first.record else after), statement
        LeaseRecord.objects.all().delete()

    assert statement > 10
    check_whole(kept, open_event_log(kept), after)


def test_it_takes_the_log_that_was_published_as_it_looked(
    hoop: StandIn, warm: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = interrupted(hoop, warm)
    is_leased = event_logs.is_leased

    def finish(name: str) -> bool:
        ingest.start_ingest(SessionRecord.objects.get(pk=kept.record_id))
        ingest.finish_ingests()
        return is_leased(name)

    monkeypatch.setattr(event_logs, "is_leased", finish)

    check_whole(kept, open_event_log(kept), hashes_of(hoop, kept.session.id))


def test_it_waits_for_the_reading_that_was_begun_as_it_looked(
    hoop: StandIn, warm: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = interrupted(hoop, warm)
    is_leased = event_logs.is_leased

    def begin(name: str) -> bool:
        leased = is_leased(name)
        ingest.start_ingest(SessionRecord.objects.get(pk=kept.record_id))
        return leased

    hoop.faults.set("hang", query=STREAM)
    monkeypatch.setattr(event_logs, "is_leased", begin)

    assert isinstance(open_event_log(kept), Arriving)


def test_it_shows_no_rows_of_a_reading_that_is_swept_as_it_looks(
    hoop: StandIn, warm: Reader, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = next(kept for kept in dead(hoop, warm) if stage_of(kept) == "in the middle")
    LeaseRecord.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    arriving = open_event_log(kept)
    assert isinstance(arriving, Arriving)
    log = arriving.log
    assert log is not None
    address = f"/sessions/{kept.session.id}/log"
    monkeypatch.setattr(event_logs, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0)
    assert 'id="e1"' in operator.get(address).content.decode()

    holding = Segments.holding

    def sweep(stored: Segments, event: int, kinds: Collection[str] = LANES) -> Segment | None:
        sweep_segments(log.record.pk)
        return holding(stored, event, kinds)

    monkeypatch.setattr(Segments, "holding", sweep)
    # A look at what arrives serves all who come within a moment.
    event_logs._arriving_now.clear()

    page = operator.get(address)
    assert page.status_code == 200
    assert "The recording is being read from hoop" in page.content.decode()
    assert 'id="e1"' not in page.content.decode()


def dead(hoop: StandIn, warm: Reader) -> Iterator[Kept]:
    """Sessions whose readings died, each at a later statement."""
    for statement in range(10, 60, 3):
        kept = large(hoop)
        warm.read(kept.record_id, Moment(statement=statement))
        yield kept


def interrupted(hoop: StandIn, warm: Reader) -> Kept:
    """A session whose reading died, and whose lease has run out."""
    kept = large(hoop)
    warm.read(kept.record_id, Moment(statement=12))
    assert stage_of(kept) in ("nothing stored", "in the middle")
    LeaseRecord.objects.all().delete()
    hoop.faults.clear()
    return kept
