"""Sends checkpoints outside, each place its own, in their order: one that could not be sent is sent again
with the next, and within a minute while the server runs.

A place that was never sent anything begins with the newest. Two processes may send one twice, never none.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from sessions_ui.trail.chain import Checkpoint, moment
from sessions_ui.trail.models import CheckpointRecord, OutsideRecord
from sessions_ui.trail.outside import Place, deliver, places
from sessions_ui.trail.turns import borrowed, turn

log = structlog.get_logger(__name__)
#: For how long a process that sends has a place for itself, from each checkpoint on: longer than one takes.
BUSY = timedelta(minutes=1)
THREAD = "trail-checkpoint"


@dataclass(frozen=True, slots=True)
class Arrears:
    """``count`` checkpoints that a place has not got, the oldest of the moment ``since`` (None: it does
    not say)."""

    kind: Literal["file", "URL"]
    count: int
    since: datetime | None


def send_checkpoint(checkpoint: Checkpoint) -> None:
    """One that was just signed: to the log always, and behind what its places still lack. Returns before a
    URL has answered; raises nothing."""
    log.info("trail_checkpoint", checkpoint=checkpoint.text, signature=checkpoint.signature)
    for place in places():
        if place.kind == "file":
            _send(place)
        else:
            threading.Thread(target=_send_apart, args=(place,), name=THREAD, daemon=True).start()


def send_arrears() -> None:
    """What a place still lacks, where nobody is sending it. Raises nothing."""
    for place in places():
        _send(place)


def find_arrears() -> tuple[Arrears, ...]:
    """What the configured places have not got yet."""
    found = []
    for place in places():
        sent = OutsideRecord.objects.filter(place=place.key).values_list("sent", flat=True).first()
        if sent is None:
            continue
        lacking = _lacking(sent)
        if first := lacking.first():
            since: datetime | None = None
            with suppress(ValueError):
                since = moment(_checkpoint(first).facts().at)
            found.append(Arrears(place.kind, lacking.count(), since))
    return tuple(found)


def arrears_words(one: Arrears) -> str:
    """In a sentence, for who looks after the trail.

    >>> print(arrears_words(Arrears("URL", 1, None)))
    1 checkpoint has not reached its URL. While the site runs this is tried again each minute.
    """
    begun = f" (signed on {one.since:%d %b %Y at %H:%M} UTC)" if one.since else ""
    words = f"1 checkpoint{begun} has not reached its {one.kind}."
    if one.count > 1:
        words = f"{one.count:,} checkpoints have not reached their {one.kind}: one{begun} and those after it."
    return f"{words} While the site runs this is tried again each minute."


def _lacking(sent: int) -> QuerySet[CheckpointRecord]:
    return CheckpointRecord.objects.filter(number__gt=sent).order_by("number")


def _checkpoint(record: CheckpointRecord) -> Checkpoint:
    return Checkpoint(record.text, record.signature)


def _send_apart(place: Place) -> None:
    try:
        _send(place)
    finally:
        connections[settings.TRAIL_DATABASE].close()


def _send(place: Place) -> None:
    try:
        with borrowed(settings.TRAIL_DATABASE):
            sent = _claim(place)
            if sent is None:
                return
            try:
                _send_behind(place, sent)
            finally:
                _note(place, busy_until=None)
    except (DatabaseError, OSError) as error:
        # The database is away: the checkpoint is in it, and goes out when it is back.
        log.error("trail_checkpoint_not_sent", to=place.kind, error=type(error).__name__)


def _send_behind(place: Place, sent: int) -> None:
    while record := _lacking(sent).first():
        if not deliver(place, _checkpoint(record)):
            return
        sent = record.number
        _note(place, sent=sent, busy_until=timezone.now() + BUSY)


def _claim(place: Place) -> int | None:
    """The number up to which the place has them, with the place for this process alone; None where there is
    nothing to send or another process is at it."""
    newest = CheckpointRecord.objects.aggregate(newest=Max("number"))["newest"]
    if newest is None:
        return None
    theirs, now = OutsideRecord.objects.filter(place=place.key), timezone.now()
    known = theirs.first()
    if known is not None and known.sent >= newest:
        return None
    with turn(settings.TRAIL_DATABASE):
        if known is None:
            fresh = OutsideRecord(place=place.key, sent=newest - 1)
            OutsideRecord.objects.bulk_create([fresh], ignore_conflicts=True)
        if not theirs.filter(Q(busy_until=None) | Q(busy_until__lt=now)).update(busy_until=now + BUSY):
            return None
    return theirs.values_list("sent", flat=True).get()


def _note(place: Place, **values: object) -> None:
    with turn(settings.TRAIL_DATABASE):
        OutsideRecord.objects.filter(place=place.key).update(**values)
