"""Reading an answer's body within limits: bytes, silence, and time in all."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import requests
import urllib3.exceptions

from sessions_ui.gateway.errors import GatewayGarbled, GatewaySlow, GatewayTooBig

CHUNK_BYTES = 256 * 1024


def read_chunks(
    response: requests.Response,
    *,
    cap_bytes: int,
    silence_seconds: float,
    total_seconds: float | None,
    started: float | None = None,
) -> Iterator[bytes]:
    """The body as it arrives, at most ``CHUNK_BYTES`` a piece.

    Raises GatewayTooBig over ``cap_bytes``, GatewaySlow after ``silence_seconds`` without a byte or
    ``total_seconds`` in all (since ``started`` on the monotonic clock), GatewayGarbled when it
    breaks off. A body that ends with its connection cannot be told from a whole one here: only the
    parser can."""
    _limit_silence(response, silence_seconds)
    started = time.monotonic() if started is None else started
    received = 0
    while True:
        try:
            # read1 gives what is there; a plain read would wait for the whole piece, and a
            # slow drip would pass every time limit on a single read.
            chunk = response.raw.read1(CHUNK_BYTES, decode_content=True)
        except (TimeoutError, urllib3.exceptions.ReadTimeoutError) as error:
            raise GatewaySlow(
                f"hoop sent nothing for {silence_seconds:g} s in the middle of its answer"
            ) from error
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise GatewayGarbled("the answer broke off before its end") from error
        if not chunk:
            return
        received += len(chunk)
        if received > cap_bytes:
            raise GatewayTooBig(f"the answer is over {cap_bytes:,} bytes")
        if total_seconds is not None and time.monotonic() - started > total_seconds:
            raise GatewaySlow(f"the answer was not there after {total_seconds:g} s")
        yield chunk


def _limit_silence(response: requests.Response, seconds: float) -> None:
    """From the first byte on, a shorter silence is allowed than before it.

    The socket is reached through urllib3's connection, or, when the answer closes it, through
    http.client's file; where neither is there, the longer limit stays in force."""
    connection: Any = getattr(response.raw, "connection", None)
    found: Any = getattr(connection, "sock", None)
    if found is None:
        file: Any = getattr(getattr(response.raw, "_fp", None), "fp", None)
        found = getattr(getattr(file, "raw", None), "_sock", None)
    if isinstance(found, socket.socket):
        found.settimeout(seconds)
