from __future__ import annotations

import base64
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.eventlog.batch import MAX_SECONDS, read_event, seconds_text

ORDINARY: list[tuple[bytes, tuple[float, str, bytes]]] = [
    (b'[0,"i","aGk="]', (0.0, "i", b"hi")),
    (b'[61,"o","aGk="]', (61.0, "o", b"hi")),
    (b'[0.000000012,"e",""]', (1.2e-08, "e", b"")),
    (b'[1.2e-8,"o",""]', (1.2e-08, "o", b"")),
    (b'[1E2,"o",""]', (100.0, "o", b"")),
    (b'[1.50,"h","/w=="]', (1.5, "h", b"\xff")),
    (b'[ 0.5 ,\n"b"\t, "AAEC" ]', (0.5, "b", b"\x00\x01\x02")),
    (rb'[0.5,"\u006f","aGk\u003d"]', (0.5, "o", b"hi")),
]
ODD: list[tuple[bytes, float]] = [
    (b"null", 0.0),
    (b"123", 0.0),
    (b'"text"', 0.0),
    (b"true", 0.0),
    (b"[]", 0.0),
    (b"{}", 0.0),
    (b'{"0":1}', 0.0),
    (b'[0.5,"o"]', 0.5),
    (b'[0.5,"o","aGk=","more"]', 0.5),
    (b'["0.5","o","aGk="]', 0.0),
    (b'[null,"o","aGk="]', 0.0),
    (b'[true,"o","aGk="]', 0.0),
    (b'[-1,"o","aGk="]', 0.0),
    (b'[-0.0,"o","aGk="]', 0.0),
    (b'[-0,"o","aGk="]', 0.0),
    (b'[0.1234567890123456789,"o","aGk="]', 0.0),
    (b'[9007199254740992,"o","aGk="]', 0.0),
    (b'[1e400,"o","aGk="]', 0.0),
    (b'[1e-400,"o","aGk="]', 0.0),
    (b'[1e-99999999999999999999999,"o","aGk="]', 0.0),
    (b"[" + b"9" * 5000 + b',"o","aGk="]', 0.0),
    (b'[0.5,"x","aGk="]', 0.5),
    (b'[0.5,"io","aGk="]', 0.5),
    (b'[0.5,"",""]', 0.5),
    (b'[0.5,null,"aGk="]', 0.5),
    (b'[0.5,["o"],"aGk="]', 0.5),
    (b'[0.5,"o",null]', 0.5),
    (b'[0.5,"o",7]', 0.5),
    (b'[0.5,"o","aGk"]', 0.5),
    (b'[0.5,"o","aGk=\\n"]', 0.5),
    (b'[0.5,"o","aGl="]', 0.5),
    (b'[0.5,"o","a-_="]', 0.5),
    (b'[0.5,"o","===="]', 0.5),
    ('[0.5,"o","é"]'.encode(), 0.5),
    (rb'[0.5,"o","\ud800"]', 0.5),
]


@pytest.mark.parametrize(("raw", "event"), ORDINARY)
def test_it_reads_ordinary_events(raw: bytes, event: tuple[float, str, bytes]) -> None:
    assert read_event(raw) == event


@pytest.mark.parametrize(("raw", "seconds"), ODD, ids=lambda value: str(value)[:40])
def test_it_keeps_odd_events_as_they_came(raw: bytes, seconds: float) -> None:
    read = read_event(raw)

    assert read == (seconds, "?", raw)
    assert str(read[0])[0] != "-"


@pytest.mark.parametrize(
    "raw",
    [b"", b" ", b"nul", b"[1,]", b"[NaN]", b"[-Infinity]", b'["\x01"]', b'["\xff"]', b"[01]", b"[" * 5000]
    + ['[0.5,"o",""]'.encode(name) for name in ("utf-16-le", "utf-32-be", "utf-8-sig")],
)
def test_it_rejects_what_is_not_json(raw: bytes) -> None:
    with pytest.raises(ValueError, match="."):
        read_event(raw)


@given(st.floats(min_value=0, max_value=MAX_SECONDS, exclude_max=True), st.binary())
def test_it_prints_numbers_that_read_back_equal(seconds: float, payload: bytes) -> None:
    seconds = abs(seconds)
    text = seconds_text(seconds)

    assert "e" not in text.lower()
    assert Decimal(text) == Decimal(repr(seconds))
    raw = f'[{text},"o","{base64.b64encode(payload).decode()}"]'.encode()
    assert read_event(raw) == (seconds, "o", payload)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_it_never_fails_on_json(value: object) -> None:
    raw = json.dumps(value).encode()

    seconds, kind, payload = read_event(raw)

    assert kind == "?" or json.loads(raw)[1] == kind
    assert payload == raw or kind != "?"
    assert 0 <= seconds < MAX_SECONDS
