from __future__ import annotations

import base64
import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.csv_rows import csv_rows, guard_formula
from sessions_ui.eventlog.formats.json_events import json_document
from sessions_ui.eventlog.formats.triples import triples
from tests.recorded_facts import START, read
from tests.recordings import CASES, FIXTURES, recorded

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


def payload_of(row: dict[str, Any]) -> bytes:
    data: str = row["data"]
    return base64.b64decode(data) if row["encoding"] == "base64" else data.encode()


def document(events: list[Event], **options: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(
        b"".join(json_document(events, **({"head": {}, "started_at": None} | options)))
    )
    return value


def table(events: list[Event], started_at: datetime | None = None) -> list[dict[str, str]]:
    text = b"".join(csv_rows(events, started_at=started_at)).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@given(logs)
def test_it_writes_json_that_holds_every_byte(events: list[Event]) -> None:
    value = document(events, head={"session": "x"})

    assert (value["session"], value["event_count"]) == ("x", len(events))
    assert list(value)[-1] == "event_count"
    for row, event in zip(value["events"], events, strict=True):
        assert (row["event"], float(row["offset_seconds"]), row["kind"]) == (
            event.number,
            event.seconds,
            event.kind,
        )
        assert payload_of(row) == event.payload
        assert (row["encoding"] == "json") is (event.kind == "?")


@given(logs)
def test_it_writes_csv_that_holds_every_byte(events: list[Event]) -> None:
    rows = table(events)

    for row, event in zip(rows, events, strict=True):
        assert (int(row["event"]), float(row["offset_seconds"])) == (event.number, event.seconds)
        if row["encoding"] == "base64":
            assert base64.b64decode(row["data"].removeprefix("'")) == event.payload
        else:
            assert row["data"] == guard_formula(event.payload.decode())


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
    assert [payload_of(row) for row in document(events)["events"]] == [event.payload for event in events]


def test_it_names_wall_clock_times_where_they_are_known() -> None:
    events = [Event(1, 0.25, "o", b"x"), Event(2, 0.0, "?", b"null"), Event(3, 9e15, "o", b"y")]

    known = [row["time"] for row in document(events, started_at=START)["events"]]
    assert known == ["2026-11-23T12:00:00.250000Z", "", ""]
    assert [row["time"] for row in table(events, START)] == known
    assert [row["time"] for row in table(events)] == ["", "", ""]
    assert datetime.fromisoformat(known[0]) == datetime(2026, 11, 23, 12, 0, 0, 250000, tzinfo=UTC)


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "＝1", "＋1", "－1", "＠x"]


@pytest.mark.parametrize("text", [*FORMULAS, *(f"first\n{text}" for text in FORMULAS), "a\r\n=2"])
def test_it_writes_no_formula_into_a_cell(text: str) -> None:
    (row,) = table([Event(1, 0.0, "o", text.encode())])

    for line in row["data"].split("\n"):
        assert not line.lstrip(" \u00a0\u3000").startswith(("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"))
    assert "'" in row["data"]


def test_it_writes_an_empty_log() -> None:
    assert document([]) == {"events": [], "event_count": 0}
    assert table([]) == []
    assert b"".join(triples([])) == b"[]"


@pytest.mark.parametrize(
    "write",
    [lambda e: csv_rows(e, started_at=START), lambda e: json_document(e, head={}, started_at=START)],
)
def test_it_holds_a_chunk_and_no_more(write: Any) -> None:
    def many() -> Iterator[Event]:
        for number in range(1, 10_001):
            yield Event(number, number / 7, "o", b"x" * 200)

    tracemalloc.start()
    try:
        chunks = [len(chunk) for chunk in write(many())]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert sum(chunks) > 2_000_000
    assert max(chunks) < 70_000
    assert peak < 1_500_000
