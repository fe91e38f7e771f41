from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from sessions_ui.archive import event_logs, ingest
from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead, find_copy_beside, open_event_log
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.masking import Reveal
from sessions_ui.archive.sessions import get_session
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import EventLogRecord, GatewayTroubleRecord, SegmentRecord, SessionRecord
from tests.recorded_facts import log_of
from tests.recordings import CASES, printed, recorded, triples
from tests.waiting import LONG, impatient, wait_for

STREAM = "expand=event_stream"
FACTS = ("events", "typed_events", "odd_events", "payload_bytes", "wire_bytes", "printed_sha256")
FACTS += ("first_seconds", "last_seconds", "only_placeholder", "stream_seen", "status")


def kept_of(hoop: StandIn, session_id: str) -> Kept:
    """What hoop says of the session now."""
    SessionRecord.objects.update(fetched_at=F("fetched_at") - timedelta(minutes=10))
    return get_session(UUID(session_id))


def read_log(hoop: StandIn, session_id: str) -> EventLog:
    log = open_event_log(kept_of(hoop, session_id), wait_seconds=LONG)
    assert isinstance(log, EventLog), log
    return log


def age(seconds: float) -> None:
    """As if every reading and failure had been that much earlier."""
    earlier = timedelta(seconds=seconds)
    EventLogRecord.objects.update(started_at=F("started_at") - earlier, ended_at=F("ended_at") - earlier)
    GatewayTroubleRecord.objects.update(cooling_until=timezone.now() - timedelta(seconds=1))


def streams(hoop: StandIn) -> int:
    return len(hoop.requests(query=STREAM))


def whole(log: EventLog) -> list[Any]:
    value: list[Any] = json.loads(b"".join(triples(log.read_from(1))))
    return value


@pytest.mark.database
@pytest.mark.parametrize("cases", [CASES[::2], CASES[1::2]])
def test_it_keeps_every_recorded_log(hoop: StandIn, cases: list[str]) -> None:
    for case in cases:
        log = read_log(hoop, hoop.id_of(case)).revealed(Reveal())
        sent = recorded(f"{case}/session.expand.json").get("event_stream")

        facts, expected = log.facts(), log_of(case)
        assert whole(log) == (sent or [])
        assert log.record.events_sha256 == expected.events_sha256
        for name in FACTS:
            assert getattr(facts, name) == getattr(expected, name), (case, name)
        if not log.record.odd_events:
            assert b"".join(log.printed()) == printed(case)
    assert streams(hoop) == len(cases)


@pytest.mark.database
def test_it_reads_a_finished_log_once_and_keeps_it(hoop: StandIn) -> None:
    session_id = hoop.id_of("bash-ok")
    first = read_log(hoop, session_id)
    content = whole(first)

    age(100_000)
    assert whole(read_log(hoop, session_id)) == content
    hoop.state.remove(session_id)
    assert whole(read_log(hoop, session_id)) == content
    assert streams(hoop) == 1


@pytest.mark.database
def test_it_keeps_its_first_copy_of_what_was_destroyed_at_hoop(hoop: StandIn) -> None:
    session_id = hoop.id_of("bash-ok")
    first = read_log(hoop, session_id)
    content = whole(first)
    hoop.kill(session_id)

    for _ in range(3):
        kept = kept_of(hoop, session_id)
        again = open_event_log(kept)
        ingest.finish_ingests()
        age(100_000)
        assert isinstance(again, EventLog)
        assert again.record.pk == first.record.pk
        assert whole(again) == content

    beside = find_copy_beside(kept)
    assert kept.session.exit_code == 254
    assert kept.changed_between
    assert beside
    assert beside.facts().only_placeholder
    # What hoop has now is asked for once, not by every visitor.
    assert streams(hoop) == 2


@pytest.mark.database
def test_it_answers_at_once_and_lets_the_visitor_wait(hoop: StandIn) -> None:
    session_id = hoop.id_of("bash-ok")
    hoop.faults.set("hang", query=STREAM)
    kept = get_session(UUID(session_id))

    first = open_event_log(kept)
    assert isinstance(first, Arriving)
    assert (first.events, first.expected_bytes) == (0, kept.session.event_size)
    assert isinstance(open_event_log(kept, wait_seconds=0.1), Arriving)
    hoop.faults.clear()
    assert isinstance(open_event_log(kept, wait_seconds=LONG), EventLog)


@pytest.mark.database
def test_it_tells_how_much_has_come(hoop: StandIn) -> None:
    session_id = hoop.add_large_log(events=40_000)
    hoop.faults.set("stall", query=STREAM, after=6_000_000)
    kept = get_session(UUID(session_id))

    open_event_log(kept)
    wait_for(SegmentRecord.objects.exists)
    event_logs._arriving_now.clear()
    state = open_event_log(kept)

    assert isinstance(state, Arriving)
    assert 0 < state.events < 40_000
    assert 0 < state.received_bytes < state.expected_bytes


