"""Events in columns for files: every choice, whatever the cut, and its size before it is read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_ui.archive import segments
from sessions_ui.archive.batches import Measured, choose, measure, read_batches, read_lane, read_seconds
from sessions_ui.archive.chosen_rows import RUN
from sessions_ui.archive.reading import EventLog, LogGone
from sessions_ui.models import SegmentRecord
from tests.test_reading import stored

pytestmark = pytest.mark.database
Rows = Sequence[tuple[str, bytes]]

logs = st.lists(st.tuples(st.sampled_from("ioeh?"), st.binary(max_size=40)), max_size=40)
kinds = st.sets(st.sampled_from("ioex"), min_size=1).map(frozenset)


@pytest.fixture(params=[(64, 7), (10, 3), (1, 1), (1000, 1000)])
def small_segments(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", request.param[0])
    monkeypatch.setattr(segments, "SEGMENT_ROWS", request.param[1])


def chosen(rows: Rows, wanted: frozenset[str], first: int, last: int) -> list[tuple[int, str, bytes]]:
    return [
        (number, kind, payload)
        for number, (kind, payload) in enumerate(rows, 1)
        if (kind if kind in "ioe" else "x") in wanted and first <= number <= last
    ]


def read(log: EventLog, wanted: frozenset[str], first: int, last: int) -> list[tuple[int, str, bytes]]:
    found = []
    for batch in read_batches(log, choose(log, wanted, first=first, last=last)):
        assert len(batch) > 0
        assert list(batch.seconds) == [(number - 1) / 10 for number in batch.numbers]
        found += zip(batch.numbers, batch.kinds.decode(), batch.payloads, strict=True)
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("small_segments")
@settings(max_examples=25)
@given(logs, kinds, st.data())
def test_it_gives_every_choice_and_its_size(rows: Rows, wanted: frozenset[str], data: st.DataObject) -> None:
    log = stored(rows)
    first = data.draw(st.integers(1, max(1, len(rows))))
    last = data.draw(st.integers(first, max(first, len(rows))))
    for start, stop in ((1, len(rows)), (first, min(last, len(rows)))):
        expected = chosen(rows, wanted, start, stop)
        # An empty log has no last event to name.
        assert read(log, wanted, start, stop) == expected
        choice = choose(log, wanted, first=start, last=stop)
        assert measure(log, choice) == Measured(len(expected), sum(len(row[2]) for row in expected))
        seconds = [offset for run in read_seconds(log, choice) for offset in run]
        assert seconds == [(row[0] - 1) / 10 for row in expected]


@pytest.mark.django_db
@pytest.mark.usefixtures("small_segments")
@settings(max_examples=15)
@given(logs, st.sampled_from([frozenset("i"), frozenset("oe"), frozenset("x"), frozenset("o")]))
def test_it_gives_a_whole_lane_from_any_byte_on(rows: Rows, wanted: frozenset[str]) -> None:
    log = stored(rows)
    choice = choose(log, wanted)
    expected = b"".join(row[2] for row in chosen(rows, choice.kinds, 1, len(rows)))
    whole = read_lane(log, choice)
    if whole is None:
        assert choice.kinds not in ({"i"}, {"o", "e"}, {"x"})
        return
    assert b"".join(whole) == expected
    for start in {0, 1, len(expected) // 2, max(0, len(expected) - 1), len(expected)}:
        assert b"".join(read_lane(log, choice, start=start) or ()) == expected[start:]


@pytest.mark.django_db
def test_it_takes_output_for_all_that_was_printed_where_there_is_no_error() -> None:
    log = stored([("o", b"a"), ("i", b"b"), ("o", b"c")])
    assert choose(log, "o").kinds == choose(log, "oe").kinds == {"o", "e"}
    assert choose(log, "x").kinds == frozenset()
    assert b"".join(read_lane(log, choose(log, "o")) or ()) == b"ac"
    both = stored([("o", b"a"), ("e", b"b")])
    assert choose(both, "o").kinds == {"o"}
    assert read_lane(both, choose(both, "o")) is None


@pytest.mark.django_db
def test_it_reads_an_event_of_many_segments_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1000)
    rows = [("o", b"before"), ("o", b"x" * 1000 * 3 * RUN), ("i", b"ls"), ("o", b"behind")]
    log = stored(rows)
    assert [row[2] for row in read(log, frozenset("o"), 1, 4)] == [rows[0][1], rows[1][1], rows[3][1]]
    assert [row[2] for row in read(log, frozenset("ioex"), 2, 2)] == [rows[1][1]]
    assert [row[2] for row in read(log, frozenset("ioex"), 3, 4)] == [b"ls", b"behind"]
    assert measure(log, choose(log, "o", first=2, last=2)) == Measured(1, len(rows[1][1]))


@pytest.mark.django_db
def test_it_says_when_the_log_is_gone_or_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 1)
    log = stored([("o", b"x")] * (2 * RUN + 1))
    choice = choose(log)
    SegmentRecord.objects.filter(sequence=1).update(printed=b"")
    with pytest.raises(ValueError, match="damaged"):
        list(read_batches(log, choice))
    SegmentRecord.objects.filter(sequence__gte=RUN).delete()
    for reading in (read_batches(log, choice), read_lane(log, choose(log, "oe"))):
        assert reading is not None
        with pytest.raises((LogGone, ValueError)):
            list(reading)
    SegmentRecord.objects.all().delete()
    with pytest.raises(LogGone):
        measure(log, choose(log, first=2))
