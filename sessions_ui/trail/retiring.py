"""What may leave the trail: rows from its old end, below a signed stump; and who somebody was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import Act
from sessions_ui.trail.chain import instant
from sessions_ui.trail.heads import lock_head, save_head, sign_checkpoint
from sessions_ui.trail.models import ActorRecord, RowRecord
from sessions_ui.trail.sending import send_arrears, send_checkpoint
from sessions_ui.trail.store import write
from sessions_ui.trail.turns import turn

#: So many keys are named by one row.
KEYS_A_ROW = 50


def retire(before: datetime, *, who: Actor) -> int:
    """Delete the rows from before a moment, up to the first that is not; how many. A row says so first, and
    a signed checkpoint keeps the number and the hash where the chain now begins. Raises TrailUnavailable."""
    using = settings.TRAIL_DATABASE
    younger = RowRecord.objects.filter(at__gte=before).aggregate(first=Min("number"))["first"]
    older = RowRecord.objects.all() if younger is None else RowRecord.objects.filter(number__lt=younger)
    end = older.order_by("-number").first()
    if end is None:
        return 0
    write(Act.TRAIL_RETIRED, who=who, about={"before": instant(before), "last": end.number, "hash": end.hash})
    with turn(using), transaction.atomic(using=using, durable=True):
        head = lock_head(using)
        head.cut, head.cut_head = end.number, end.hash
        stump = sign_checkpoint(head, timezone.now(), using, cut=True)
        save_head(head, using)
        retired, _ = RowRecord.objects.using(using).filter(number__lte=end.number).delete()
        still = RowRecord.objects.using(using).values("who")
        ActorRecord.objects.using(using).exclude(key__in=still).delete()
    assert stump is not None
    send_checkpoint(stump)
    # The command may end before a thread has sent it.
    send_arrears()
    return retired


def forget(person: str, *, who: Actor) -> int:
    """Erase who somebody was, named by e-mail, hoop's id or subject; how many entries. Their rows keep the
    keys, and nothing leads from a key to anybody any more. Raises TrailUnavailable."""
    theirs = ActorRecord.objects.filter(
        Q(email__iexact=person) | Q(hoop_id=person) | Q(subject=person), forgotten_at=None
    )
    keys = list(theirs.values_list("key", flat=True))
    for part in _parts(keys):
        write(Act.PERSON_FORGOTTEN, who=who, about={"keys": part})
        blank = {field.name: "" for field in fields(Actor)}
        ActorRecord.objects.filter(key__in=part).update(
            salt="", digest="", forgotten_at=timezone.now(), **blank
        )
    return len(keys)


def _parts(keys: list[str]) -> Iterator[list[str]]:
    left = iter(keys)
    while part := list(islice(left, KEYS_A_ROW)):
        yield part