@pytest.mark.database
def test_it_reads_an_open_log_again_while_somebody_looks(hoop: StandIn) -> None:
    session_id = hoop.add_running(interval=1.0)
    hoop.at(session_id, 60)
    first = read_log(hoop, session_id)

    hoop.at(session_id, 130)
    age(45)
    assert read_log(hoop, session_id).record == first.record
    assert streams(hoop) == 1

    age(6)
    # Who does not wait gets the log that is there; who waits, the newer one.
    shown = open_event_log(kept_of(hoop, session_id))
    assert isinstance(shown, EventLog)
    assert shown.record == first.record
    second = read_log(hoop, session_id)
    assert streams(hoop) == 2
    assert second.events > first.events
    assert whole(second)[: first.events] == whole(first)
    first.record.refresh_from_db()
    assert first.record.state == "superseded"


@pytest.mark.database
def test_it_leaves_a_slow_gateway_ten_times_as_long_alone(hoop: StandIn) -> None:
    session_id = hoop.add_running()
    hoop.at(session_id, 60)
    read_log(hoop, session_id)
    EventLogRecord.objects.update(started_at=F("ended_at") - timedelta(seconds=12))

    age(110)
    read_log(hoop, session_id)
    ingest.finish_ingests()
    assert streams(hoop) == 1
    age(11)
    read_log(hoop, session_id)
    ingest.finish_ingests()
    assert streams(hoop) == 2


@pytest.mark.database
def test_it_reads_a_log_once_more_when_its_session_ends(hoop: StandIn) -> None:
    session_id = hoop.add_running()
    hoop.at(session_id, 60)
    open_log = read_log(hoop, session_id)
    hoop.kill(session_id)

    read_log(hoop, session_id)
    ingest.finish_ingests()
    closed = read_log(hoop, session_id)
    age(100_000)
    read_log(hoop, session_id)
    ingest.finish_ingests()

    assert closed.events > open_log.events
    assert closed.facts().closing_text == "session killed by the user"
    assert streams(hoop) == 2


@pytest.mark.database
def test_it_does_not_read_again_while_hoop_is_away(hoop: StandIn) -> None:
    session_id = hoop.add_running()
    hoop.at(session_id, 60)
    first = read_log(hoop, session_id)
    age(1000)
    hoop.faults.set("503", retry_after=60)

    kept = kept_of(hoop, session_id)

    assert kept.trouble is not None
    shown = open_event_log(kept)
    ingest.finish_ingests()
    assert isinstance(shown, EventLog)
    assert shown.record == first.record
    assert streams(hoop) == 1


@pytest.mark.database
def test_it_keeps_the_open_log_when_reading_it_again_fails(hoop: StandIn) -> None:
    session_id = hoop.add_running()
    hoop.at(session_id, 60)
    first = read_log(hoop, session_id)
    content = whole(first)
    age(60)
    hoop.faults.set("cut", query=STREAM, after=300)

    for _ in range(3):
        assert whole(read_log(hoop, session_id)) == content
        ingest.finish_ingests()

    assert streams(hoop) == 2
    assert SegmentRecord.objects.exclude(log=first.record).count() == 0


FAILURES: list[tuple[str, dict[str, Any], str]] = [
    ("refuse", {}, "GatewayUnreachable"),
    ("hang", {}, "GatewaySlow"),
    ("stall", {"after": 5_000_000}, "GatewaySlow"),
    ("cut", {"after": 5_000_000}, "GatewayGarbled"),
    ("cut-chunked", {"after": 5_000_000}, "GatewayGarbled"),
    ("cut-close", {"after": 5_000_000}, "GatewayGarbled"),
    ("reset", {}, "GatewayUnreachable"),
    ("html", {}, "GatewayGarbled"),
    ("empty-200", {}, "GatewayGarbled"),
    ("empty-500", {}, "GatewayUnreachable"),
    ("502", {}, "GatewayUnreachable"),
    ("503", {"retry_after": 20}, "GatewayUnreachable"),
    ("429", {}, "GatewayUnreachable"),
    ("401", {}, "GatewayRefused"),
    ("403", {}, "GatewayForbidden"),
    ("404", {}, "GatewayNotFound"),
    ("list", {}, "GatewayGarbled"),
    ("not-json", {}, "GatewayGarbled"),
    ("truncated-json", {}, "GatewayGarbled"),
    ("redirect", {}, "GatewayGarbled"),
    ("endless-log", {}, "GatewayTooBig"),
    ("endless-string", {}, "GatewayTooBig"),
]


