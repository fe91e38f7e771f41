"""Failures a test switches on: which request they hit, how often, and what they put in its place."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

from sessions_ui.demo.standin.generated import LargeLog
from sessions_ui.demo.standin.http_values import Answer, message

#: Modes that answer something else. The rest of MODES spoil how the true answer is sent.
REPLACING = (
    "html", "empty-200", "empty-500", "502", "503", "401", "403", "404", "429", "list", "truncated-json",
    "not-json", "redirect", "endless-log", "endless-string",
)  # fmt: skip
SPOILING = ("hang", "stall", "drip", "cut", "cut-chunked", "cut-close", "reset")
MODES = ("refuse", *REPLACING, *SPOILING)
SIGN_IN_PAGE = (
    b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n"
)


@dataclass
class Fault:
    """``times`` None means until cleared. Options, each for the modes that have it:

    ``seconds`` (hang: how long before the connection ends, stall: before the rest is sent, default until
    cleared; drip: between pieces, default 0.05),
    ``after`` (stall, cut*: bytes of the body sent before, default half of it), ``size`` (drip: bytes
    a piece, default 16), ``retry_after`` (503, 429), ``location`` (redirect).
    """

    mode: str
    path: str = "*"
    method: str | None = None
    times: int | None = None
    query: str = "*"
    options: dict[str, Any] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def matches(self, method: str, path: str, query: str) -> bool:
        right_method = self.method is None or method == self.method
        return right_method and fnmatchcase(path, self.path) and fnmatchcase(query, self.query)

    def wait(self) -> None:
        self.released.wait(self.options.get("seconds"))


class Faults:
    """The faults in force; the first that matches a request is used."""

    def __init__(self, listen: Callable[[bool], None]) -> None:
        self._listen = listen
        self._active: list[Fault] = []
        self._lock = threading.Lock()

    def set(
        self,
        mode: str,
        path: str = "*",
        *,
        method: str | None = None,
        times: int | None = None,
        query: str = "*",
        **options: Any,
    ) -> Fault:
        """Spoil requests whose path and query match these patterns (fnmatch), ``times`` times or for good.

        ``refuse`` closes the listening socket and every connection; the other arguments do not apply to it.
        """
        if mode not in MODES:
            raise ValueError(f"unknown fault {mode!r}; known: {', '.join(MODES)}")
        fault = Fault(mode, path, method, times, query, options)
        if mode == "refuse":
            self._listen(False)
        with self._lock:
            self._active.append(fault)
        return fault

    def clear(self) -> None:
        """Lift all faults, let waiting answers go on, and listen again."""
        with self._lock:
            lifted, self._active = self._active, []
        for fault in lifted:
            fault.released.set()
        if any(fault.mode == "refuse" for fault in lifted):
            self._listen(True)

    def release(self) -> None:
        """Wake what waits, for the end of the server."""
        with self._lock:
            lifted, self._active = self._active, []
        for fault in lifted:
            fault.released.set()

    def take(self, method: str, path: str, query: str) -> Fault | None:
        with self._lock:
            for fault in self._active:
                if fault.mode != "refuse" and fault.times != 0 and fault.matches(method, path, query):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


def replaced(fault: Fault, answer: Answer) -> Answer:
    """What a replacing fault answers; ``answer`` is what hoop would have said."""
    statuses = {
        "401": "access denied",
        "403": "access denied",
        "404": "not found",
        "429": "too many requests",
    }
    headers = [("Retry-After", str(fault.options["retry_after"]))] if "retry_after" in fault.options else []
    if fault.mode in statuses:
        refusal = message(int(fault.mode), statuses[fault.mode])
        refusal.headers += headers
        return refusal
    if fault.mode == "503":
        waiting = headers or [("Retry-After", "1")]
        return Answer(503, b"upstream connect error\n", "text/plain", waiting)
    if fault.mode == "redirect":
        location = str(fault.options.get("location", "https://gateway.example/elsewhere"))
        return Answer(302, b"", "text/html; charset=utf-8", [("Location", location)])
    if fault.mode.startswith("endless"):
        return Answer(200, _endless(fault.mode, answer), "application/json")
    if fault.mode == "truncated-json":
        body = whole(answer)
        return Answer(200, body[: max(1, len(body) // 2)], "application/json")
    return _plain(fault.mode)


def _plain(mode: str) -> Answer:
    return {
        "html": Answer(200, SIGN_IN_PAGE, "text/html; charset=utf-8"),
        "empty-200": Answer(200, b"", "application/json"),
        "empty-500": Answer(500),
        "502": Answer(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>\n", "text/html"),
        "list": Answer(200, b"[]\n", "application/json"),
        "not-json": Answer(200, b"Everything is fine.\n", "application/json"),
    }[mode]


def whole(answer: Answer) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)


def _endless(mode: str, answer: Answer) -> Iterator[bytes]:
    """The session's own beginning, then a stream (or one string in it) that never ends."""
    try:
        envelope = json.loads(whole(answer))
    except ValueError:
        envelope = {}
    kept = {key: value for key, value in envelope.items() if key != "event_stream"}
    head = (
        json.dumps(kept, separators=(",", ":")).encode()[:-1] + (b"," if kept else b"") + b'"event_stream":'
    )
    if mode == "endless-log":
        return chain([head], LargeLog(None).chunks(0))
    return chain([head, b'[[0.1,"o","'], _forever(b"QUJD" * 16_384))


def _forever(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece
