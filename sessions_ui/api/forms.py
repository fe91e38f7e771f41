"""A log as the value of ``event_stream``, in the form that was asked for, in chunks.

Each form is a generator that returns what hoop then gives as ``event_size``: None leaves it as it is.
"""

from __future__ import annotations

import binascii
import codecs
import json
from collections.abc import Generator, Iterable, Iterator

from sessions_ui.api.query import Asked
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.eventlog.formats.triples import Columns, triples
from sessions_ui.eventlog.protocols import postgres_frames
from sessions_ui.session import Session

#: What a form holds when no kinds are named; raw triples hold every event.
USUAL_KINDS = {"utf8": "oe", "base64": "oe", "raw-queries": "i", "": "ioex"}
Form = Generator[bytes, None, int | None]


def has_queries(session: Session) -> bool:
    """A native Postgres session's input is the client's messages; a script's is plain SQL already."""
    return session.verb == "connect" and session.subtype == "postgres"


def kinds_of(asked: Asked, session: Session) -> str:
    """The kinds (``i o e x``) that the payload is made of."""
    form = asked.form
    if form == "raw-queries" and not has_queries(session):
        form = ""
    return asked.kinds or USUAL_KINDS[form]


def in_form(batches: Iterable[Columns], asked: Asked, session: Session) -> Form:
    """The chosen events as ``event_stream``."""
    if asked.form == "base64":
        return _base64(batches)
    if asked.form == "utf8":
        return _text(batches)
    if asked.form == "raw-queries" and has_queries(session):
        return _queries(batches)
    return _raw(batches)


def _raw(batches: Iterable[Columns]) -> Form:
    yield from triples(batches)
    return None


def _base64(batches: Iterable[Columns]) -> Form:
    """All payloads as one text, cut where three bytes make four characters."""
    rest, size = b"", 0
    yield b'["'
    for batch in batches:
        data = b"".join([rest, *batch.payloads])
        whole = len(data) - len(data) % 3
        rest = data[whole:]
        text = binascii.b2a_base64(data[:whole], newline=False)
        size += len(text)
        yield text
    text = binascii.b2a_base64(rest, newline=False)
    yield text + b'"]'
    return size + len(text)


def _text(batches: Iterable[Columns]) -> Form:
    """All payloads as one text; each byte that is no UTF-8 is U+FFFD, as hoop's own language has it."""
    decode, size = codecs.getincrementaldecoder("utf-8")(_EACH_BYTE).decode, 0
    yield b'["'
    for batch in batches:
        text = decode(b"".join(batch.payloads))
        size += len(text)
        yield _quoted(text)
    text = decode(b"", final=True)
    yield _quoted(text) + b'"]'
    return size + len(text)


def _queries(batches: Iterable[Columns]) -> Form:
    """Every statement of the client's messages, with its time; ``null`` where there is none."""
    found, size = False, 0
    for batch in batches:
        statements = list(_statements(batch))
        if statements:
            seconds, payloads = zip(*statements, strict=True)
            size += sum(map(len, payloads))
            yield (b"," if found else b"[") + b"".join(
                triples([EventBatch(seconds, b"i" * len(seconds), payloads)])
            )[1:-1]
            found = True
    yield b"]" if found else b"null"
    return size


def _statements(batch: Columns) -> Iterator[tuple[float, bytes]]:
    for seconds, kind, payload in zip(batch.seconds, batch.kinds, batch.payloads, strict=True):
        if kind == ord("i"):
            for frame in postgres_frames(payload) or ():
                if frame.statement:
                    yield seconds, frame.statement


def _quoted(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8")


_EACH_BYTE = "hoopviewer.each-byte"


def _each_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error(_EACH_BYTE, _each_byte)