# The faults are hoop's; that a failed reading leaves nothing behind is tested on both databases above.
@pytest.mark.parametrize(("mode", "options", "failure"), FAILURES, ids=[case[0] for case in FAILURES])
def test_it_shows_nothing_of_a_log_that_failed_and_tries_again_later(
    hoop: StandIn, settings: Any, mode: str, options: dict[str, Any], failure: str
) -> None:
    settings.HOOPVIEWER_MAX_LOG_BYTES = 9_000_000
    session_id = hoop.add_large_log(events=30_000)
    kept = get_session(UUID(session_id))
    hoop.faults.set(mode, query=STREAM, **options)

    with impatient(settings, when=failure == "GatewaySlow"):
        state = open_event_log(kept, wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert state.failure == failure
    assert session_id not in state.text
    ingest.finish_ingests()
    assert not SegmentRecord.objects.exists()
    assert not EventLogRecord.objects.filter(state__in=("published", "arriving")).exists()
    asked = streams(hoop)
    assert open_event_log(kept) == state
    assert streams(hoop) == asked

    hoop.faults.clear()
    age(16)
    log = open_event_log(kept, wait_seconds=LONG)
    assert isinstance(log, EventLog)
    assert (log.events, log.facts().wire_bytes) == (30_000, kept.session.event_size)


@pytest.mark.database
def test_it_refuses_a_stream_left_out_for_our_credential(hoop: StandIn, settings: Any) -> None:
    """A reviewer's key sees the session, and hoop leaves the stream out with a 200."""
    kept = get_session(UUID(hoop.id_of("payroll-ran")))
    settings.HOOP_API_KEY = hoop.key_for("rita@example.com")

    state = open_event_log(kept, wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert state.failure == "GatewayForbidden"


@pytest.mark.database
def test_it_refuses_an_answer_without_the_stream_that_hoop_names(hoop: StandIn) -> None:
    session_id = hoop.add_session({"event_size": 500}, None)

    state = open_event_log(kept_of(hoop, session_id), wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert state.failure == "GatewayGarbled"


@pytest.mark.database
@pytest.mark.parametrize("stream", [None, ()])
def test_it_takes_a_session_that_printed_nothing_for_what_it_is(hoop: StandIn, stream: Any) -> None:
    session_id = hoop.add_session({"event_size": 0} if stream is None else {}, stream)

    log = read_log(hoop, session_id)

    assert (log.events, log.facts().stream_seen) == (0, stream is not None)
    assert list(log.read_from(1)) == []


@pytest.mark.database
def test_it_refuses_hoops_error_sentence(hoop: StandIn) -> None:
    session_id = hoop.add_session({}, ["An internal error occurred: unable to decode the event stream"])

    state = open_event_log(kept_of(hoop, session_id), wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert state.failure == "GatewayGarbled"
    assert not SegmentRecord.objects.exists()


@pytest.mark.database
def test_it_reads_windows_that_are_slices_of_the_whole(hoop: StandIn) -> None:
    log = read_log(hoop, hoop.add_large_log(events=9_000))
    events = list(log.read_from(1))

    assert [event.number for event in events] == list(range(1, 9_001))
    for first, last in (
        (1, 1),
        (1, 200),
        (4_095, 4_099),
        (8_900, 9_000),
        (9_000, 9_999),
        (9_001, 9_100),
        (5, 4),
    ):
        assert list(log.read(first, last)) == events[first - 1 : max(last, first - 1)]


@pytest.mark.database
def test_it_says_when_not_even_the_beginning_can_be_stored(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = get_session(UUID(hoop.id_of("bash-ok")))

    def full(**_: Any) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(EventLogRecord.objects, "create", full)

    state = open_event_log(kept, wait_seconds=LONG)

    assert isinstance(state, NotRead)
    assert state.failure == "NotStored"
    assert streams(hoop) == 0


@pytest.mark.database
@pytest.mark.parametrize("comes", [True, False])
def test_it_waits_for_what_will_be_there_in_a_moment(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    def go_on(*_: Any) -> bool:
        hoop.faults.clear()
        return comes

    monkeypatch.setattr(event_logs, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(event_logs, "_comes_before", go_on)
    hoop.faults.set("stall", query=STREAM, after=6_000_000)
    kept = get_session(UUID(hoop.add_large_log(events=40_000)))
    shown = open_event_log(kept, wait_seconds=LONG, early=True, first_rows=True)
    assert isinstance(shown, Arriving)
    assert shown.log
    log = open_event_log(kept, wait_seconds=LONG, early=True)
    assert isinstance(log, EventLog if comes else Arriving)


def test_it_does_not_wait_for_what_will_not_be_there() -> None:
    begun = timezone.now() - timedelta(seconds=1)
    soon, late = (Arriving(9, received, 1000, begun) for received in (900, 100))
    assert event_logs._comes_before(soon, time.monotonic() + 1)
    assert not event_logs._comes_before(late, time.monotonic() + 1)
    for unknown in (Arriving(9, 900, 0, begun), Arriving(0, 0, 1000, begun)):
        assert not event_logs._comes_before(unknown, time.monotonic() + 1)


@pytest.mark.database
def test_who_waits_is_woken_when_it_is_there(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_logs, "_POLL_SECONDS", 2 * LONG)
    hoop.faults.set("hang", query=STREAM, seconds=0.2, times=1)
    kept = get_session(UUID(hoop.id_of("bash-ok")))
    started = time.monotonic()
    assert isinstance(open_event_log(kept, wait_seconds=2 * LONG), EventLog)
    assert time.monotonic() - started < LONG
