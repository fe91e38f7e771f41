"""The download form: what is chosen, what a file of it would hold, and its address."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sessions_ui.archive.batches import measure, read_batches
from sessions_ui.archive.chosen_rows import Choice
from sessions_ui.archive.event_logs import Arriving, EventLog, NotRead
from sessions_ui.eventlog.formats.options import FORMS, USUAL_KINDS, Chosen, Times
from sessions_ui.eventlog.formats.writing import file_chunks
from sessions_ui.pages.download_links import WORDS
from sessions_ui.pages.download_query import TIMES, DownloadQuery
from sessions_ui.pages.files import LogFile
from sessions_ui.pages.log_files import about_log, chosen, kinds_in, log_file
from sessions_ui.pages.log_query import ALL_KINDS, KIND_NAMES
from sessions_ui.pages.logs import unread
from sessions_ui.pages.opening import Opened
from sessions_ui.pages.shapes import Answer, ProblemShape
from sessions_ui.pages.three_answers import whole_answer
from sessions_ui.pages.words import listed, plural, size, title_of
from sessions_ui.verdicts.clock import Clock, recording_clock

TIMES_WORDS: dict[Times, str] = {"off": "None", "offset": "Offset", "utc": "Time of day (UTC)"}
#: Of a file whose length is not known, three samples this long are written.
SAMPLE_EVENTS, SAMPLE_BYTES = 500, 1 << 20


@dataclass(frozen=True, slots=True)
class Option:
    """A radio button or a box of the form. ``note`` says more; ``off`` why it cannot be chosen."""

    value: str
    word: str
    note: str = ""
    on: bool = False
    off: str = ""


@dataclass(frozen=True, slots=True)
class DownloadShape:
    """``ready``: the form, and ``size_text`` of ``file_href`` (blank: nothing would be in it). ``arriving``:
    the recording is still being read, ``poll_href`` asks again. ``starts``: the file is fetched as soon as
    it can be."""

    session_id: str
    title: str
    completeness: Answer
    file_href: str
    action: str
    form_action: str
    state: str = "ready"
    forms: tuple[Option, ...] = ()
    kinds: tuple[Option, ...] = ()
    usual: bool = True
    times: tuple[Option, ...] = ()
    newline: bool = False
    guard: bool = True
    stretch: str = ""
    copy: str = ""
    events: int = 0
    size_text: str = ""
    summary: str = ""
    notes: tuple[str, ...] = ()
    sha256: str = ""
    poll_href: str = ""
    progress: int | None = None
    message: str = ""
    problem: ProblemShape | None = None
    starts: bool = False
    status: int = 200


def download_shape(opened: Opened, log: EventLog, query: DownloadQuery) -> DownloadShape:
    """Writes samples of a file whose length is not known, to say about how long it is."""
    options = query.options
    file = log_file(opened, log, options)
    clock = recording_clock(opened.session, log.facts())
    bare = _bare(opened, query)
    return replace(
        bare,
        # A file of nothing would only puzzle.
        file_href=bare.file_href if file.events else "",
        forms=tuple(Option(form, WORDS[form][0], WORDS[form][1], on=form == options.form) for form in FORMS),
        kinds=tuple(
            Option(kind, KIND_NAMES[kind].capitalize(), f"{log.count(kind):,}", on=kind in options.kinds)
            for kind in ALL_KINDS
            if log.count(kind)
        ),
        usual=options.kinds == USUAL_KINDS[options.form],
        times=tuple(_time_option(one, clock, on=one == options.times) for one in TIMES),
        newline=options.newline,
        guard=options.guard,
        stretch=query.stretch,
        copy=query.copy,
        events=log.events,
        size_text=_size_text(opened, log, query, file),
        summary=_summary(log, kinds_in(options), file),
        notes=tuple(_notes(log, query, file, clock)),
        sha256=file.etag if file.etag == log.printed_sha256 and file.length else "",
    )


def waiting_shape(opened: Opened, query: DownloadQuery, *, starts: bool) -> DownloadShape:
    """The recording is not here yet, or could not be read."""
    shape = replace(_bare(opened, query), starts=starts, status=503)
    if isinstance(opened.log, NotRead):
        problem = unread(opened.log, retry_href=shape.file_href if starts else shape.form_action)
        return replace(shape, state="problem", problem=problem, status=problem.status)
    arriving = opened.log
    if not isinstance(arriving, Arriving):
        raise TypeError("only a log that is not there is waited for")
    so_far = f": {size(arriving.received_bytes)} so far" if arriving.received_bytes else ""
    progress = None
    if arriving.expected_bytes:
        progress = min(99, 100 * arriving.received_bytes // arriving.expected_bytes)
    poll = f"{shape.form_action}{query.query()}" + ("&starts=1" if starts else "")
    return replace(
        shape,
        state="arriving",
        message=f"The recording is being read from hoop{so_far}.",
        poll_href=poll,
        progress=progress,
    )


def _bare(opened: Opened, query: DownloadQuery) -> DownloadShape:
    session = opened.session
    action = f"/sessions/{session.id}/download"
    return DownloadShape(
        session_id=session.id,
        title=title_of(session, opened.facts()),
        completeness=whole_answer(opened),
        file_href=f"{action}{query.query()}",
        action=action,
        form_action=f"{action}/form",
    )


def _summary(log: EventLog, kinds: str, file: LogFile) -> str:
    """ "5 events of 6: output and errors" """
    if not file.events:
        return "No event"
    named = [KIND_NAMES[kind] for kind in kinds if log.count(kind)]
    return f"{plural(file.events, 'event')} of {log.events:,}: {listed(named)}"


def _time_option(times: Times, clock: Clock, *, on: bool) -> Option:
    off = ""
    if times == "utc" and (clock.started_at is None or clock.estimated):
        off = "not known for a session that waited"
    return Option(times, TIMES_WORDS[times], on=on, off=off)


def _notes(log: EventLog, query: DownloadQuery, file: LogFile, clock: Clock) -> list[str]:
    form, notes = query.options.form, []
    if log.mask.hides_all_typed and "i" in query.options.kinds and log.count("i"):
        notes.append("What was typed is hidden: each input event is “[input hidden]”.")
    if log.mask.hides_all_headers:
        notes.append("Values of credential headers are stars.")
    if not file.events:
        where = "range" if query.stretch else "recording"
        notes.append(f"There is nothing of these kinds in the {where}, so there is no file.")
    if form == "asciicast":
        notes.append(
            "hoop does not record how large the terminal was: the size is worked out from where programs put "
            "the cursor, 80 by 24 at least."
        )
        if "x" in query.options.kinds:
            notes.append("Other events have no place in an asciicast.")
    if form in ("csv", "json", "ndjson") and (clock.estimated or clock.started_at is None):
        notes.append("Times of day are left out: they would be estimates. Offsets are exact.")
    return notes


def _size_text(opened: Opened, log: EventLog, query: DownloadQuery, file: LogFile) -> str:
    if file.length is not None:
        return (
            plural(file.length, "byte")
            if file.length < 1000
            else f"{size(file.length)} ({file.length:,} bytes)"
        )
    choice, about = chosen(log, query.options), about_log(opened, log)
    held = measure(log, choice)
    span = choice.last - choice.first + 1
    # What a format adds to the payloads differs little from one part of a recording to another.
    added = events = 0
    for start in (choice.first, choice.first + span // 2, max(choice.first, choice.last + 1 - SAMPLE_EVENTS)):
        part = _sample(log, replace(choice, first=start, last=min(choice.last, start + SAMPLE_EVENTS - 1)))
        events += sum(map(len, part))
        added += sum(map(len, file_chunks(part, query.options, about)))
        added -= sum(len(payload) for batch in part for payload in batch.payloads)
    return f"about {size(held.size + held.events * added // events)}" if events else "size not known"


def _sample(log: EventLog, choice: Choice) -> list[Chosen]:
    """The beginning of a choice, as far as it is not long."""
    taken, left = [], SAMPLE_BYTES
    for batch in read_batches(log, choice):
        taken.append(batch)
        left -= sum(map(len, batch.payloads))
        if left <= 0:
            break
    return taken
