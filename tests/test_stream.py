"""hoop's body read as a stream: the same events whatever the form and the chunks, and nothing lost."""

from __future__ import annotations

import base64
import json
import random
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_ui.demo.standin.generated import LargeLog
from sessions_ui.eventlog.batch import read_event
from sessions_ui.eventlog.events import Event
from sessions_ui.gateway import stream as module
from sessions_ui.gateway.errors import GatewayGarbled, GatewayTooBig
from sessions_ui.gateway.stream import SessionStream
from tests.recordings import FIXTURES, triples

Read = list[tuple[float, str, bytes]]
HEAD = b'{"id":"x","script":{"data":"\\"event_stream\\":[1]"},"event_stream":'
TAIL = b',"event_size":7,"metadata":{"event_stream":[[1]]}}'

ordinary = st.builds(
    lambda seconds, kind, payload: [seconds, kind, base64.b64encode(payload).decode()],
    st.integers(0, 10**6) | st.floats(0, 10**6).map(lambda value: round(abs(value), 9)),
    st.sampled_from("ioehb"),
    st.binary(max_size=60) | st.just(b'"],["') | st.just(b'\\"],['),
)
odd = st.sampled_from(
    [None, 1, -0.0, "x", '"],[', '\\"],[\\', [], {}, [[]], ["0.5", "o", ""], [-0.0, "o", ""], [-1, "o", ""]]
    + [[0.5, "o"], [0.5, "x", ""], [0.5, "o", "?"], [0.5, "o", "aGl="], [1e300, "o", ""], [0.5, '"],["', ""]]
    + [
        {"a": [1, {"b": "]}"}]},
        [0.5, "o", 'a"],["b'],
        [True, "o", ""],
        [0.5, "o", "", ""],
        [0.5, "\u0000", ""],
    ]
)


