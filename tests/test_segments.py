from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import fields
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_ui.archive import segments as module
from sessions_ui.archive.masking import NOTHING
from sessions_ui.archive.packing import unpack
from sessions_ui.archive.reading import EventLog
from sessions_ui.archive.segments import SegmentBuilder
from sessions_ui.archive.unpacking import read_segment
from sessions_ui.archive.writing import write_segments
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.models import EventLogRecord, SegmentRecord, SessionRecord


def bare(sequence: int, name: str, blob: bytes | memoryview) -> bytes:
    return unpack(blob)


Row = tuple[float, str, bytes]
FIELDS = [
    field.attname for field in SegmentRecord._meta.concrete_fields if field.attname not in ("id", "log_id")
]
LANE_OF = {"i": "typed", "o": "printed", "e": "printed"}

rows = st.lists(
    st.tuples(
        st.floats(0, 1e6).map(abs), st.sampled_from("ioehb?"), st.binary(max_size=90) | st.just(b"x" * 200)
    ),
    max_size=60,
)


def batch(events: list[Row]) -> EventBatch:
    return EventBatch(
        [event[0] for event in events],
        "".join(event[1] for event in events).encode(),
        [event[2] for event in events],
    )


def build(*batches: list[Row]) -> tuple[list[SegmentRecord], SegmentBuilder]:
    builder = SegmentBuilder()
    made = [segment for events in batches for segment in builder.add(batch(events))]
    return [*made, *builder.close()], builder


def contents(segments: list[SegmentRecord]) -> list[dict[str, Any]]:
    return [{name: getattr(segment, name) for name in FIELDS} for segment in segments]


def read_back(segments: list[SegmentRecord]) -> list[Row]:
    events: dict[int, Row] = {}
    for record in segments:
        segment = read_segment(record, bare)
        for place, event in enumerate(segment.events()):
            if place == 0 and segment.continues:
                seconds, kind, payload = events[event.number]
                assert (seconds, kind) == (event.seconds, event.kind)
                events[event.number] = (seconds, kind, payload + event.payload)
            else:
                assert event.number == len(events) + 1
                events[event.number] = (event.seconds, event.kind, event.payload)
    return list(events.values())


@pytest.fixture(autouse=True, scope="module")
def _small_segments() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SEGMENT_BYTES", 64)
        patch.setattr(module, "SEGMENT_ROWS", 7)
        yield


@settings(max_examples=100)
@given(rows, st.lists(st.integers(0, 60), max_size=6))
def test_it_makes_the_same_segments_however_the_events_came(events: list[Row], cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(events)]
    whole, builder = build(events)
    pieces, other = build(*(events[a:b] for a, b in zip(places, places[1:], strict=False)))

    assert contents(pieces) == contents(whole)
    assert other.totals == builder.totals
    assert other.events_sha256 == builder.events_sha256
    assert other.printed_sha256 == builder.printed_sha256
    assert read_back(whole) == events


@settings(max_examples=100)
@given(rows)
def test_it_counts_what_lies_before_each_segment(events: list[Row]) -> None:
    segments, builder = build(events)

    done = {"typed": 0, "output": 0, "error": 0, "other": 0}
    size = {"typed": 0, "printed": 0, "other": 0}
    for sequence, record in enumerate(segments):
        segment = read_segment(record, bare)
        assert record.sequence == sequence
        assert {name: getattr(record, f"before_{name}") for name in done} == done
        assert {name: getattr(record, f"before_{name}_bytes") for name in size} == size
        assert record.rows == len(segment.kinds) <= 7
        assert sum(map(len, segment.payloads)) <= 64
        assert record.first_seconds == segment.seconds[0]
        for place, (kind, payload) in enumerate(zip(segment.kinds.decode(), segment.payloads, strict=True)):
            if place or not segment.continues:
                done[{"i": "typed", "o": "output", "e": "error"}.get(kind, "other")] += 1
            size[LANE_OF.get(kind, "other")] += len(payload)
    totals = builder.totals
    assert {name: getattr(totals, f"{name}_events") for name in done} == done
    assert {name: getattr(totals, f"{name}_bytes") for name in size} == size
    assert totals.odd_events == sum(kind == "?" for _, kind, _ in events)
    assert totals.events == len(events)


@settings(max_examples=60)
@given(rows)
def test_it_hashes_what_the_documentation_says(events: list[Row]) -> None:
    _, builder = build(events)

    expected = hashlib.sha256()
    for number, (seconds, kind, payload) in enumerate(events, 1):
        expected.update(struct.pack("<QdcQ", number, seconds, kind.encode(), len(payload)) + payload)
    printed = b"".join(payload for _, kind, payload in events if kind in "oe")
    assert builder.events_sha256 == expected.hexdigest()
    assert builder.printed_sha256 == hashlib.sha256(printed).hexdigest()


