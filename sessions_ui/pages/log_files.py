"""A log as a file to send: its bytes, its length where it is known before, its ETag, its name."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from sessions_ui.archive.batches import (
    Measured,
    choose,
    measure,
    read_batches,
    read_lane,
    read_seconds,
)
from sessions_ui.archive.chosen_rows import Choice
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.page_cache import small_page_cache
from sessions_ui.eventlog.formats.options import EXTENSIONS, USUAL_KINDS, About, FileOptions, Form
from sessions_ui.eventlog.formats.text import added_bytes
from sessions_ui.eventlog.formats.writing import file_chunks
from sessions_ui.pages.file_lengths import held_to, is_small, remembered, written
from sessions_ui.pages.files import LogFile
from sessions_ui.pages.opening import Opened
from sessions_ui.pages.three_answers import whole_answer
from sessions_ui.session import Session
from sessions_ui.verdicts.clock import recording_clock

#: Changed with the form of any file, so that nobody goes on with an older one's bytes.
FORMAT = "1"
CONTENT_TYPES: dict[Form, str] = {
    "text": "application/octet-stream",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "asciicast": "application/x-asciicast",
}
#: Bytes of a person's or connection's name that a file's name holds.
MAX_PART = 60


def log_file(opened: Opened, log: EventLog, options: FileOptions, *, extension: str = "") -> LogFile:
    """``log`` is the opened one, or that with something revealed. ``extension``: another one than the
    form's own. Reads no payload yet, unless to write a small file. Raises LogGone."""
    choice = chosen(log, options)
    about = about_log(opened, log)
    held = measure(log, choice)
    file = LogFile(
        name=file_name(opened.session, options, extension, at_hoop=opened.is_at_hoop),
        content_type=CONTENT_TYPES[options.form],
        etag=_etag(log, choice, options, about),
        events=held.events,
        length=None,
        read=lambda start: _read(log, choice, options, about, start),
    )
    if options.form == "text":
        return held_to(file, _text_length(log, choice, options, held))
    if is_small(held):
        return written(file)
    # Of the many parts that a log has, none is likely to be asked for again.
    return remembered(file, log) if (options.first, options.last) == (1, 0) else file


def chosen(log: EventLog, options: FileOptions) -> Choice:
    """The events that the file holds."""
    return choose(log, kinds_in(options), first=options.first, last=options.last)


def kinds_in(options: FileOptions) -> str:
    """An asciicast has no place for events of other kinds."""
    return options.kinds.replace("x", "") if options.form == "asciicast" else options.kinds


def about_log(opened: Opened, log: EventLog) -> About:
    """What the file says of the recording is what the page says of it."""
    session = opened.session
    clock = recording_clock(session, log.facts())
    whole = whole_answer(replace(opened, log=log))
    return About(
        session=session.id,
        connection=session.connection,
        person=session.user or session.user_id,
        started_at=clock.started_at,
        estimated=clock.estimated,
        whole=whole.headline,
        events_sha256=log.events_sha256,
        masked=log.is_masked,
        terminal=session.is_terminal,
        at_hoop=opened.is_at_hoop,
    )


def file_name(session: Session, options: FileOptions, extension: str = "", *, at_hoop: bool = False) -> str:
    """Person, connection, date and id; what was chosen of it, unless that is what most people want; which
    of two copies.

    Two sessions never share one: the id is whole."""
    day = session.start_date.strftime("%Y%m%d-%H%M%S") if session.start_date else "undated"
    parts = [session.user_name or session.user or session.user_id, session.connection, day, session.id]
    if set(options.kinds) != set(USUAL_KINDS[options.form]):
        parts.append(f"only-{options.kinds}")
    if (options.first, options.last) != (1, 0):
        parts.append(f"events-{options.first}-{options.last or 'end'}")
    if options.form == "text" and options.times != "off":
        parts.append("with-times")
    if at_hoop:
        parts.append("copy-at-hoop")
    bare = [_bare(part) for part in parts]
    return "_".join(part for part in bare if part) + f".{extension or EXTENSIONS[options.form]}"


def _bare(text: str) -> str:
    """Letters, digits and marks of any script; nothing that a system or a reader takes for more."""
    kept = "".join(
        char if char in "._-" or unicodedata.category(char)[0] in "LNM" else " "
        for char in unicodedata.normalize("NFC", text[:4096])
    )
    joined = re.sub(r"[ -]+", "-", kept).strip("-.")
    return joined.encode()[:MAX_PART].decode("utf-8", "ignore").strip("-.")


def _text_length(log: EventLog, choice: Choice, options: FileOptions, held: Measured) -> int:
    seconds = read_seconds(log, choice) if options.times == "offset" else ()
    return held.size + added_bytes(seconds, held.events, options)


def _read(log: EventLog, choice: Choice, options: FileOptions, about: About, start: int) -> Iterator[bytes]:
    with small_page_cache():
        lane = read_lane(log, choice, start=start) if _is_plain(options) else None
        if lane is not None:
            yield from lane
            return
        for chunk in file_chunks(read_batches(log, choice), options, about):
            if start < len(chunk):
                yield chunk[start:] if start else chunk
            start = max(0, start - len(chunk))


def _etag(log: EventLog, choice: Choice, options: FileOptions, about: About) -> str:
    """Strong: the same bytes, whenever they are asked for. Of the whole printed text, its own hash."""
    whole = (choice.first, choice.last) == (1, log.events)
    if _is_plain(options) and whole and choice.kinds == {"o", "e"} and log.printed_sha256:
        return log.printed_sha256
    asked = (FORMAT, log.version, sorted(choice.kinds), choice.first, choice.last, options, about)
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _is_plain(options: FileOptions) -> bool:
    """Whether the file is the events' own bytes."""
    return options.form == "text" and not options.adds
