"""Requests as hoop's router reads them, and the answers that handlers give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from sessions_ui.demo.standin import gojson

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Query:
    """A query string read as Go's net/url does: a pair with ``;`` or a bad escape is dropped."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pairs: list[tuple[str, str]] = []
        for pair in text.split("&"):
            if pair and ";" not in pair and not _BAD_ESCAPE.search(pair):
                name, _, value = pair.partition("=")
                self.pairs.append((_unescaped(name), _unescaped(value)))

    def first(self, name: str) -> str | None:
        """The first value; hoop never looks at another one."""
        return next((value for known, value in self.pairs if known == name), None)

    def get(self, name: str) -> str:
        return self.first(name) or ""


def _unescaped(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Request:
    """``path`` is decoded, as gin matches it; ``raw_path`` is what stood on the request line."""

    method: str
    raw_path: str
    query: Query
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote_to_bytes(self.raw_path).decode("utf-8", "surrogateescape")


@dataclass
class Answer:
    """One answer. A body that is an iterator is sent as it comes; ``chunked`` forces what Flush does."""

    status: int
    body: bytes | Iterator[bytes] = b""
    content_type: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunked: bool = False


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, gojson.encode(value), "application/json; charset=utf-8")


def message(status: int, text: str, *, with_status: bool = False) -> Answer:
    """hoop's error body; the download routes add the status to it."""
    value: dict[str, Any] = {"message": text}
    if with_status:
        value["status"] = status
    return json_answer(value, status)


def not_found() -> Answer:
    """What gin says to an unknown path and to a wrong method alike."""
    return Answer(404, b"404 page not found", "text/plain")
