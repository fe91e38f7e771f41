"""Keystrokes and their echo as one: nothing printed is lost, and nothing but an echo is joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.eventlog.escapes import ESCAPE
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.runs import Run, runs

KEYS = [
    b"l",
    b"s",
    b" ",
    b"\r",
    b"\n",
    b"\x7f",
    b"\t",
    b"\x1b[A",
    b"",
    "é".encode(),
    b"id\r",
    b"ls\r\n",
    b"a\rb",
]
PRINTED = [*KEYS, b"\x08 \x08", b"\x08\x1b[K", b"\r\n", b"id\r\n", b"id\r\nroot\r\n", b"\r\nfile\r\n$ "]
PRINTED += [b"ls\r\n\x1b[?2004l\r", b"ls\x1b[m\r\nfile", b"s\r\nx\r\ny", b"ls\r\n\x00\x01\x02\x03\x00\x00"]
streams = st.lists(
    st.one_of(
        st.tuples(st.just("i"), st.sampled_from(KEYS)),
        st.tuples(st.sampled_from("oooe?"), st.sampled_from(PRINTED)),
    ),
    max_size=30,
)


def events_of(pairs: list[tuple[str, bytes]]) -> list[Event]:
    return [Event(number, number / 10, kind, data) for number, (kind, data) in enumerate(pairs, 1)]


@given(streams)
def test_nothing_typed_or_printed_is_lost(pairs: list[tuple[str, bytes]]) -> None:
    events = events_of(pairs)
    lanes = {"i": b"", "o": b""}
    numbers: list[int] = []
    for item in runs(events):
        if isinstance(item, Run):
            lanes["i"] += item.typed
            lanes["o"] += item.echo
            numbers += range(item.first.number, item.last.number + 1)
            if item.last_line:
                head, line_end, rest = item.last.payload.partition(b"\n")
                assert rest
                assert item.echo.endswith(head + line_end)
                lanes["o"] += rest
        else:
            lanes[item.kind] = lanes.get(item.kind, b"") + item.payload
            numbers.append(item.number)
    assert numbers == [event.number for event in events]
    for kind in {"i", "o", *(event.kind for event in events)}:
        assert lanes.get(kind, b"") == b"".join(event.payload for event in events if event.kind == kind)


@given(streams)
def test_what_is_joined_shows_nothing_that_was_not_typed(pairs: list[tuple[str, bytes]]) -> None:
    for item in runs(events_of(pairs)):
        if isinstance(item, Run):
            seen = ESCAPE.sub(b"", item.echo.replace(b"\x08 \x08", b"").replace(b"\x08", b""))
            typed = iter(item.typed)
            assert all(byte in typed for byte in seen if byte not in b"\r\n")


@pytest.mark.parametrize(
    ("pairs", "joined"),
    [
        ([("i", b"id\r"), ("o", b"id\r\nroot\r\n")], b"id\r\n"),
        ([("i", b"i"), ("i", b"d"), ("i", b"\r"), ("o", b"id\r\nroot\r\n$ ")], b"id\r\n"),
        ([("i", b"l"), ("o", b"l"), ("i", b"\r"), ("o", b"\r\nfile\r\n")], b"l\r\n"),
        ([("i", b"id\r"), ("o", b"id\x1b[?2004l\r\nroot")], b"id\x1b[?2004l\r\n"),
        # Not certain: a silent prompt's end, another line, a line that only begins alike.
        ([("i", b"\r"), ("o", b"\r\nwrong password\r\n")], b""),
        ([("i", b"secret\r"), ("o", b"\r\nok\r\n")], b""),
        ([("i", b"id\r"), ("o", b"id: no such user\r\nroot\r\n")], b""),
        ([("i", b"id\r"), ("o", b"idle\r\n")], b""),
        ([("i", b"id\r"), ("e", b"id\r\nroot\r\n")], b""),
        ([("o", b"id\r\n"), ("i", b"id\r")], b""),
        ([("i", b"\r"), ("o", b"\x1b[?2004h")], b""),
    ],
)
def test_an_echo_that_comes_with_output_is_joined_where_it_is_certain(
    pairs: list[tuple[str, bytes]], joined: bytes
) -> None:
    found = [item for item in runs(events_of(pairs)) if isinstance(item, Run)]
    assert b"".join(run.echo for run in found) == joined
