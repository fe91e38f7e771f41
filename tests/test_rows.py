from __future__ import annotations

import base64
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.hexdump import hexdump, is_binary
from sessions_ui.eventlog.odd import bitmap_words
from sessions_ui.eventlog.rows import (
    LATE_TEXT_BYTES,
    MAX_LINE_CHARACTERS,
    MAX_TEXT_BYTES,
    MAX_TEXT_LINES,
    MAX_WINDOW_BYTES,
    Row,
    render_rows,
)
from sessions_ui.eventlog.spans import CLASSES

RECORDINGS = Path(__file__).parent / "fixtures" / "gateway"


def printed(*payloads: bytes, kind: str = "o") -> list[Event]:
    return [Event(number, float(number), kind, payload) for number, payload in enumerate(payloads, start=1)]


def odd(payload: bytes) -> Row:
    (row,) = render_rows([Event(1, 0.0, "?", payload)], at_end=True)
    return row


def texts(row: Row) -> list[str]:
    return ["".join(span.text for span in line) for line in row.lines]


def classes(row: Row) -> list[str]:
    return [span.classes for line in row.lines for span in line]


def recording(name: str) -> list[Event]:
    """The events of a recorded answer, those out of shape as odd ones."""
    stream = json.loads((RECORDINGS / name / "session.expand.json").read_bytes())["event_stream"]
    events = []
    for number, event in enumerate(stream, start=1):
        try:
            seconds, kind, payload = event
            decoded = base64.b64decode(payload, validate=True)
            shaped = kind in "ioehb" and not isinstance(seconds, str)
        except (TypeError, ValueError):
            shaped = False
        if shaped:
            events.append(Event(number, float(seconds), kind, decoded))
        else:
            events.append(Event(number, 0.0, "?", json.dumps(event).encode()))
    return events


def test_it_makes_a_row_of_each_event() -> None:
    rows = render_rows(
        [Event(7, 0.5, "i", b"ls\r"), Event(8, 0.6, "o", b"a\r\nb\r\n"), Event(9, 0.7, "e", b"no")]
    )
    assert [(row.number, row.kind, row.seconds, row.form) for row in rows] == [
        (7, "i", 0.5, "text"),
        (8, "o", 0.6, "text"),
        (9, "e", 0.7, "text"),
    ]
    assert [texts(row) for row in rows] == [["ls⟨enter⟩"], ["a", "b"], ["no"]]
    assert {(row.folded, row.note) for row in rows} == {("", "")}


def test_it_keeps_typed_and_printed_apart() -> None:
    rows = render_rows([*printed(b"\x1b[3"), Event(2, 0, "i", b"1mx"), Event(3, 0, "e", b"1my")])
    assert texts(rows[1]) == ["1mx"]
    assert (texts(rows[2]), classes(rows[2])) == (["y"], ["t-fg-1"])


def test_it_shows_a_cut_character_in_the_event_that_completes_it() -> None:
    rows = render_rows(printed(b"\xe6", b"\xbc", b"\xa2"))
    assert [texts(row) for row in rows] == [[], [], ["漢"]]
    assert [row.note for row in rows] == ["goes on in a later event", "goes on in a later event", ""]


def test_it_shows_a_line_end_of_its_own_as_an_empty_line() -> None:
    assert [texts(row) for row in render_rows(printed(b"a", b"\n", b"\n\n", b"b"))] == [
        ["a"],
        [""],
        ["", ""],
        ["b"],
    ]


@pytest.mark.parametrize(
    ("events", "note"),
    [
        (printed(b""), "empty"),
        (printed(b"", kind="h"), "empty"),
        (printed(b"\x1b[0m"), "only colours, no text"),
        (printed(b"\r", b"\n", kind="i"), "second half of the enter before"),
    ],
)
def test_it_says_why_an_event_shows_nothing(events: list[Event], note: str) -> None:
    row = render_rows(events)[-1]
    assert (row.lines, row.note) == ((), note)


def test_it_begins_in_the_state_of_the_events_before() -> None:
    before = printed(b"\x1b[32mgreen \xe6\xbc")
    (row,) = render_rows(printed(b"\xa2"), lookback=before)
    assert (texts(row), classes(row)) == (["漢"], ["t-fg-2"])
    assert render_rows([], lookback=before, at_end=True) == []


def test_it_begins_in_the_state_behind_a_large_event() -> None:
    before = printed(b"\x1b[31m" + b"a" * 200_000 + b"\x1b[32m\xe6\xbc")
    (row,) = render_rows(printed(b"\xa2"), lookback=before)
    assert (texts(row), classes(row)) == (["漢"], ["t-fg-2"])


