"""Clients of a gateway, the answers they get, and a server that says whatever bytes a test likes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import pytest
import responses

from sessions_ui.gateway.client import Deadlines, GatewayClient
from sessions_ui.gateway.errors import GatewayError
from tests.waiting import LONG

URL = "http://hoop.example"
KEY = "hpk_a-key-that-nobody-may-read"
SECRET = "salary list of the board"
ID = UUID("6eb5980c-6213-4f06-8c9c-2e14418b74cf")
PATIENT = Deadlines(connect=LONG, first_byte=LONG, between_bytes=LONG, metadata=LONG)
HURRIED = Deadlines(connect=LONG, first_byte=0.4, between_bytes=0.4, metadata=0.4)


def client(url: str = URL, **options: Any) -> GatewayClient:
    options = {"key": KEY, "deadlines": PATIENT} | options
    return GatewayClient(base_url=url, **options)


def answer(**options: Any) -> None:
    responses.get(f"{URL}/api/sessions/{ID}", **({"content_type": "application/json"} | options))


def read_stream(gateway: GatewayClient, session_id: UUID = ID) -> bytes:
    with gateway.open_stream(session_id) as chunks:
        return b"".join(chunks)


def asked_for(ask: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        ask()
    return caught.value


class RawServer:
    """Answers the nth connection with the nth text of ``script`` (the last one again after that)."""

    def __init__(self) -> None:
        self.script: list[bytes] = []
        self.forever = b""
        self.hold = False
        self.thinks = 0.0
        self.sent = 0
        self._done = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        number = 0
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(LONG)
                connection.recv(65536)
                time.sleep(self.thinks)
                connection.sendall(self.script[min(number, len(self.script) - 1)])
                number += 1
                while self.forever and not self._done.is_set():
                    connection.sendall(self.forever)
                    self.sent += len(self.forever)
                if self.hold:
                    self._done.wait(LONG)

    def close(self) -> None:
        self._done.set()
        self._socket.close()


@contextmanager
def raw_server() -> Iterator[RawServer]:
    server = RawServer()
    try:
        yield server
    finally:
        server.close()