def test_it_splits_a_payload_over_a_segments_size_and_joins_it_again() -> None:
    events: list[Row] = [
        (0.1, "i", b"ab"),
        (0.2, "o", bytes(range(200))),
        (0.3, "o", b"y" * 64),
        (0.4, "e", b"z" * 65),
    ]

    segments, _ = build(events)

    assert [(one.first_event, one.continues, one.rows) for one in segments] == [
        (1, False, 1),
        (2, False, 1),
        (2, True, 1),
        (2, True, 1),
        (2, True, 1),
        (3, False, 1),
        (4, False, 1),
        (4, True, 1),
    ]
    assert read_back(segments) == events


@pytest.mark.parametrize(
    ("events", "first", "last"),
    [
        ([], None, None),
        ([(0.0, "o", b"x")], 0.0, 0.0),
        ([(0.0, "?", b"null"), (0.5, "o", b"x"), (0.0, "?", b"null")], 0.5, 0.5),
        ([(0.2, "?", b'[0.2,"o"]'), (0.5, "o", b"x"), (0.7, "?", b'[0.7,"o"]')], 0.2, 0.7),
        ([(0.0, "?", b"null")], None, None),
    ],
)
def test_it_takes_no_time_from_an_event_that_has_none(
    events: list[Row], first: float | None, last: float | None
) -> None:
    for batches in ([events], [[event] for event in events]):
        totals = build(*batches)[1].totals
        assert (totals.first_seconds, totals.last_seconds) == (first, last)


@pytest.mark.parametrize(
    ("events", "alone"),
    [
        ([(0.0, "e", b"no log found on disk")], True),
        ([(0.0, "o", b"no log found on disk")], False),
        ([(0.0, "e", b"no log found on disk\n")], False),
        ([(0.0, "e", b"no log found on disk"), (0.1, "o", b"x")], False),
        ([(0.0, "o", b"x"), (0.1, "e", b"no log found on disk")], False),
        ([], False),
    ],
)
def test_it_knows_hoops_placeholder(events: list[Row], alone: bool) -> None:
    for batches in ([events], [[event] for event in events], [[], events, []]):
        assert build(*batches)[1].only_placeholder is alone


def test_it_reports_a_segment_that_is_damaged() -> None:
    (record,), _ = build([(0.1, "i", b"abcdef"), (0.2, "o", b"ghijkl" * 5)])
    for name in ("columns", "typed", "printed"):
        for spoil in (lambda data: data[:-1], lambda data: b"\0" + data[1:], lambda data: b""):
            damaged = SegmentRecord(**contents([record])[0])
            setattr(damaged, name, spoil(getattr(damaged, name)))
            with pytest.raises(ValueError, match="damaged"):
                list(read_segment(damaged, bare).events())


def test_it_keeps_its_true_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(module, "SEGMENT_BYTES", 256 * 1024)
    monkeypatch.setattr(module, "SEGMENT_ROWS", 4096)

    many, _ = build([(0.1, "o", b"x")] * 10_000)
    large, _ = build([(0.1, "o", os.urandom(17 * 1024 * 1024))])

    assert [segment.rows for segment in many] == [4096, 4096, 1808]
    assert len(large) == 68
    assert all(segment.continues for segment in large[1:])


@pytest.mark.database
@pytest.mark.django_db
def test_it_stores_segments_and_reads_every_window_of_them() -> None:
    events: list[Row] = [(n / 7, "ioehb?"[n % 6], bytes([n]) * (n * 37 % 150)) for n in range(60)]
    segments, builder = build(events)
    session = SessionRecord.objects.create(
        gateway="g", org_id="o", session_id="6eb5980c-6213-4f06-8c9c-2e14418b74cf", envelope=b"",
        first_seen_at=timezone.now(), fetched_at=timezone.now(), status="done",
    )  # fmt: skip
    totals = builder.totals
    record = EventLogRecord.objects.create(
        session=session, state="published", owner="me", started_at=timezone.now(),
        **{field.name: getattr(totals, field.name) for field in fields(totals)},
    )  # fmt: skip
    for segment in segments:
        segment.log = record
    write_segments(segments)
    log = EventLog(record, NOTHING)

    def window(first: int, last: int) -> list[tuple[int, float, str, bytes]]:
        return [(one.number, one.seconds, one.kind, one.payload) for one in log.read(first, last)]

    numbered = [(number, *event) for number, event in enumerate(events, 1)]
    assert list(SegmentRecord.objects.order_by("sequence").values(*FIELDS)) == contents(segments)
    assert window(1, 60) == numbered
    for first in range(1, 61, 3):
        for last in (first, first + 1, first + 11):
            assert window(first, last) == numbered[first - 1 : last]
    assert window(61, 99) == []
    assert b"".join(log.printed()) == b"".join(event[2] for event in events if event[1] in "oe")