def chunked(body: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for cut in sorted(cuts):
        yield body[start:cut]
        start = cut
    yield body[start:]


def read(chunks: Iterable[bytes]) -> tuple[Read, SessionStream, dict[str, Any]]:
    stream = SessionStream()
    events: Read = []
    for batch in stream.batches(chunks):
        assert len(batch.seconds) == len(batch.kinds) == len(batch.payloads) > 0
        rows = zip(map(float, batch.seconds), batch.kinds.decode(), batch.payloads, strict=True)
        events.extend(rows)
    return events, stream, stream.finish()


def body_of(elements: Iterable[bytes], *, space: bytes = b"", tail: bytes = TAIL) -> bytes:
    joint = space + b"," + space
    return HEAD + space + b"[" + space + joint.join(elements) + space + b"]" + tail


def written(value: object, *, loose: bool) -> bytes:
    return json.dumps(value, separators=(" , ", " : ") if loose else (",", ":")).encode()


@settings(max_examples=100)
@given(st.lists(ordinary | odd, max_size=25), st.booleans(), st.booleans(), st.randoms(), st.integers(1, 400))
def test_it_reads_the_same_events_whatever_the_form_and_the_chunks(
    values: list[Any], loose: bool, spaced: bool, random: random.Random, block: int
) -> None:
    elements = [written(value, loose=loose and random.random() < 0.5) for value in values]
    body = body_of(elements, space=b" \n" if spaced else b"")
    cuts = [random.randrange(len(body)) for _ in range(random.randrange(12))]
    expected = [read_event(element) for element in elements]
    if len(values) == 1 and isinstance(values[0], str):
        with pytest.raises(GatewayGarbled, match="sentence"):
            read([body])
        return

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", block)
        events, stream, envelope = read(chunked(body, cuts))
        patch.setattr(SessionStream, "_fast", lambda self: None)
        tolerant, slow, _ = read(chunked(body, cuts))

    assert repr(events) == repr(expected) == repr(tolerant)
    assert envelope["event_stream"] is None
    assert envelope["event_size"] == 7
    assert stream.wire_bytes == slow.wire_bytes == len(body) - len(HEAD) - len(TAIL) - (2 if spaced else 0)
    again = b"".join(triples(Event(n, *event) for n, event in enumerate(events, 1)))
    assert json.loads(again) == values


@settings(max_examples=50)
@given(st.lists(ordinary, min_size=1, max_size=40), st.integers(1, 50))
def test_it_takes_whole_compact_triples_the_fast_way(values: list[Any], block: int) -> None:
    elements = [f'[{json.dumps(v[0])},"{v[1]}","{v[2]}"]'.encode() for v in values]
    body = body_of(elements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", block)
        events, stream, _ = read([body[place : place + 7] for place in range(0, len(body), 7)])

    assert repr(events) == repr([read_event(element) for element in elements])
    assert stream.wire_bytes == len(body) - len(HEAD) - len(TAIL)


@pytest.mark.parametrize(
    "path",
    sorted(path for path in FIXTURES.glob("*/*session.expand*.json") if path.stat().st_size),
    ids=lambda p: "/".join(p.parts[-2:]),
)
def test_it_reads_recorded_answers_a_byte_at_a_time(path: Any) -> None:
    body = path.read_bytes()
    value = json.loads(body)
    items = value.pop("event_stream", None)
    if items and len(items) == 1 and isinstance(items[0], str):
        with pytest.raises(GatewayGarbled, match="sentence"):
            read([body])
        return

    events, stream, envelope = read(body[place : place + 1] for place in range(len(body)))

    again = b"".join(triples(Event(n, *event) for n, event in enumerate(events, 1)))
    assert json.loads(again) == (items or [])
    assert stream.stream_seen is (items is not None)
    envelope.pop("event_stream", None)
    assert envelope == value


def test_it_tells_an_absent_stream_from_an_empty_one() -> None:
    absent = SessionStream()
    assert list(absent.batches([b'{"id":"x"}'])) == []
    assert (absent.finish(), absent.stream_seen, absent.wire_bytes) == ({"id": "x"}, False, 0)

    null = read([b'{"event_stream":null}'])
    assert (null[0], null[1].stream_seen) == ([], False)

    empty = read([b'{"event_stream" : [ ] }'])
    assert (empty[0], empty[1].stream_seen, empty[1].wire_bytes) == ([], True, 3)


def test_it_keeps_the_lone_odd_event_of_the_documented_answer() -> None:
    assert read([b'{"event_stream":[123]}'])[0] == [(0.0, "?", b"123")]


@pytest.mark.parametrize("whole", [True, False])
def test_it_refuses_hoops_error_sentence(whole: bool) -> None:
    sentence = (
        b'["An internal error occurred: unable to decode the event stream due to invalid characters.\\nX"]'
    )
    body = HEAD + sentence + TAIL

    with pytest.raises(GatewayGarbled, match="sentence"):
        read([body] if whole else [body[place : place + 1] for place in range(len(body))])


SAMPLE = body_of([b'[0.1,"i","aGk="]', b'[0.2,"o","eW8="]', b"null", b' [0.3, "o", "eA=="]', b'{"a":[]}'])


@pytest.mark.parametrize("block", [1, 40, 10_000])
def test_it_notices_a_body_cut_at_any_byte(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_BYTES", block)
    assert len(read([SAMPLE])[0]) == 5

    for length in range(len(SAMPLE)):
        with pytest.raises(GatewayGarbled):
            read([SAMPLE[:length]])


@pytest.mark.parametrize(
    "garbage", [b"}", b"{}", b"null", b"x", b"\x00", b",", b'"', SAMPLE, b" \n{}", b" " * 300_000 + b"1"]
)
def test_it_refuses_what_follows_the_end(garbage: bytes) -> None:
    with pytest.raises(GatewayGarbled):
        read([SAMPLE, garbage])
    with pytest.raises(GatewayGarbled):
        read([SAMPLE + garbage])


def test_it_allows_blanks_after_the_end() -> None:
    assert len(read([SAMPLE, b"\n", b" " * 300_000, b"\r\n\t"])[0]) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"[]",
        b"null",
        b'"event_stream"',
        b'["event_stream",[[0.1,"o",""]]]',
        b'["event_stream":[[0.1,"o",""]]]',
        b'{"event_stream":"QUJD"}',
        b'{"event_stream":{}}',
        b'{"event_stream":1}',
        b'{"event_stream":true}',
        b'{"event_stream":nul}',
        b'{"event_stream":[],}',
        b'{"event_stream":[]',
        b'{"event_stream":[}',
        b'{"event_stream":[,]}',
        b'{"event_stream":[1,]}',
        b'{"event_stream":[1 2]}',
        b'{"event_stream":[1:2]}',
        b'{"event_stream":[[0.1,"o"}]}',
        b'{"event_stream":[[0.1,"o","aGk="][0.2,"o","aGk="]]}',
        b'{"event_stream":[[0.1,"o","aGk="],,[0.2,"o","aGk="]]}',
        b'{"event_stream":[[0.1,"o",""]],"event_stream":[[0.2,"o",""]]}',
        rb'{"event_stream":[[0.1,"o",""]],"event\u005fstream":[[0.2,"o",""]]}',
        rb'{"event\u005fstream":[[0.2,"o",""]]}',
        b'{"id":"\xff","event_stream":[]}',
        b'{"event_stream":["\xff"]}',
        b'{"event_stream":[[0.1,"o","\x01"]]}',
        b'\xef\xbb\xbf{"event_stream":[]}',
        '{"event_stream":[]}'.encode("utf-16"),
        b"<!doctype html><title>Sign in</title>",
    ],
)
def test_it_refuses_what_hoop_does_not_send(body: bytes) -> None:
    with pytest.raises(GatewayGarbled):
        read([body])
    with pytest.raises(GatewayGarbled):
        read([body[place : place + 1] for place in range(len(body))])


@pytest.mark.parametrize("bomb", [b"[" * 100_000, b'{"a":' * 100_000, b'[{"a":' * 50_000])
@pytest.mark.parametrize(
    "place", [b"", b'{"metadata":', HEAD + b"[", HEAD + b'[[0.1,"o",""],', SAMPLE[:-1] + b',"x":']
)
def test_it_refuses_nesting_bombs(place: bytes, bomb: bytes) -> None:
    with pytest.raises(GatewayGarbled):
        read([place + bomb])


def strings(size: int, piece: bytes) -> Iterator[bytes]:
    yield from islice(iter(lambda: piece, b""), size // len(piece))


@pytest.mark.parametrize(("piece", "most"), [(b"QUJD" * 16_384, 24_000_000), (b'\\"],[' * 13_107, 8_000_000)])
def test_it_reads_one_huge_string_in_linear_time(piece: bytes, most: int) -> None:
    def body(size: int) -> Iterator[bytes]:
        yield HEAD + b'[[0.1,"o","'
        yield from strings(size, piece)
        yield b'"]]' + TAIL

    def seconds(size: int) -> float:
        started = time.process_time()
        events, stream, _ = read(body(size))
        assert len(events) == 1
        assert stream.wire_bytes > size - len(piece)
        return time.process_time() - started

    small, large = seconds(most // 8), seconds(most)
    # Eight times as much; quadratic would be 64 times as long.
    assert large < 25 * small + 0.3


def test_it_refuses_one_event_over_its_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_EVENT_BYTES", 1_000_000)
    fed = 0

    def body() -> Iterator[bytes]:
        nonlocal fed
        yield HEAD + b'[[0.1,"o","'
        for piece in strings(10**12, b"A" * 65_536):
            fed += len(piece)
            yield piece

    with pytest.raises(GatewayTooBig):
        read(body())
    assert fed < 3_000_000


@pytest.mark.parametrize("where", [b'{"script":"', SAMPLE[:-1] + b',"later":"'])
@pytest.mark.parametrize("size", [64, 65_536])
def test_it_refuses_an_envelope_over_its_cap_in_linear_time(
    where: bytes, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ENVELOPE_BYTES", 2_000_000)
    started = time.process_time()

    def body() -> Iterator[bytes]:
        yield where
        yield from strings(10**12, b"A" * size)

    with pytest.raises(GatewayTooBig):
        read(body())
    assert time.process_time() - started < 2


def test_it_holds_a_long_log_in_bounded_memory() -> None:
    stream = SessionStream()
    chunks = LargeLog(100_000).chunks(0)
    tracemalloc.start()
    try:
        events = sum(len(batch) for batch in stream.batches(_wrapped(chunks)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert events == 100_000
    assert stream.wire_bytes == LargeLog(100_000).size()
    assert peak < 6_000_000


def _wrapped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield HEAD
    yield from chunks
    yield TAIL
