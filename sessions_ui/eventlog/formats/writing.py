"""Chosen events -> the bytes of a file, in chunks: the one door to all formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sessions_ui.eventlog.formats.asciicast import asciicast_lines
from sessions_ui.eventlog.formats.csv_rows import csv_rows
from sessions_ui.eventlog.formats.json_events import json_document, ndjson_lines
from sessions_ui.eventlog.formats.options import About, Chosen, FileOptions
from sessions_ui.eventlog.formats.text import text_chunks


def file_chunks(events: Iterable[Chosen], options: FileOptions, about: About) -> Iterator[bytes]:
    """Raises ValueError for a text with times of day where ``about`` knows no start."""
    match options.form:
        case "text":
            return text_chunks(events, options, started_at=about.started_at)
        case "csv":
            return csv_rows(events, options, about)
        case "json":
            return json_document(events, options, about)
        case "ndjson":
            return ndjson_lines(events, options, about)
        case "asciicast":
            return asciicast_lines(events, about)