def test_it_shows_an_incomplete_rest_in_the_last_event() -> None:
    events = [*printed(b"a\xe6\xbc"), Event(2, 0, "i", b"\x1b[")]
    assert [texts(row) for row in render_rows(events)] == [["a"], []]
    rows = render_rows(events, at_end=True)
    assert [texts(row) for row in rows] == [["a\\xe6\\xbc"], ["\\x1b["]]
    assert [row.note for row in rows] == ["", ""]
    assert classes(rows[0]) == ["", "t-byte"]


def test_it_shows_an_incomplete_rest_of_the_events_before() -> None:
    (row,) = render_rows(printed(b"ls", kind="i"), lookback=printed(b"\xe6\xbc"), at_end=True)
    assert texts(row) == ["ls", "\\xe6\\xbc"]


def test_it_shows_binary_events_as_hex() -> None:
    rows = render_rows([*printed(bytes(range(20)) * 60), Event(2, 0, "h", b"\x03\x00\x00\x13\x0e\xd0")])
    assert [row.form for row in rows] == ["hex", "hex"]
    assert len(rows[0].lines) == 64
    assert rows[0].folded == "and 176 more bytes, in the download"
    assert texts(rows[1]) == ["0000  03 00 00 13 0e d0" + " " * 33 + "......"]
    assert classes(rows[1]) == ["x-off", "x-hex", "x-asc"]


def test_it_goes_on_behind_a_binary_event() -> None:
    rows = render_rows(printed(b"\x1b[31mred\xe6", bytes(32), b"\xbcx"))
    assert [texts(row)[0] for row in rows] == ["red", "\\xe6", "\\xbcx"]
    assert classes(rows[2]) == ["t-byte", "t-fg-1"]
    (row,) = render_rows(printed(b"\xbcx"), lookback=printed(b"\x1b[31mred\xe6", bytes(32)))
    assert row.lines == rows[2].lines


def test_it_shows_all_bytes_as_hex_when_asked() -> None:
    rows = render_rows(recording("pg-native"), as_hex=True, lookback=printed(b"\xe6"), at_end=True)
    assert {row.form for row in rows} == {"hex"}
    assert texts(rows[0])[1] == "0010  63 75 73 74 6f 6d 65 72  20 46 52 4f 4d 20 6f 72  customer FROM or"


@pytest.mark.parametrize(
    ("data", "binary"),
    [
        (b"", False),
        (b"\x00", False),
        (b"\xe6\xbc", False),
        (bytes(16), True),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36", True),
        (b"C\x00\x00\x00\nBEGIN\x00Z\x00\x00\x00\x05T", True),
        ("漢字漢字漢字漢字".encode()[1:-1], False),
        ("漢字 текст 🔑".encode() * 3000, False),
        (b"\x1b[31m\x1b[1m\x1b[2K\r\n\x07\x08\x08\x08\x08\x08\x0e\x0f", False),
        ("café à la crème, déjà vu".encode("latin-1"), False),
        (b"nul:\x00:after invalid:\xff\xfe\xc3( end", False),
    ],
)
def test_it_knows_bytes_from_text(data: bytes, binary: bool) -> None:
    assert is_binary(data) is binary


def test_it_dumps_every_byte_once() -> None:
    data = bytes(range(256))
    dumped = b"".join(bytes.fromhex(line[1].text.replace(" ", "")) for line in hexdump(data))
    assert dumped == data
    assert {len("".join(span.text for span in line)) for line in hexdump(data)} == {72}
    assert hexdump(bytes(70_000), limit=70_000)[-1][0].text == "11160"


def test_it_says_what_a_bitmap_is() -> None:
    handshake, first, *_ = render_rows(recording("rdp"))
    assert handshake.form == "hex"
    assert (first.form, texts(first)) == ("text", ["bitmap 64×64 at 0,0, 16 bits, 141 bytes of JSON"])


def test_it_says_the_size_of_a_large_bitmap_without_parsing_its_data() -> None:
    bitmap = {"x": 1, "y": 2, "width": 3, "height": 4, "bits_per_pixel": 32, "data": "A" * 3_000_000}
    payload = json.dumps(bitmap).encode()
    assert bitmap_words(payload) == f"bitmap 3×4 at 1,2, 32 bits, {len(payload):,} bytes of JSON"


@pytest.mark.parametrize(
    "change", [{"x": -1}, {"y": "1"}, {"width": True}, {"height": 1e9}, {"bits_per_pixel": 99}, {"x": None}]
)
def test_it_shows_what_is_no_bitmap_as_hex(change: dict[str, object]) -> None:
    bitmap = {"x": 0, "y": 0, "width": 1, "height": 1, "bits_per_pixel": 16, **change}
    (row,) = render_rows(printed(json.dumps(bitmap).encode(), kind="b"))
    assert row.form == "hex"


