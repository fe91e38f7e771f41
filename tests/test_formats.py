"""Every format, read back: events -> bytes -> the same events."""

from __future__ import annotations

import base64
import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.eventlog.batch import seconds_text
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.asciicast import terminal_size
from sessions_ui.eventlog.formats.csv_rows import guard_formula
from sessions_ui.eventlog.formats.moments import moments, offsets
from sessions_ui.eventlog.formats.options import (
    FORMS,
    USUAL_KINDS,
    About,
    Chosen,
    FileOptions,
    form_of_extension,
)
from sessions_ui.eventlog.formats.text import added_bytes
from sessions_ui.eventlog.formats.writing import file_chunks
from tests.recorded_facts import START, read
from tests.recordings import CASES, FIXTURES, recorded, triples

ABOUT = About(session="x", connection="bash-prod", person="owen@example.com")
payloads = st.binary(max_size=40) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace"))
plain = st.builds(
    lambda seconds, kind, payload: Event(0, abs(seconds), kind, payload),
    st.floats(0, 1e9) | st.integers(0, 9).map(float),
    st.sampled_from("ioehb"),
    payloads,
)
odd = st.sampled_from([b"null", b'[0.5,"o"]', '"é\\u0000"'.encode(), b"{}"]).map(
    lambda raw: Event(0, 0.0, "?", raw)
)
logs = st.lists(plain | odd, max_size=30).map(
    lambda events: [Event(n, e.seconds, e.kind, e.payload) for n, e in enumerate(events, 1)]
)


def columns(events: list[Event], size: int = 7) -> Iterator[Chosen]:
    """The events as the archive gives them: a few at a time."""
    for start in range(0, len(events), size):
        part = events[start : start + size]
        yield Chosen(
            [event.number for event in part],
            [event.seconds for event in part],
            "".join(event.kind for event in part).encode(),
            [event.payload for event in part],
        )


def written(events: list[Event], form: Any, about: About = ABOUT, **options: Any) -> bytes:
    asked = FileOptions(**{"form": form, "kinds": USUAL_KINDS[form], **options})
    return b"".join(file_chunks(columns(events), asked, about))


def payload_of(row: dict[str, Any]) -> bytes:
    data: str = row["data"]
    return base64.b64decode(data) if row["encoding"] == "base64" else data.encode()


def document(events: list[Event], about: About = ABOUT) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(written(events, "json", about))
    return value


def table(events: list[Event], about: About = ABOUT, **options: Any) -> list[dict[str, str]]:
    text = written(events, "csv", about, **options).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def assert_same(rows: list[dict[str, Any]], events: list[Event]) -> None:
    for row, event in zip(rows, events, strict=True):
        assert (int(row["event"]), float(row["offset_seconds"]), row["kind"]) == (
            event.number,
            event.seconds,
            event.kind,
        )
        assert payload_of(row) == event.payload
        assert (row["encoding"] == "json") is (event.kind == "?")


@given(logs)
def test_it_writes_json_that_holds_every_byte(events: list[Event]) -> None:
    value = document(events)
    assert (value["session"], value["event_count"]) == ("x", len(events))
    assert list(value)[-1] == "event_count"
    assert_same(value["events"], events)


@given(logs)
def test_it_writes_lines_that_hold_every_byte(events: list[Event]) -> None:
    lines = written(events, "ndjson").decode().split("\n")
    assert lines.pop() == ""
    end = json.loads(lines.pop())["end"]
    assert (end["session"], end["event_count"]) == ("x", len(events))
    assert_same([json.loads(line) for line in lines], events)


@given(logs)
def test_it_writes_csv_that_holds_every_byte(events: list[Event]) -> None:
    assert_same(table(events, guard=False), events)
    for row, event in zip(table(events), events, strict=True):
        if row["encoding"] == "base64":
            assert base64.b64decode(row["data"].removeprefix("'")) == event.payload
        else:
            assert row["data"] == guard_formula(event.payload.decode())


@given(logs)
def test_it_writes_a_text_of_the_events_and_nothing_else(events: list[Event]) -> None:
    assert written(events, "text") == b"".join(event.payload for event in events)
    with_ends = written(events, "text", newline=True)
    assert with_ends == b"".join(event.payload + b"\n" for event in events)


@given(logs, st.sampled_from(["off", "offset", "utc", "hoop"]), st.booleans())
def test_it_knows_the_length_of_a_text_before_it_writes_it(
    events: list[Event], times: Any, newline: bool
) -> None:
    options = FileOptions(times=times, newline=newline)
    text = b"".join(file_chunks(columns(events), options, replace(ABOUT, started_at=START)))
    added = added_bytes((batch.seconds for batch in columns(events)), len(events), options)
    assert len(text) == sum(len(event.payload) for event in events) + added


