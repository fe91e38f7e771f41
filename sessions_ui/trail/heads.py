"""The end of the chain: locked by each writer, moved on by it, and signed when that is due.

Plain SQL: every page pays for this, and the ORM would take as long again as the statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Max

from sessions_ui.trail import keys
from sessions_ui.trail.chain import (
    BEGINNING,
    CLOCKS_APART,
    Checkpoint,
    Facts,
    Row,
    instant,
    is_due,
    moment,
)
from sessions_ui.trail.models import CheckpointRecord, HeadRecord, RowRecord


@dataclass(slots=True)
class Head:
    """``models.HeadRecord``, while it is held."""

    number: int = 0
    hash: str = BEGINNING
    cut: int = 0
    cut_head: str = BEGINNING
    checkpoint: int = 0
    checkpoint_last: int = 0
    checkpoint_at: str = ""
    checkpoint_digest: str = BEGINNING
    heartbeat_at: str = ""
    latest: str = ""
    ordered_from: int = 0
    earlier: str = ""

    def keep_time(self, now: datetime) -> None:
        """Note the moment of the rows that come next, and whether a clock was set back before them."""
        latest = moment(self.latest) if self.latest else None
        if latest is None or now < latest - CLOCKS_APART:
            self.ordered_from, self.earlier = self.number + 1, max(self.earlier, self.latest)
            self.latest = instant(now)
        elif now > latest:
            self.latest = instant(now)


_NAMES = tuple(field.name for field in fields(Head))
_READ = f"SELECT {', '.join(_NAMES)}"
_SAVE = f"UPDATE trail_headrecord SET {', '.join(f'{name} = %s' for name in _NAMES)} WHERE id = 1"
_ROW_NAMES = tuple(field.name for field in fields(Row))
_INSERT = (
    f"INSERT INTO trail_rowrecord ({', '.join(_ROW_NAMES)}) VALUES ({', '.join(['%s'] * len(_ROW_NAMES))})"
)
#: A server that was told to answer before the disk has is told otherwise, for this transaction.
_TO_THE_DISK = """, CASE WHEN current_setting('synchronous_commit') = 'off'
    THEN set_config('synchronous_commit', 'on', true) END"""


def lock_head(using: str) -> Head:
    """Hold the head until the transaction ends: SQLite's began by taking the file's one write lock."""
    on_postgresql = connections[using].vendor == "postgresql"
    query = _READ + (_TO_THE_DISK if on_postgresql else "") + " FROM trail_headrecord WHERE id = 1"
    if on_postgresql:
        query += " FOR UPDATE"
    with connections[using].cursor() as cursor:
        found = _fetch(cursor, query)
        if found is None:
            HeadRecord.objects.using(using).bulk_create([_rebuilt(using)], ignore_conflicts=True)
            found = _fetch(cursor, query)
    assert found is not None
    return Head(*found[: len(_NAMES)])


def _fetch(cursor: CursorWrapper, query: str) -> Any:
    cursor.execute(query)
    return cursor.fetchone()


def _rebuilt(using: str) -> HeadRecord:
    """The head of a new trail, or of one whose head row is gone: it holds nothing of its own."""
    last = RowRecord.objects.using(using).order_by("-number").first()
    signed = CheckpointRecord.objects.using(using).order_by("-number").first()
    stump = CheckpointRecord.objects.using(using).order_by("-cut").first()
    head = HeadRecord(hash=BEGINNING, cut_head=BEGINNING, checkpoint_digest=BEGINNING)
    if stump is not None:
        facts = Checkpoint(stump.text, stump.signature).facts()
        head.cut, head.cut_head = facts.cut, facts.cut_head
        head.number, head.hash = facts.last, facts.head
    if last is not None:
        head.number, head.hash = last.number, last.hash
        # In which order of time they are, nobody has noted.
        latest = RowRecord.objects.using(using).aggregate(latest=Max("at"))["latest"]
        head.latest = head.earlier = instant(latest)
        head.ordered_from = last.number + 1
    if signed is not None:
        head.checkpoint, head.checkpoint_last = signed.number, signed.last
        head.checkpoint_digest = Checkpoint(signed.text, signed.signature).digest()
    return head


def insert_rows(rows: Sequence[Row], at: datetime, using: str) -> None:
    """``at`` is the moment that the rows name as text."""
    if not rows:
        return
    adapted = connections[using].ops.adapt_datetimefield_value(at)
    values = [(row.number, adapted, *astuple(row)[2:]) for row in rows]
    with connections[using].cursor() as cursor:
        cursor.executemany(_INSERT, values)


def save_head(head: Head, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(_SAVE, astuple(head))


def sign_checkpoint(head: Head, now: datetime, using: str, *, cut: bool = False) -> Checkpoint | None:
    """A checkpoint over all rows, if one is due or rows are ``cut`` off below it. Raises NoKey."""
    since = (now - moment(head.checkpoint_at)).total_seconds() if head.checkpoint_at else None
    if not cut and not is_due(head.number - head.checkpoint_last, since):
        return None
    facts = Facts(
        number=head.checkpoint + 1,
        at=instant(now),
        key=keys.name_of(keys.signing_key().public_key()),
        rows=head.number - head.cut,
        last=head.number,
        head=head.hash,
        cut=head.cut,
        cut_head=head.cut_head,
        previous=head.checkpoint_digest,
    )
    checkpoint = keys.sign(facts.text())
    CheckpointRecord.objects.using(using).create(
        number=facts.number,
        last=facts.last,
        cut=facts.cut,
        text=checkpoint.text,
        signature=checkpoint.signature,
    )
    head.checkpoint, head.checkpoint_last, head.checkpoint_at = facts.number, facts.last, facts.at
    head.checkpoint_digest = checkpoint.digest()
    return checkpoint
