"""Proves the trail in the database: rows, checkpoints, persons; and against checkpoints kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import islice

from django.db.models import Max

from sessions_ui.trail.actors import facts_of
from sessions_ui.trail.acts import Act
from sessions_ui.trail.chain import Checkpoint, Facts, Row, instant, key_of
from sessions_ui.trail.keys import IsSigned
from sessions_ui.trail.models import ActorRecord, CheckpointRecord, HeadRecord, RowRecord
from sessions_ui.trail.verification import (
    Finding,
    Start,
    compare,
    start_of,
    verify_checkpoints,
    verify_rows,
)

#: So many findings are told; the first is what matters.
MAX_FINDINGS = 100
_NAMES = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True)
class Proof:
    """``last`` is the last row's number, ``cut`` that of the last retired one. ``outside``: how many
    checkpoints from elsewhere were compared, and ``newest`` the latest signed one of them; None where none
    were, and then a trail that was put back to an older copy of itself looks whole."""

    last: int
    cut: int
    checkpoints: int
    outside: int | None
    newest: Facts | None
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> int:
        return self.last - self.cut


def prove(
    is_signed: IsSigned, *, keys: Collection[str] = (), outside: Sequence[Checkpoint] | None = None
) -> Proof:
    """``keys`` are the names of those that ``is_signed`` knows. Reads all of it once, a row at a time. Rows
    that are written meanwhile are left for the next time."""
    # In this order: what comes later is never behind what came first.
    kept = _checkpoints()
    top = RowRecord.objects.aggregate(top=Max("number"))["top"] or 0
    head = HeadRecord.objects.first()
    end = Start(head.number, head.hash) if head else Start()
    last = max(top, end.number)
    facts, findings = verify_checkpoints(kept, is_signed, keys)
    start = start_of(facts)
    ordered_from = head.ordered_from if head else 0
    checks: list[Iterator[Finding]] = [
        verify_rows(_rows(last), facts, end, ordered_from, others=len(facts) < len(kept)),
        _loosened(),
        _persons(last),
    ]
    if outside is not None:
        checks.append(compare(outside, kept, _hash_of, is_signed, start, end.number))
    for check in checks:
        findings += islice(check, MAX_FINDINGS - len(findings))
    return Proof(
        last=end.number,
        cut=start.number,
        checkpoints=len(kept),
        outside=None if outside is None else len(outside),
        newest=_newest(outside or (), is_signed),
        findings=tuple(findings),
    )


def _newest(outside: Sequence[Checkpoint], is_signed: IsSigned) -> Facts | None:
    """Of those that can be read, the one over the latest row."""
    signed = []
    for checkpoint in outside:
        with suppress(ValueError):
            signed += [checkpoint.facts()] if is_signed(checkpoint) else []
    return max(signed, key=lambda facts: facts.last, default=None)


def _checkpoints() -> list[Checkpoint]:
    found = CheckpointRecord.objects.order_by("number").values_list("text", "signature")
    return [Checkpoint(text, signature) for text, signature in found]


def _loosened() -> Iterator[Finding]:
    """What stands beside a checkpoint's text is not signed, and the triggers let a delete pass by it."""
    for record in CheckpointRecord.objects.order_by("number"):
        try:
            facts = Checkpoint(record.text, record.signature).facts()
        except ValueError:
            # ``verify_checkpoints`` has told it.
            continue
        if (record.number, record.last, record.cut) != (facts.number, facts.last, facts.cut):
            yield Finding(
                facts.last, f"Beside checkpoint {facts.number} other numbers stand than those it signed."
            )


def _rows(last: int) -> Iterator[Row]:
    """Those up to ``last``."""
    found = RowRecord.objects.filter(number__lte=last).order_by("number")
    for number, at, *others in found.values_list(*_NAMES).iterator(chunk_size=1000):
        yield Row(number, instant(at), *others)


def _hash_of(number: int) -> str | None:
    return RowRecord.objects.filter(number=number).values_list("hash", flat=True).first()


def _persons(last: int) -> Iterator[Finding]:
    """Each key is that of the facts beside it; who is forgotten was forgotten by a row that says so."""
    forgotten = _forgotten_keys()
    known = set()
    for actor in ActorRecord.objects.iterator(chunk_size=1000):
        known.add(actor.key)
        if actor.forgotten_at is None and key_of(actor.salt, facts_of(actor)) != actor.key:
            yield Finding(0, f"Another person or address was put behind the key {actor.key[:12]}….")
        elif actor.forgotten_at is not None and actor.key not in forgotten:
            yield Finding(0, f"No row says that the person behind the key {actor.key[:12]}… was forgotten.")
    used = RowRecord.objects.filter(number__lte=last).exclude(who="").order_by()
    for key in used.values_list("who", flat=True).distinct().iterator():
        if key not in known:
            yield Finding(0, f"Nobody stands behind the key {key[:12]}…: its person was taken away.")


def _forgotten_keys() -> set[str]:
    rows = RowRecord.objects.filter(act=Act.PERSON_FORGOTTEN).values_list("about", flat=True)
    return {key for about in rows for key in json.loads(about or "{}").get("keys", ())}