@given(logs)
def test_it_writes_an_asciicast_of_all_that_was_printed_and_typed(events: list[Event]) -> None:
    lines = [json.loads(line) for line in written(events, "asciicast").splitlines()]
    head, shown = lines[0], lines[1:]
    assert (head["version"], head["width"] >= 80, head["height"] >= 24) == (2, True, True)
    times = [time for time, _, _ in shown]
    assert times == sorted(times)
    for code, kinds in (("o", "oe"), ("i", "i")):
        text = "".join(data for _, own, data in shown if own == code)
        payload = b"".join(event.payload for event in events if event.kind in kinds)
        assert text == payload.decode("utf-8", "replace")


def is_whole(form: str, body: bytes, count: int) -> bool:
    """By what docs/downloads.md says of each format; ``count`` is the header X-Event-Count."""
    try:
        if form == "csv":
            rows = list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
            return len(rows) == count + 1 and body.endswith(b"\r\n")
        if form == "json":
            return bool(json.loads(body)["event_count"] == count)
        lines = [json.loads(line) for line in body.splitlines()]
        return len(lines) == count + 1 and (form == "asciicast" or lines[-1]["end"]["event_count"] == count)
    except (ValueError, csv.Error, TypeError, KeyError):
        return False


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "asciicast"])
def test_it_can_be_told_when_it_was_cut(form: str) -> None:
    texts = [b'say "hi"\r\n', b"a,b\r\n", b"", b"\xff\xfe", 'last "é"\r\n'.encode()]
    events = [Event(number, number / 4, "o", text) for number, text in enumerate(texts, 1)]
    body = written(events, form)
    assert is_whole(form, body, len(events))
    # A last line end alone holds nothing of the recording.
    cuts = [end for end in range(len(body)) if body[:end] != body.rstrip(b"\n")]
    assert not [end for end in cuts if is_whole(form, body[:end], len(events))]


@given(logs)
def test_it_writes_triples_as_hoop_does(events: list[Event]) -> None:
    items = json.loads(b"".join(triples(events)))
    for item, event in zip(items, events, strict=True):
        if event.kind == "?":
            assert item == json.loads(event.payload)
        else:
            assert item == [event.seconds, event.kind, base64.b64encode(event.payload).decode()]


@pytest.mark.parametrize("case", CASES)
def test_it_gives_back_what_hoop_sent(case: str) -> None:
    events, _ = read((FIXTURES / case / "session.expand.json").read_bytes())
    sent = recorded(f"{case}/session.expand.json").get("event_stream") or []
    assert json.loads(b"".join(triples(events))) == sent
    assert_same(document(events)["events"], events)
    assert_same(table(events, guard=False), events)


@pytest.mark.parametrize("case", [case for case in CASES if case not in ("bad-base64", "rdp", "pg-native")])
def test_it_writes_times_and_line_ends_as_hoop_does(case: str) -> None:
    """Byte for byte what the gateway gave for ``newline=1&event-time=1`` (``/result/stream``)."""
    events, _ = read((FIXTURES / case / "session.expand.json").read_bytes())
    about = replace(ABOUT, started_at=_start(case))
    printed = [event for event in events if event.kind in "oe"]
    expected = (FIXTURES / case / "result-stream.time-newline.txt").read_bytes()
    assert written(printed, "text", about, times="hoop", newline=True) == expected


def _start(case: str) -> datetime:
    return datetime.fromisoformat(recorded(f"{case}/session.json")["start_date"])


def test_it_names_wall_clock_times_where_they_are_known() -> None:
    events = [Event(1, 0.25, "o", b"x"), Event(2, 0.0, "?", b"null"), Event(3, 9e15, "o", b"y")]
    about = replace(ABOUT, started_at=START)
    assert [row["time"] for row in document(events, about)["events"]] == [
        "2026-11-23T12:00:00.250000Z",
        None,
        None,
    ]
    assert [row["time"] for row in table(events, about)] == ["2026-11-23T12:00:00.250000Z", "", ""]
    assert [row["time"] for row in table(events)] == ["", "", ""]
    assert written(events, "text", about, times="utc") == (
        b"2026-11-23T12:00:00.250000Z x" + b"-" * 27 + b" null" + b"-" * 27 + b" y"
    )
    with pytest.raises(ValueError, match="not known"):
        written(events, "text", times="utc")


def test_it_marks_an_estimate_and_puts_it_into_no_event() -> None:
    about = replace(ABOUT, started_at=START, estimated=True)
    value = document([Event(1, 0.25, "o", b"x")], about)
    assert (value["clock"], value["started_at"]) == ("estimated", "2026-11-23T12:00:00Z")
    assert value["events"][0]["time"] is None
    assert table([Event(1, 0.25, "o", b"x")], about)[0]["time"] == ""
    assert "timestamp" not in json.loads(written([], "asciicast", about).splitlines()[0])