@pytest.mark.parametrize(
    "payload", [b"", b"[1]", b"{", b'{"x":' + b"[" * 100_000, b"\xff\xfe", b" " * 2_000_000]
)
def test_it_shows_a_broken_bitmap_as_hex(payload: bytes) -> None:
    (row,) = render_rows(printed(payload, kind="b"))
    assert row.form == "hex"


@pytest.mark.parametrize(
    ("payload", "note", "lines"),
    [
        (b'[1,"x","aGk="]', "unknown kind “x”", ["⟨its payload⟩", "hi"]),
        (b'[null,"o","aGk="]', "its time is missing", ["⟨its payload⟩", "hi"]),
        (b'["1.5","o","aGk="]', "its time is text", ["⟨its payload⟩", "hi"]),
        (b'[-1,"o","aGk="]', "its time is negative", ["⟨its payload⟩", "hi"]),
        (b'[1e99,"o","aGk="]', "its time is too large", ["⟨its payload⟩", "hi"]),
        (b'[true,"o","aGk="]', "its time is not a number", ["⟨its payload⟩", "hi"]),
        (b'[1,"o"]', "no payload", []),
        (b'[1,"o",null]', "no payload", []),
        (b'[1,"o",""]', "not in the usual form", []),
        (b'[1,"o",{}]', "payload is not text", []),
        (b'[1,"o","%%%"]', "payload is not base64", []),
        (b'[1,"o","aGk"]', "payload is not base64", []),
        ('[1,"o","é"]'.encode(), "payload is not base64", []),
        (b"[1]", "no kind; no payload", []),
        (b'[1,2,"aGk="]', "its kind is not text", ["⟨its payload⟩", "hi"]),
        (b'[1,"o","aG\\nk=",4]', "4 parts instead of 3", ["⟨its payload⟩", "hi"]),
        (b'["x",null,7]', "its time is text; no kind; payload is not text", []),
        (b'[1,"o","AAAAAAAAAAAAAAAAAAAAAAAA"]', "not in the usual form", ["⟨its payload⟩", "0000"]),
        (b"[]", "not an event", []),
        (b"null", "not an event", []),
        (b"123", "not an event", []),
        (b'{"a":1}', "not an event", []),
        (b"[" * 100_000, "not an event", []),
        (b"\xff", "not an event", []),
        (b"[" + b"9" * 5000 + b"]", "not an event", []),
    ],
)
def test_it_says_what_is_odd(payload: bytes, note: str, lines: list[str]) -> None:
    row = odd(payload)
    assert (row.form, row.note) == ("json", note)
    assert texts(row)[0].startswith(payload[:100].decode("utf-8", "backslashreplace"))
    assert [line[:13] for line in texts(row)[1:2]] + [line[:4] for line in texts(row)[2:3]] == lines


def test_it_shows_no_harm_of_an_odd_event() -> None:
    row = odd('[1,"\\u202e⟩\\u0007","G10wO3gHDQo="]\u202e'.encode())
    assert texts(row)[0].endswith("⟨U+202E⟩")
    row = odd('[1,"\\u202e⟩\\u0007\\ud800","GzMxbXgb"]'.encode())
    assert row.note == "unknown kind “U+202E›U+0007\\ud800”"
    assert texts(row)[1:] == ["⟨its payload⟩", "⟨escape 3⟩1mx⟨esc⟩"]
    assert odd(json.dumps([1, "k" * 50, "aGk="]).encode()).note == f"unknown kind “{'k' * 40}…”"


def test_it_bounds_an_odd_event() -> None:
    row = odd(json.dumps([1, "x", base64.b64encode(b"text\n" * 2000).decode()]).encode())
    assert row.folded == "and 9,252 more bytes, in the download"
    assert texts(row)[-1] == "… 5,904 more bytes of its payload"
    assert (
        odd(b'[1,"x","' + b"A" * 2_000_000 + b'"]').note
        == "not in the usual form, and too large to look into"
    )


