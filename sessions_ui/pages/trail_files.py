"""The access trail as a file: CSV for people, JSON with all that proves it.

``docs/trail.md`` has the script that checks the JSON without this program.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields

from sessions_ui.eventlog.formats.csv_rows import guard_formula
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.chain import Checkpoint, Row

Entries = Iterable[tuple[Row, Actor, bool]]
CHUNK_ROWS = 500
_BEFORE = ("number", "at", "act")
_PERSON = tuple(field.name for field in fields(Actor))
_BEHIND = ("session", "request", "page", "ends", "about", "who", "previous", "hash")
HEADER = (*_BEFORE, *_PERSON, "forgotten", *_BEHIND)


def csv_file(entries: Entries) -> Iterator[bytes]:
    """RFC 4180, UTF-8; cells that a spreadsheet would run are made harmless."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for number, (row, actor, forgotten) in enumerate(entries, 1):
        cells = (
            *(getattr(row, name) for name in _BEFORE),
            *(getattr(actor, name) for name in _PERSON),
            "yes" if forgotten else "no",
            *(getattr(row, name) for name in _BEHIND),
        )
        writer.writerow([guard_formula(str(cell)) for cell in cells])
        if number % CHUNK_ROWS == 0:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


def json_file(
    entries: Entries, checkpoints: Iterable[Checkpoint], *, head: Mapping[str, object]
) -> Iterator[bytes]:
    """``head``, then ``rows``, each with its ``person``, then ``checkpoints``; a row a line. A file that was
    cut short does not parse."""
    start = json.dumps(head, separators=(",", ":"))[:-1]
    yield f'{start}{"," if head else ""}"rows":['.encode()
    yield from _lines(
        {**asdict(row), "person": None if forgotten else asdict(actor)} for row, actor, forgotten in entries
    )
    yield b'],\n"checkpoints":['
    yield from _lines({"checkpoint": one.text, "signature": one.signature} for one in checkpoints)
    yield b"]}\n"


def _lines(values: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    held, before = bytearray(), b"\n"
    for value in values:
        held += before + json.dumps(value, separators=(",", ":")).encode()
        before = b",\n"
        if len(held) > 64 * 1024:
            yield bytes(held)
            held.clear()
    yield bytes(held)
