"""Reading a stored log: by event, by kind, both ways, whatever the events and the cut."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_ui.archive import segments
from sessions_ui.archive.masking import NOTHING
from sessions_ui.archive.reading import LANES, EventLog, LogGone
from sessions_ui.archive.segments import SegmentBuilder
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.eventlog.events import Event
from sessions_ui.models import EventLogRecord, SegmentRecord, SessionRecord

pytestmark = pytest.mark.database
COUNTED = (
    "typed_events",
    "output_events",
    "error_events",
    "other_events",
    "odd_events",
    "typed_bytes",
    "printed_bytes",
    "other_bytes",
    "first_seconds",
    "last_seconds",
)

events = st.lists(
    st.tuples(st.sampled_from("ioeh?"), st.binary(max_size=40)),
    max_size=60,
)


def stored(rows: Sequence[tuple[str, bytes]], *, pause_before: int = 0) -> EventLog:
    """A published log with these kinds and payloads, a tenth of a second apart; a minute more before the
    event of index ``pause_before``."""
    session = SessionRecord.objects.create(
        gateway="http://hoop",
        org_id="o",
        session_id=uuid.uuid4(),
        envelope=b"",
        first_seen_at=timezone.now(),
        fetched_at=timezone.now(),
        status="done",
    )
    record = EventLogRecord.objects.create(
        session=session, state="published", owner="t", started_at=timezone.now()
    )
    builder = SegmentBuilder()
    batch = EventBatch(
        [number / 10 + (60 if 0 < pause_before <= number else 0) for number in range(len(rows))],
        "".join(kind for kind, _ in rows).encode(),
        [payload for _, payload in rows],
    )
    made = [*builder.add(batch), *builder.close()]
    for segment in made:
        segment.log = record
    SegmentRecord.objects.bulk_create(made)
    for name in COUNTED:
        setattr(record, name, getattr(builder.totals, name))
    record.save()
    return EventLog(record, NOTHING)


def expected(rows: Sequence[tuple[str, bytes]]) -> list[Event]:
    return [Event(n, (n - 1) / 10, kind, payload) for n, (kind, payload) in enumerate(rows, 1)]


@pytest.fixture(params=[(64, 7), (10, 3), (1, 1), (1000, 1000)])
def small_segments(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments so small that short logs have many borders."""
    monkeypatch.setattr(segments, "SEGMENT_BYTES", request.param[0])
    monkeypatch.setattr(segments, "SEGMENT_ROWS", request.param[1])


many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(rows=events, data=st.data())
def test_it_reads_any_stretch_as_the_slice_of_the_whole(
    db: None, small_segments: None, rows: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    log = stored(rows)
    whole = expected(rows)
    assert list(log.read_from(1)) == whole
    first = data.draw(st.integers(1, len(rows) + 2))
    last = data.draw(st.integers(1, len(rows) + 2))
    assert list(log.read(first, last)) == whole[first - 1 : last]


@many
@given(rows=events, data=st.data())
def test_it_reads_some_kinds_both_ways(
    db: None, small_segments: None, rows: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    log = stored(rows)
    kinds = data.draw(st.sets(st.sampled_from(sorted(LANES)), min_size=1))
    place = data.draw(st.integers(1, len(rows) + 2))
    wanted = [event for event in expected(rows) if (event.kind if event.kind in "ioe" else "x") in kinds]
    assert list(log.read_from(place, kinds)) == [event for event in wanted if event.number >= place]
    assert list(log.read_before(place, kinds)) == [event for event in wanted if event.number < place][::-1]
    assert log.count(kinds) == len(wanted)


@many
@given(rows=events, seconds=st.floats(0, 8))
def test_it_finds_the_event_of_a_time(
    db: None, small_segments: None, rows: list[tuple[str, bytes]], seconds: float
) -> None:
    log = stored(rows)
    later = [event.number for event in expected(rows) if event.seconds >= seconds]
    assert log.event_at(seconds) == (later[0] if later else len(rows))


def test_it_reads_a_rare_kind_without_the_rest(db: None, django_assert_max_num_queries: object) -> None:
    rows = [("o", b"x" * 1000)] * 4000
    rows[1500] = rows[3999] = ("e", b"!")
    log = stored(rows)
    with django_assert_max_num_queries(12):  # type: ignore[operator]  # a fixture that makes a context
        assert [event.number for event in log.read_from(1, "e")] == [1501, 4000]


def test_it_reads_errors_that_stand_by_themselves_as_any_others(
    db: None, small_segments: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("o", b"line"), ("e", b"no such file"), ("e", b""), ("i", b"ls"), ("e", b"x" * 40)] * 3
    wanted = [event for event in expected(rows) if event.kind == "e"]
    for size in (1000, 15, 0):
        monkeypatch.setattr(segments, "ERROR_BYTES", size)
        log = stored(rows)
        assert list(log.read_from(1, "e")) == wanted
        assert list(log.read_from(1)) == expected(rows)
        # As an earlier release stored it.
        log.record.stored_segments().update(errors=None)
        assert list(EventLog(log.record, NOTHING).read_from(1, "e")) == wanted


def test_it_knows_whether_a_kind_comes_before(db: None, small_segments: None) -> None:
    rows = [("o", b"line"), ("i", b"ls"), ("o", b""), ("e", b"x" * 40), ("i", b"pwd"), ("e", b"end")]
    log = stored(rows)
    for kinds in ("i", "e", "x", "ie", "ioex"):
        numbers = [event.number for event in log.read_from(1, kinds)]
        assert [log.has_before(number, kinds) for number in numbers] == [n > 0 for n in range(len(numbers))]


def test_a_log_that_was_swept_is_gone(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 1)
    log = stored([("o", b"one"), ("i", b"two"), ("o", b"three")])
    reading = log.read_from(1)
    next(reading)
    log.record.stored_segments().delete()
    with pytest.raises(LogGone):
        list(reading)


def test_it_gives_lanes_whole(db: None, small_segments: None) -> None:
    rows = [("i", b"ls\r"), ("o", b"a" * 300), ("e", b"end"), ("h", b"\x00"), ("o", b"")]
    log = stored(rows)
    assert b"".join(log.printed()) == b"a" * 300 + b"end"
    assert b"".join(log.lane("typed")) == b"ls\r"
    assert b"".join(log.lane("other")) == b"\x00"