@given(st.floats(0, 1e8), st.integers(0, 10**6 - 1))
def test_it_reckons_moments_as_python_does(seconds: float, micro: int) -> None:
    started = START.replace(microsecond=micro)
    expected = started + timedelta(seconds=seconds)
    assert moments(started, [seconds]) == [expected.strftime("%Y-%m-%dT%H:%M:%S.%fZ")]
    hours, rest = divmod(timedelta(seconds=seconds), timedelta(hours=1))
    clock = (datetime(2000, 1, 1, tzinfo=UTC) + rest).strftime("%M:%S.%f")
    assert offsets([seconds]) == [f"{hours:02d}:{clock}"]


@given(st.lists(st.floats(0, 2**53), max_size=5))
def test_it_writes_offsets_without_an_exponent(seconds: list[float]) -> None:
    rows = table([Event(n, offset, "o", b"x") for n, offset in enumerate(seconds, 1)])
    assert [row["offset_seconds"] for row in rows] == [seconds_text(offset) for offset in seconds]


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\u00a0=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    '"=1',
]
BEFORE = ["", "first\n", "a;", "a\r", 'a;"']


@pytest.mark.parametrize("text", [before + formula for before in BEFORE for formula in FORMULAS])
def test_it_writes_no_formula_into_a_cell(text: str) -> None:
    (row,) = table([Event(1, 0.0, "o", text.encode())])
    for cell in row["data"].replace(";", "\n").replace("\r", "\n").split("\n"):
        assert not cell.lstrip(' \u00a0\u3000"').startswith(tuple("=+-@\t＝＋－＠"))
    assert row["data"].replace("'", "") == text
    (row,) = table([Event(1, 0.0, "o", text.encode())], guard=False)
    assert row["data"] == text


@pytest.mark.parametrize("text", ["a = b", "ls -la\r\n\r\n$ ", "x; y", "'=", "", "a,b\n"])
def test_it_leaves_alone_what_no_spreadsheet_runs(text: str) -> None:
    assert guard_formula(text) == text


def test_it_writes_an_empty_log() -> None:
    assert document([])["events"] == []
    assert document([])["event_count"] == 0
    assert table([]) == []
    assert written([], "csv") == b"event,offset_seconds,time,kind,encoding,data\r\n"
    assert b"".join(triples([])) == b"[]"
    assert written([], "text", newline=True) == b""


def test_it_joins_a_character_that_two_events_share() -> None:
    events = [Event(1, 0.1, "o", b"\xe2\x82"), Event(2, 0.2, "i", b"x"), Event(3, 0.3, "o", b"\xac!\xc3")]
    lines = [json.loads(line) for line in written(events, "asciicast").splitlines()[1:]]
    assert lines == [[0.1, "o", ""], [0.2, "i", "x"], [0.3, "o", "€!"], [0.3, "o", "\ufffd"]]


def test_it_ends_lines_as_a_terminal_wants_them_where_there_was_none() -> None:
    events = [Event(n, n / 10, "o", p) for n, p in enumerate([b"\na\nb\r", b"\nc\r\n", b"d\n"], 1)]
    about = replace(ABOUT, terminal=False)
    shown = [json.loads(line)[2] for line in written(events, "asciicast", about).splitlines()[1:]]
    assert shown == ["\r\na\r\nb\r", "\nc\r\n", "d\r\n"]
    assert [json.loads(line)[2] for line in written(events, "asciicast").splitlines()[1:]] == [
        "\na\nb\r",
        "\nc\r\n",
        "d\n",
    ]


def test_it_works_out_how_large_the_terminal_was() -> None:
    assert terminal_size([b"\x1b[10;10H"]) == (80, 24)
    assert terminal_size([b"\x1b[1;50r", b"\x1b[3;200H"]) == (200, 50)
    assert terminal_size([b"\x1b[8;30;100t"]) == (100, 30)
    assert terminal_size([b"\x1b[999;999H"]) == (80, 24)
    assert terminal_size([b"\x1b[998;998H"]) == (400, 120)


def test_it_takes_extensions_as_hoop_does() -> None:
    asked = ["csv", "json", "txt", "JSON", "x.csv", "exe", ""]
    assert [form_of_extension(one) for one in asked] == ["csv", "json", "text", "text", "csv", "text", "text"]


@pytest.mark.parametrize("form", FORMS)
def test_it_holds_a_batch_and_no_more(form: Any) -> None:
    def many() -> Iterator[Chosen]:
        for start in range(1, 10_001, 100):
            numbers = range(start, start + 100)
            yield Chosen(numbers, [number / 7 for number in numbers], b"o" * 100, [b"x" * 2000] * 100)

    tracemalloc.start()
    try:
        options = FileOptions(form=form, kinds="o", times="offset")
        size = sum(len(chunk) for chunk in file_chunks(many(), options, replace(ABOUT, started_at=START)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 20_000_000
    # The asciicast looks at a megabyte before it begins.
    assert peak < (4_000_000 if form == "asciicast" else 2_000_000)