def test_it_folds_a_long_line() -> None:
    (row,) = render_rows(printed(b"\x1b[31m" + b"a" * MAX_LINE_CHARACTERS + b"\nshort\n" + b"b" * 16_441))
    assert len(texts(row)[0]) == MAX_LINE_CHARACTERS
    assert row.lines[2][-1].text == "… 12,345 more characters in this line"
    assert row.lines[2][-1].classes == "t-fold"
    assert len(row.lines[2][0].text) == MAX_LINE_CHARACTERS
    (row,) = render_rows(printed(b"a" * (MAX_LINE_CHARACTERS - 1) + b"\x1b[1mbb\x1b[0mc"))
    assert [span.text[-1:] for span in row.lines[0][:2]] == ["a", "b"]
    assert row.lines[0][2].text == "… 2 more characters in this line"


def test_it_folds_a_large_event() -> None:
    line = b"x" * 63 + b"\n"
    (row,) = render_rows(printed(line * 2048))
    assert len(row.lines) == 1024
    assert row.folded == f"and {64 * 1024:,} more bytes, in the download"
    (row,) = render_rows(printed(b"\n" * (MAX_TEXT_LINES + 1)))
    assert len(row.lines) == MAX_TEXT_LINES
    assert row.folded == "and 1 more line, in the download"
    (row,) = render_rows(printed(b"\n" * (MAX_TEXT_BYTES + 1)))
    assert (
        row.folded == f"and {MAX_TEXT_BYTES - MAX_TEXT_LINES:,} more lines and 1 more byte, in the download"
    )


def test_it_cuts_no_character_at_the_fold() -> None:
    data = b"\n" + "漢\n".encode() * 40_000
    first, second = render_rows(printed(data[:-2], data[-2:]))
    shown = sum(len(text.encode()) + 1 for text in texts(first))
    hidden = int(first.folded.split(" and ")[-1].split()[0].replace(",", ""))
    assert set(texts(first)) == {"", "漢"}
    assert texts(second) == ["漢"]
    assert shown <= MAX_TEXT_BYTES
    # What the second event completes is neither shown nor hidden in the first.
    assert int(first.folded.split()[1].replace(",", "")) + len(first.lines) + hidden // 4 == 40_000


def test_it_shows_less_of_each_event_when_there_is_too_much() -> None:
    many = MAX_WINDOW_BYTES // MAX_TEXT_BYTES + 1
    rows = render_rows(printed(*[b"line\n" * 20_000] * many))
    assert rows[-2].folded == rows[0].folded
    assert sum(len(text) + 1 for text in texts(rows[-1])) <= LATE_TEXT_BYTES + 5


@pytest.mark.parametrize("name", ["tty-shell", "tty-vi", "bash-hostile", "rdp", "pg-native", "bad-base64"])
def test_it_renders_recordings_safely(name: str) -> None:
    events = recording(name)
    rows = render_rows(events, at_end=True)
    assert [row.number for row in rows] == [event.number for event in events]
    for row in rows:
        assert_safe(row)
        assert row.lines or row.note


def test_it_makes_a_hostile_recording_readable() -> None:
    rows = render_rows(recording("bash-hostile"), at_end=True)
    assert texts(rows[1]) == [
        "red orange bold plain",
        "<script>alert(1)</script> <img src=x onerror=alert(2)>",
        "⟨link: javascript:alert(3)⟩click me⟨link end⟩ ⟨title: title⟩",
        "nul:⟨nul⟩:after invalid:\\xff\\xfe\\xc3( end",
        '=HYPERLINK("http://evil.example","x"),+1,-2,@SUM(A1)',
        "progress 10%⟨carriage return⟩progress 100%",
        "emoji 🔑 CJK 漢字 rtl ⟨U+202E⟩ evil",
    ]


def test_it_gives_every_window_the_rows_of_the_whole() -> None:
    events = recording("tty-vi")
    whole = render_rows(events)
    for start in range(0, len(events), 7):
        window = render_rows(events[start : start + 7], lookback=events[:start])
        assert window == whole[start : start + 7]


def assert_safe(row: Row) -> None:
    assert row.form in ("text", "hex", "json")
    for content in (row.folded, row.note, *(span.text for line in row.lines for span in line)):
        for char in content:
            assert char == "\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    assert {name for names in classes(row) for name in names.split()} <= CLASSES


PAYLOADS = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8), st.just("aGk=")),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(1, 10**9),
        st.floats(),
        st.sampled_from(["i", "o", "e", "h", "b", "?", "new"]),
        PAYLOADS,
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(EVENTS, EVENTS, st.booleans(), st.booleans())
def test_it_renders_any_list_of_events(
    events: list[Event], before: list[Event], at_end: bool, as_hex: bool
) -> None:
    rows = render_rows(events, lookback=before, at_end=at_end, as_hex=as_hex)
    assert [(row.number, row.kind) for row in rows] == [(event.number, event.kind) for event in events]
    for row in rows:
        assert_safe(row)
        assert row.lines or row.note
