"""The site under gunicorn, in this process: threads, one address, no file or socket but its own.

gunicorn drops header names with underscores and tells a download when its reader has left.
"""

from __future__ import annotations

import contextlib
import gc
import http.client
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver
from gunicorn.app.base import BaseApplication

from hoopviewer.logs import catch_the_rest
from hoopviewer.worker import ServerLog, Worker
from sessions_ui.access.sent import TellHowItWent
from sessions_ui.trail.heart import start_heart

HOST = "127.0.0.1"
#: What listens on every address of the machine is asked at one.
EVERYWHERE = {"0.0.0.0": HOST, "::": "::1"}
#: How long a thread may keep the interpreter while others wait. At Python's 5 ms a page, which gives it
#: up at each of its dozen queries, would wait behind a recording that is being read each time.
SWITCH_SECONDS = 0.0005


class PortTaken(Exception):
    """Something else listens there."""


class Server(BaseApplication):
    """``on_ready`` is called once, in the first worker, when the site has answered."""

    def __init__(
        self, *, port: int, workers: int, threads: int, on_ready: Callable[[], None], host: str = HOST
    ) -> None:
        self.options: dict[str, Any] = {
            "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
            "worker_class": Worker,
            "logger_class": ServerLog,
            "workers": workers,
            "threads": threads,
            # A crowd waits at the door that all workers share, not at that of the first one to wake.
            "worker_connections": 2 * threads,
            "timeout": 60,
            # A download under way is let finish.
            "graceful_timeout": 120,
            "loglevel": "warning",
            "accesslog": None,
            "control_socket_disable": True,
            # No peer may speak for another, loopback included: the scheme is the public address's, and
            # the client's address is counted off by addresses.client_address.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            # X_Auth_Email would reach the site under the same name as X-Auth-Email.
            "header_map": "drop",
            # A proxy's token with many groups is long.
            "limit_request_field_size": 16_380,
            "when_ready": end_with_the_terminal,
            "post_worker_init": lambda worker: begin(worker, host, port, on_ready),
        }
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's own variables and files are not read."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application; made in each worker."""
        application = TellHowItWent(get_wsgi_application())
        settle()
        return application

    def run(self) -> None:
        """Until told to stop; workers are forked below."""
        leave_database()
        super().run()


def settle() -> None:
    """Load all that pages need, and leave it out of every later search for garbage: such a search stops
    all threads for some 30 ms, once or twice while a recording is read."""
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


def leave_database() -> None:
    """Close this process's connections, idle ones of a pool too: a connection that several workers
    inherit would give one person's answer to another, and an inherited pool has no threads to grow."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]  # of that vendor's connections only


def end_with_the_terminal(arbiter: Any) -> None:
    """A closed terminal ends the site; gunicorn's own answer to it is to start again."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: arbiter.signal(signal.SIGTERM, None))


def begin(worker: Any, host: str, port: int, on_ready: Callable[[], None]) -> None:
    """What a new worker starts beside its pages."""
    catch_the_rest()
    start_heart()
    announce(worker, host, port, on_ready)


def announce(worker: Any, host: str, port: int, on_ready: Callable[[], None]) -> None:
    """Call ``on_ready`` when the first worker's site answers."""
    if worker.age == 1:
        threading.Thread(target=_announce, args=(host, port, on_ready), daemon=True).start()


def _announce(host: str, port: int, on_ready: Callable[[], None]) -> None:
    for _ in range(300):
        if answers(EVERYWHERE.get(host, host), port):
            on_ready()
            return
        time.sleep(0.1)


def answers(host: str, port: int) -> bool:
    """Whether the site's own liveness page comes from the port."""
    link = http.client.HTTPConnection(host, port, timeout=5)
    with contextlib.closing(link), contextlib.suppress(OSError, http.client.HTTPException):
        link.request("GET", "/healthz")
        return link.getresponse().status == 200
    return False


def address_of(host: str, port: int) -> str:
    """Where this machine opens what listens on ``host``.

    >>> address_of("0.0.0.0", 8000), address_of("::1", 8000)
    ('http://127.0.0.1:8000', 'http://[::1]:8000')
    """
    host = EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def require_free(port: int, host: str = HOST) -> None:
    """Raise PortTaken unless the port can be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As gunicorn does, so that a port that was just given up counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Port {port} of {host} cannot be used: {error.strerror}.") from error
