"""The one way a row gets into the trail: ``write``, before anything is shown.

Rows of all threads queue; the thread that gets the process's lock writes what has queued in one short
transaction of its own, in which it holds the head row against other processes. So a crowd shares its
trips to the disk. What cannot be written raises TrailUnavailable, and then nothing may be shown.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from sessions_ui.trail.actors import NOBODY, Actor, keys_for
from sessions_ui.trail.acts import Act, Outcome
from sessions_ui.trail.chain import ROWS_A_BATCH, Checkpoint, Row, as_text, instant, moment
from sessions_ui.trail.heads import Head, insert_rows, lock_head, save_head, sign_checkpoint
from sessions_ui.trail.keys import NoKey
from sessions_ui.trail.models import HeadRecord
from sessions_ui.trail.sending import send_checkpoint
from sessions_ui.trail.turns import borrowed, turn

log = structlog.get_logger(__name__)
HEARTBEAT_SECONDS = 3600
#: Longer words than these are cut: a row is small, whatever somebody typed.
MAX_ABOUT = 16_000
MAX_ID = 64


class TrailUnavailable(Exception):
    """The row could not be written, so what it is about must not be shown."""


@dataclass(frozen=True, slots=True)
class Written:
    """A row that is safe on the disk."""

    number: int
    session: str
    request: str
    page: str
    who: Actor

    def ended(self, *, size: int, outcome: Outcome, more: Mapping[str, object] | None = None) -> None:
        """How it went, as a second row; ``size`` in bytes, ``more`` what else is known of what was sent.
        Raises nothing: the content has been sent, and a second row that is missing reads as unknown."""
        about = {"bytes": size, "outcome": str(outcome), **(more or {})}
        try:
            write(
                Act.ENDED,
                who=self.who,
                session=self.session,
                request=self.request,
                page=self.page,
                about=about,
                ends=self.number,
            )
        except TrailUnavailable:
            log.error("trail_end_not_written", row=self.number)

    def follow(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The same chunks; at their end, or when their reader leaves or they fail, the second row. It has
        the SHA-256 of all that was sent."""
        size, outcome, digest = 0, Outcome.BROKEN_OFF, hashlib.sha256()
        try:
            for chunk in chunks:
                yield chunk
                # A chunk counts once the server has asked for the next.
                size += len(chunk)
                digest.update(chunk)
            outcome = Outcome.FINISHED
        finally:
            self.ended(size=size, outcome=outcome, more={"sha256": digest.hexdigest()})


@dataclass(slots=True)
class _Wanted:
    act: Act
    who: Actor
    session: str
    request: str
    page: str
    ends: int
    about: str
    number: int = 0
    settled: bool = False
    error: BaseException | None = None


@dataclass(slots=True)
class _Queue:
    waiting: list[_Wanted] = field(default_factory=list)
    short: threading.Lock = field(default_factory=threading.Lock)
    writer: threading.Lock = field(default_factory=threading.Lock)

    def put(self, wanted: _Wanted) -> None:
        with self.short:
            self.waiting.append(wanted)

    def take(self) -> list[_Wanted]:
        with self.short:
            taken, self.waiting = self.waiting[:ROWS_A_BATCH], self.waiting[ROWS_A_BATCH:]
            return taken


_queue = _Queue()


def write(
    act: Act,
    *,
    who: Actor = NOBODY,
    session: str = "",
    request: str = "",
    page: str = "",
    about: Mapping[str, object] | None = None,
    ends: int = 0,
) -> Written:
    """Write a row and return once it is on the disk. ``session`` is a session's id, ``request`` the id of
    the request, ``page`` that of the page it belongs to. Raises TrailUnavailable, and ValueError for an
    id that is none.

    Never call it within a transaction: a page that is rolled back was read all the same."""
    for text in (session, request, page):
        if len(text) > MAX_ID or not text.isprintable():
            raise ValueError("no id of the trail's")
    wanted = _Wanted(act, who, session, request, page, ends, _bounded(about or {}))
    _queue.put(wanted)
    with _queue.writer:
        while not wanted.settled:
            _write_batch(_queue.take())
    if wanted.error is not None:
        raise TrailUnavailable(f"the row was not written: {type(wanted.error).__name__}") from wanted.error
    return Written(wanted.number, session, request, page, who)


def write_heartbeat() -> bool:
    """A row that says the trail was kept at this hour, unless there is one; whether one was due."""
    try:
        last = HeadRecord.objects.values_list("heartbeat_at", flat=True).first()
    except DatabaseError as error:
        raise TrailUnavailable(f"the trail cannot be read: {type(error).__name__}") from error
    due = _heartbeat_due(last or "", timezone.now())
    if due:
        write(Act.HEARTBEAT)
    return due


def _heartbeat_due(last: str, now: datetime) -> bool:
    return not last or not 0 <= (now - moment(last)).total_seconds() < HEARTBEAT_SECONDS


def _bounded(about: Mapping[str, object]) -> str:
    text = as_text(about)
    if len(text) <= MAX_ABOUT:
        return text
    return as_text({"cut": text[: MAX_ABOUT // 2]})


def _write_batch(batch: list[_Wanted]) -> None:
    """Settles all of them: each has its number, or all have the error."""
    try:
        checkpoint = _append(batch)
    except (DatabaseError, NoKey, OSError) as error:
        log.error("trail_not_written", rows=len(batch), error=type(error).__name__)
        _drop_connection()
        for wanted in batch:
            wanted.error = error
    except BaseException as error:
        for wanted in batch:
            wanted.error = error
        raise
    else:
        if checkpoint is not None:
            send_checkpoint(checkpoint)
    finally:
        for wanted in batch:
            wanted.settled = True


def _append(batch: list[_Wanted]) -> Checkpoint | None:
    using = settings.TRAIL_DATABASE
    with turn(using), borrowed(using), transaction.atomic(using=using, durable=True):
        head, now = lock_head(using), timezone.now()
        head.keep_time(now)
        keys = keys_for({wanted.who for wanted in batch}, using)
        rows = [row for wanted in batch if (row := _chained(head, wanted, keys[wanted.who], now))]
        insert_rows(rows, now, using)
        checkpoint = sign_checkpoint(head, now, using)
        save_head(head, using)
    return checkpoint


def _chained(head: Head, wanted: _Wanted, who: str, now: datetime) -> Row | None:
    """The next row, and the head behind it; None for a heartbeat that another process has just written."""
    if wanted.act == Act.HEARTBEAT:
        if not _heartbeat_due(head.heartbeat_at, now):
            return None
        head.heartbeat_at = instant(now)
    row = Row(
        number=head.number + 1,
        at=instant(now),
        act=str(wanted.act),
        who=who,
        session=wanted.session,
        request=wanted.request,
        page=wanted.page,
        ends=wanted.ends,
        about=wanted.about,
        previous=head.hash,
    ).sealed()
    head.number, head.hash = row.number, row.hash
    wanted.number = row.number
    return row


def _drop_connection() -> None:
    """The next writer begins with a connection that is known to work."""
    connection = connections[settings.TRAIL_DATABASE]
    if not connection.in_atomic_block:
        connection.close()
