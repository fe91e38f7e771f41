"""The listening socket and the reading of requests."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from sessions_ui.demo.standin import control
from sessions_ui.demo.standin.faults import REPLACING, replaced
from sessions_ui.demo.standin.http_values import Answer, Query, Request
from sessions_ui.demo.standin.sending import Sender

if TYPE_CHECKING:
    from sessions_ui.demo.standin.server import StandIn

MAX_REQUEST_BODY = 1_000_000


class Listener(ThreadingHTTPServer):
    """Listens on loopback only and knows its connections, so that it can end them all."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news; a fault of ours is printed by the base class."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        # Wakes the loop that waits for connections, which would else notice at its next look.
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection; every method ends in ``_handle``."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def version_string(self) -> str:
        return f"hoopgateway/{self.server.stand_in.version}"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: requests carry secrets, and tests have ``requests()``."""

    def _handle(self) -> None:
        stand_in = self.server.stand_in
        raw_path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdigit() else 0
        body = self.rfile.read(min(size, MAX_REQUEST_BODY))
        headers = dict(reversed(self.headers.items()))
        request = Request(self.command, raw_path, Query(query), _Headers(headers), body)
        if stand_in.control and request.path.startswith("/control/"):
            Sender(self).send(control.answer(stand_in, request))
            return
        stand_in.memory.add(self.command, raw_path, query, headers)
        self._answer(request)

    def _answer(self, request: Request) -> None:
        stand_in = self.server.stand_in
        fault = stand_in.faults.take(request.method, request.raw_path, request.query.text)
        sender = Sender(self)
        if fault and fault.mode == "hang":
            sender.send_spoiled(Answer(200), fault)
            return
        answer = stand_in.router.answer(request)
        if fault is None:
            sender.send(answer)
        elif fault.mode in REPLACING:
            sender.send(replaced(fault, answer))
        else:
            sender.send_spoiled(answer, fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle


class _Headers(dict[str, str]):
    """Header names in any case; of two headers the first counts."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)
