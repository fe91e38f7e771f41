"""What has been asked of the stand-in, without the secrets in it."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

_SECRET_HEADERS = ("authorization", "api-key", "cookie", "proxy-authorization")


@dataclass(frozen=True)
class Seen:
    """One request; credentials and download tokens read ``<secret>``. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


class Memory:
    def __init__(self) -> None:
        self._seen: list[Seen] = []
        self._lock = threading.Lock()

    def add(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> None:
        kept = {
            name.lower(): "<secret>" if name.lower() in _SECRET_HEADERS else value
            for name, value in headers.items()
        }
        query = re.sub(r"(^|&)token=[^&]*", r"\1token=<secret>", query)
        with self._lock:
            self._seen.append(Seen(method, path, query, kept))

    def matching(self, path: str, method: str | None, query: str) -> list[Seen]:
        with self._lock:
            seen = list(self._seen)
        return [
            one
            for one in seen
            if fnmatchcase(one.path, path) and fnmatchcase(one.query, query) and method in (None, one.method)
        ]

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()
