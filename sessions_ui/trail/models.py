"""The trail's tables: in a SQLite file of their own, or in the same PostgreSQL. They decide nothing.

Triggers (``migrations/0002_append_only.py``) let no row be changed, and none be deleted but below a
checkpoint's ``cut``. SQLite drops a table's triggers when a migration makes the table anew.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RowRecord(models.Model):
    """A row of ``chain.Row``; ``at`` holds microseconds, as the hash does."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    act = models.CharField(max_length=32)
    who = models.CharField(max_length=64, default="")
    session = models.CharField(max_length=64, default="")
    request = models.CharField(max_length=64, default="")
    page = models.CharField(max_length=64, default="")
    ends = models.BigIntegerField(default=0)
    about = models.TextField(default="")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="trail_by_time"),
            models.Index(fields=["who", "number"], name="trail_by_who"),
            models.Index(fields=["act", "number"], name="trail_by_act"),
            models.Index(fields=["session", "number"], name="trail_by_session", condition=~Q(session="")),
            models.Index(fields=["ends"], name="trail_by_end", condition=~Q(ends=0)),
        ]

    def __str__(self) -> str:
        return f"trail row {self.number}"


class ActorRecord(models.Model):
    """A person as they were, and the address they came from. ``digest`` finds it again for the next
    row; a person who is forgotten leaves the key, and nothing else."""

    key = models.CharField(max_length=64, primary_key=True)
    salt = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=255, default="")
    email = models.CharField(max_length=254, default="")
    hoop_id = models.CharField(max_length=255, default="")
    subject = models.CharField(max_length=512, default="")
    role = models.CharField(max_length=32, default="")
    via = models.CharField(max_length=64, default="")
    address = models.CharField(max_length=64, default="")
    forgotten_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"actor {self.key[:8]}"


class CheckpointRecord(models.Model):
    """``chain.Checkpoint``, with what is looked for beside its text."""

    number = models.BigIntegerField(primary_key=True)
    last = models.BigIntegerField()
    cut = models.BigIntegerField(default=0)
    text = models.TextField()
    signature = models.CharField(max_length=128)

    class Meta:
        indexes = [models.Index(fields=["-cut"], name="trail_by_cut")]

    def __str__(self) -> str:
        return f"trail checkpoint {self.number}"


class HeadRecord(models.Model):
    """The one row that every writer locks: where the chain ends, and its last checkpoint. Moments are
    kept as ``chain.instant`` writes them, blank for none. ``latest`` is the latest moment of any row from
    number ``ordered_from`` on, of which none is behind it by more than ``chain.CLOCKS_APART``; ``earlier`` is
    the latest moment of the rows before those."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    cut = models.BigIntegerField(default=0)
    cut_head = models.CharField(max_length=64)
    checkpoint = models.BigIntegerField(default=0)
    checkpoint_last = models.BigIntegerField(default=0)
    checkpoint_at = models.CharField(max_length=32, default="")
    checkpoint_digest = models.CharField(max_length=64)
    heartbeat_at = models.CharField(max_length=32, default="")
    latest = models.CharField(max_length=32, default="")
    ordered_from = models.BigIntegerField(default=0)
    earlier = models.CharField(max_length=32, default="")

    def __str__(self) -> str:
        return f"trail head at {self.number}"


class OutsideRecord(models.Model):
    """How far a ``place`` that keeps checkpoints has got them: all up to number ``sent``. ``busy_until``: a
    process is sending there."""

    place = models.CharField(max_length=64, primary_key=True)
    sent = models.BigIntegerField()
    busy_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"checkpoints at the {self.place}"
