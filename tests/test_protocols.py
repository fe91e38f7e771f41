"""The Postgres protocol as the log shows it: what was asked, bound and answered."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.eventlog.protocols import MAX_ANSWER_BYTES, MAX_VALUE_LENGTH, postgres_frames
from tests.recordings import recorded


def message(letter: bytes, body: bytes) -> bytes:
    return letter + (len(body) + 4).to_bytes(4, "big") + body


def said(payload: bytes, *, server: bool) -> list[str]:
    frames = postgres_frames(payload, server=server) or []
    return [f"{frame.name} {(frame.statement or frame.detail).decode()}".strip() for frame in frames]


def test_it_says_what_was_bound_and_how_it_ended() -> None:
    told = [
        said(base64.b64decode(payload), server=kind == "o")
        for _, kind, payload in recorded("pg-native/session.expand.json")["event_stream"]
    ]
    rows = ["row description id | customer", "data row '1' | 'Customer 1'", "data row '2' | 'Customer 2'"]
    assert told[1] == [*rows, "command complete SELECT 2", "ready for query"]
    assert told[5] == ["command complete UPDATE 11111", "ready for query"]
    assert told[6] == ["parse SELECT total FROM orders WHERE id=$1", "bind $1 = '7'", "execute", "sync"]


@pytest.mark.parametrize(
    ("letter", "body", "words"),
    [
        (b"E", b"SERROR\x00C42P01\x00Mno such relation\x00\x00", "error ERROR 42P01 no such relation"),
        (b"S", b"TimeZone\x00UTC\x00", "parameter status TimeZone = UTC"),
        (b"D", b"\x00\x02\xff\xff\xff\xff\x00\x00\x00\x02\x00\x07", "data row NULL | 2 bytes"),
        (b"D", b"\x00\x01\x00\x00\x00\x031.5", "data row 3 bytes"),
        (b"D", b"\x00\x01\x00\x00\x00\x09abc", "data row"),
        (b"T", b"\x00\x05id\x00", "row description"),
        (b"d", b"copied", "copy data"),
        (b"R", b"\x00\x00\x00\x05salt", "authentication"),
    ],
)
def test_it_says_what_the_server_says(letter: bytes, body: bytes, words: str) -> None:
    assert said(message(letter, body), server=True) == [words]


def columns(*formats: int) -> bytes:
    each = b"".join(b"c\x00" + bytes(16) + form.to_bytes(2, "big") for form in formats)
    return message(b"T", len(formats).to_bytes(2, "big") + each)


def row(*values: bytes) -> bytes:
    sent = b"".join(len(value).to_bytes(4, "big") + value for value in values)
    return message(b"D", len(values).to_bytes(2, "big") + sent)


DONE = message(b"C", b"SELECT 1\x00")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (columns(0, 1) + row(b"a\nb", b"1234"), "data row 'a\\nb' | 4 bytes"),
        # Of other columns, of none, and of a statement whose formats are not chosen yet.
        (columns(0) + row(b"1234", b"5"), "data row 4 bytes | 1 byte"),
        (columns(0) + DONE + row(b"1234"), "data row 4 bytes"),
        (message(b"t", b"\x00\x00") + columns(0) + row(b"1234"), "data row 4 bytes"),
    ],
)
def test_no_binary_value_is_read_as_text(payload: bytes, words: str) -> None:
    assert said(payload, server=True)[-1] == words


def bind(*values: bytes, formats: tuple[int, ...] = ()) -> bytes:
    codes = b"".join(code.to_bytes(2, "big") for code in (len(formats), *formats))
    sent = b"".join(len(value).to_bytes(4, "big") + value for value in values)
    return message(b"B", b"\x00\x00" + codes + len(values).to_bytes(2, "big") + sent + b"\x00\x00")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (bind(b"7\ncommand complete COMMIT"), "bind $1 = '7\\ncommand complete COMMIT'"),
        (bind(b"1, $2 = 9"), "bind $1 = '1, $2 = 9'"),
        (bind(b"1', $2 = '9"), "bind $1 = '1\\', $2 = \\'9'"),
        (bind(b"1", b"9"), "bind $1 = '1', $2 = '9'"),
        (bind(b"NULL", b"2 bytes", b""), "bind $1 = 'NULL', $2 = '2 bytes', $3 = ''"),
        (bind(b"abcd", b"abcd", formats=(1, 0)), "bind $1 = 4 bytes, $2 = 'abcd'"),
        (bind(b"abcd", b"e", formats=(1,)), "bind $1 = 4 bytes, $2 = 1 byte"),
        (bind(b"\xff"), "bind $1 = 1 byte"),
        (bind("é".encode() * 2000), f"bind $1 = '{'é' * MAX_VALUE_LENGTH}…'"),
    ],
)
def test_no_value_can_be_taken_for_anything_else(payload: bytes, words: str) -> None:
    assert said(payload, server=False) == [words]


def test_what_the_server_says_stays_in_its_line() -> None:
    assert said(message(b"C", b"SELECT 1\ncommand complete DROP TABLE\x00"), server=True) == [
        "command complete SELECT 1\\ncommand complete DROP TABLE"
    ]


def test_it_leaves_passwords_and_long_answers_out() -> None:
    assert said(message(b"p", b"secret\x00"), server=False) == ["password or answer to a challenge"]
    assert postgres_frames(message(b"C", b"x" * MAX_ANSWER_BYTES), server=True) is None


@given(st.binary(max_size=60), st.sampled_from(b"BCDEPQSTEN"), st.booleans())
def test_it_takes_any_bytes(body: bytes, letter: int, server: bool) -> None:
    """What is not in its form says no more than its name, or stays bytes."""
    for payload in (body, message(bytes([letter]), body)):
        frames = postgres_frames(payload, server=server)
        assert frames is None or all(frame.name for frame in frames)
