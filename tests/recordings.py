"""The recorded sessions, and a page's text by its parts."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.test import Client

from sessions_ui.demo.gateway import INVENTED_SIZES
from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin.gojson import loads_exact
from sessions_ui.demo.standin.streams import StoredStream
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.triples import triples as in_columns

FIXTURES = Path(__file__).parent / "fixtures" / "gateway"
CASES = sorted(path.parent.name for path in FIXTURES.glob("*/session.json"))
DOCUMENT = "document-example"


def recorded(name: str) -> dict[str, Any]:
    """A recorded answer, parsed: ``bash-ok/session.json``."""
    value: dict[str, Any] = json.loads((FIXTURES / name).read_bytes())
    return value


def listed_rows() -> dict[str, dict[str, Any]]:
    """Every row of every recorded list, by its id."""
    rows: dict[str, dict[str, Any]] = {}
    for path in sorted((FIXTURES / "list").glob("*.json")):
        rows |= {row["id"]: row for row in json.loads(path.read_bytes()).get("data") or []}
    return rows


def put(hoop: StandIn, metadata: str, stream: str = "") -> str:
    """The session of two recorded answers, put into the stand-in as it is; returns its id."""
    envelope = recorded(metadata)
    events = loads_exact((FIXTURES / stream).read_bytes()).get("event_stream") if stream else None
    envelope.pop("event_stream", None)
    return hoop.add_session(envelope, events, as_it_is=True)


def put_case(hoop: StandIn, case: str) -> str:
    """With its true size, where the recorded answer has one that nobody had measured."""
    if case == DOCUMENT:
        return put(hoop, f"{DOCUMENT}.json", f"{DOCUMENT}.json")
    session_id = put(hoop, f"{case}/session.json", f"{case}/session.expand.json")
    if case in INVENTED_SIZES:
        session = hoop.session(session_id)
        assert isinstance(session.stream, StoredStream)
        session.envelope["event_size"] = len(session.stream.text)
    return session_id


def printed(case: str) -> bytes:
    """What a recorded session printed: the payloads of its ``o`` and ``e`` events, one after the other."""
    events = recorded(f"{case}/session.expand.json").get("event_stream") or []
    return b"".join(base64.b64decode(event[2]) for event in events if event[1] in ("o", "e"))


def triples(events: Iterable[Event]) -> Iterator[bytes]:
    """Single events as the JSON array that hoop sends."""
    each = list(events)
    kinds = "".join(event.kind for event in each).encode()
    batch = EventBatch([event.seconds for event in each], kinds, [event.payload for event in each])
    return in_columns([batch])


class Part:
    """An element of a page, with its attributes and what is in it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Part | str] = []

    @property
    def text(self) -> str:
        """All its text in order; what stands in elements of its own stands apart."""
        pieces = (child if isinstance(child, str) else child.text for child in self.children)
        return re.sub(r"\s+", " ", " ".join(pieces)).strip()

    @property
    def raw(self) -> str:
        """All its text, as it is."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    @property
    def lines(self) -> str:
        """The text of a log row, its line breaks kept."""
        return self.raw.strip("\n")

    def every(self, tag: str = "", *, css: str = "", id: str = "") -> list[Part]:
        found = []
        for child in self.children:
            if isinstance(child, str):
                continue
            classes = child.attributes.get("class", "").split()
            wanted = not css or css in classes
            if wanted and tag in ("", child.tag) and id in ("", child.attributes.get("id", "")):
                found.append(child)
            found += child.every(tag, css=css, id=id)
        return found

    def one(self, tag: str = "", *, css: str = "", id: str = "") -> Part:
        found = self.every(tag, css=css, id=id)
        assert len(found) == 1, (tag, css, id, len(found))
        return found[0]

    def some(self, tag: str = "", *, css: str = "", id: str = "") -> Part | None:
        found = self.every(tag, css=css, id=id)
        return found[0] if found else None


class _Reader(HTMLParser):
    VOID = frozenset({"meta", "link", "input", "br", "img", "circle", "path"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Part("", {})
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        part = Part(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(part)
        if tag not in self.VOID:
            self._open.append(part)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Part(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read_page(html: str | bytes) -> Part:
    """The page as parts; fails where what is opened is not closed in its order."""
    reader = _Reader()
    reader.feed(html.decode() if isinstance(html, bytes) else html)
    reader.close()
    assert len(reader._open) == 1
    return reader.top


def file_of(client: Client, session_id: str, form: str = "text", query: str = "") -> tuple[Any, bytes]:
    """A download that is answered, and its bytes."""
    response = client.get(f"/sessions/{session_id}/download?format={form}{query}")
    assert response.status_code == 200, response.content
    return response, response.getvalue()
