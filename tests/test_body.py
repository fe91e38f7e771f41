from __future__ import annotations

import http.client
import io
import time
from collections.abc import Iterable

import pytest
import requests
import urllib3

from sessions_ui.gateway.body import CHUNK_BYTES, read_chunks
from sessions_ui.gateway.errors import GatewayGarbled, GatewaySlow, GatewayTooBig


class Pieces(io.RawIOBase):
    """A body that comes in these pieces; an exception among them is raised, a number slept."""

    def __init__(self, pieces: Iterable[bytes | float | Exception]) -> None:
        self.pieces = list(pieces)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  a plain buffer is enough
        while self.pieces:
            piece = self.pieces.pop(0)
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, float):
                time.sleep(piece)
                continue
            taken = piece[: len(buffer)]
            if taken != piece:
                self.pieces.insert(0, piece[len(taken) :])
            buffer[: len(taken)] = taken
            return len(taken)
        return 0


def response(*pieces: bytes | float | Exception) -> requests.Response:
    made = requests.Response()
    made.raw = urllib3.HTTPResponse(io.BufferedReader(Pieces(pieces)), preload_content=False)
    return made


def read(*pieces: bytes | float | Exception, cap: int = 10**9, total: float | None = None) -> list[bytes]:
    return list(read_chunks(response(*pieces), cap_bytes=cap, silence_seconds=7, total_seconds=total))


def test_it_gives_what_has_come_without_waiting_for_more() -> None:
    assert read(b"one", b"two") == [b"one", b"two"]


def test_it_bounds_a_piece() -> None:
    pieces = read(b"x" * 1_000_000)

    assert b"".join(pieces) == b"x" * 1_000_000
    assert max(map(len, pieces)) <= CHUNK_BYTES


def test_it_stops_at_its_cap_and_not_before() -> None:
    assert b"".join(read(b"x" * 10, b"y", cap=11)) == b"xxxxxxxxxxy"
    with pytest.raises(GatewayTooBig, match="over 10 bytes"):
        read(b"x" * 10, b"y", cap=10)


@pytest.mark.parametrize(
    "broken",
    [
        ConnectionResetError(),
        http.client.IncompleteRead(b""),
        OSError("gone"),
        ValueError("read of closed file"),
    ],
)
def test_it_reports_a_body_that_breaks_off(broken: Exception) -> None:
    with pytest.raises(GatewayGarbled, match="broke off"):
        read(b"one", broken)


def test_it_reports_silence() -> None:
    with pytest.raises(GatewaySlow, match="nothing for 7 s"):
        read(b"one", TimeoutError())


def test_it_counts_the_total_from_when_the_request_was_sent() -> None:
    assert read(b"one", b"two", total=5) == [b"one", b"two"]
    with pytest.raises(GatewaySlow, match="after 0.1 s"):
        read(b"one", 0.15, b"two", total=0.1)
    late = read_chunks(
        response(b"one"), cap_bytes=9, silence_seconds=7, total_seconds=5, started=time.monotonic() - 6
    )
    with pytest.raises(GatewaySlow):
        next(late)
