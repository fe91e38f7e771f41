"""What the trail holds, read back: the newest first for people, in its own order for an export."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from sessions_ui.trail.actors import NOBODY, Actor
from sessions_ui.trail.acts import SENT, Act
from sessions_ui.trail.chain import CLOCKS_APART, Checkpoint, Row, instant, moment
from sessions_ui.trail.models import ActorRecord, CheckpointRecord, HeadRecord, RowRecord

#: More people than this of one name are more than a filter can mean.
MAX_KEYS = 500
#: "Seen by" looks at so many rows of a session, the newest.
SEEN_ROWS = 2000
EXPORT_ROWS = 500
#: What the machine writes by itself, shown when it is asked for.
QUIET = (Act.HEARTBEAT, Act.ENDED)
#: What shows somebody something of a session.
SEEING = (
    *(Act.SESSION_OPENED, Act.APPROVAL_READ, Act.LOG_READ, Act.SEARCHED, Act.REVEALED),
    *(Act.DOWNLOADED, Act.API_CALLED, Act.LINK_USED),
)
TAKING = (Act.DOWNLOADED, Act.LINK_USED)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows: of a ``person`` (a part of name or e-mail; or hoop's id, the subject or the address as a
    whole), an ``act``, a ``session``; from ``since`` on, up to and without ``until``."""

    person: str = ""
    act: Act | None = None
    session: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row, who it was (``forgotten``: nobody knows any more), what it says, and how it went: ``size`` in
    bytes and ``outcome``, both None where that is not said of such a row, or is not known; of an export
    the ``rows`` of the file, and how many were ``withheld`` from this person;
    ``status`` where an error page was sent instead. ``begun``: bytes of a piece of a file that was on its
    way when the reader left, all or none of which may have arrived."""

    row: Row
    at: datetime
    who: Actor
    forgotten: bool
    about: dict[str, Any]
    size: int | None = None
    outcome: str | None = None
    rows: int | None = None
    withheld: int | None = None
    status: int | None = None
    begun: int | None = None

    @property
    def is_unknown(self) -> bool:
        """It was sent, and nobody wrote down how that ended: it is under way, or was cut off."""
        return self.outcome is None and self.row.act in SENT


@dataclass(frozen=True, slots=True)
class Seen:
    """What one person saw of a session: how often, when last, how many files they took, and how often they
    had typed input revealed."""

    who: Actor
    forgotten: bool
    times: int
    taken: int
    revealed: int
    last_at: datetime


def row_of(record: RowRecord) -> Row:
    """The row as the chain has it."""
    return Row(
        number=record.number,
        at=instant(record.at),
        act=record.act,
        who=record.who,
        session=record.session,
        request=record.request,
        page=record.page,
        ends=record.ends,
        about=record.about,
        previous=record.previous,
        hash=record.hash,
    )


def find_lines(wanted: RowFilter, *, before: int | None, limit: int) -> list[Line]:
    """The newest that fit, below row number ``before``."""
    found = _fitting(wanted)
    if wanted.act is None:
        found = found.exclude(act__in=QUIET)
    if before is not None:
        found = found.filter(number__lt=before)
    return _lines(list(found.order_by("-number")[:limit]))


def _fitting(wanted: RowFilter) -> QuerySet[RowRecord]:
    found = RowRecord.objects.all()
    if wanted.person:
        found = found.filter(who__in=_keys(wanted.person))
    if wanted.act is not None:
        found = found.filter(act=wanted.act)
    if wanted.session:
        # Said twice, because SQLite takes an index of some rows only where a query names its condition.
        found = found.filter(session=wanted.session).exclude(session="")
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(at__lt=wanted.until)
    return found.filter(**find_between(wanted.since, wanted.until))


def find_between(since: datetime | None, until: datetime | None) -> dict[str, int]:
    """The numbers between which all rows of those days are, found by seeking: rows come in order of time, as
    far as the head says so. What it says nothing of is looked through."""
    head = HeadRecord.objects.first()
    if head is None:
        return {}
    # Of the rows in order the first: no other of them is behind it by more than the clocks are apart.
    start = RowRecord.objects.filter(number__gte=head.ordered_from).order_by("number").first()
    if start is None:
        return {}
    # Their number is a sum, because SQLite would go through all of them rather than seek the moment.
    ordered = RowRecord.objects.alias(place=F("number") + 0).filter(place__gte=start.number)
    first, found = start.at - CLOCKS_APART, dict[str, int]()
    if since is not None and (not head.earlier or since > moment(head.earlier)):
        earlier = ordered.filter(at__gte=first, at__lt=since - CLOCKS_APART).order_by("-at")
        found |= [("number__gt", row.number) for row in earlier[:1]]
    if until is not None:
        later = ordered.filter(at__gte=max(first, until + CLOCKS_APART)).order_by("at")
        found |= [("number__lt", row.number) for row in later[:1]]
    return found


def _keys(person: str) -> list[str]:
    whole = Q(hoop_id=person) | Q(subject=person) | Q(address=person)
    named = Q(name__icontains=person) | Q(email__icontains=person)
    return list(ActorRecord.objects.filter(whole | named).values_list("key", flat=True)[:MAX_KEYS])


def _lines(records: Sequence[RowRecord]) -> list[Line]:
    actors = actors_of({record.who for record in records})
    ends = {
        end.ends: _about(end)
        for end in RowRecord.objects.exclude(ends=0).filter(ends__in=[record.number for record in records])
    }
    return [_line(record, actors, ends.get(record.number, {})) for record in records]


def _line(record: RowRecord, actors: dict[str, ActorRecord], end: dict[str, Any]) -> Line:
    actor = actors.get(record.who)
    outcome = end.get("outcome")
    return Line(
        row=row_of(record),
        at=record.at,
        who=actor_of_record(actor),
        forgotten=bool(record.who) and (actor is None or actor.forgotten_at is not None),
        about=_about(record),
        size=_number(end, "bytes"),
        outcome=outcome if isinstance(outcome, str) else None,
        rows=_number(end, "rows"),
        withheld=_number(end, "withheld"),
        status=_number(end, "status"),
        begun=_number(end, "begun"),
    )


def _number(end: dict[str, Any], name: str) -> int | None:
    value = end.get(name)
    return value if isinstance(value, int) else None


def _about(record: RowRecord) -> dict[str, Any]:
    """What the row says; nothing where somebody made it no JSON."""
    try:
        found = json.loads(record.about or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def actors_of(keys: set[str]) -> dict[str, ActorRecord]:
    return ActorRecord.objects.in_bulk([key for key in keys if key])


def actor_of_record(record: ActorRecord | None) -> Actor:
    if record is None:
        return NOBODY
    return Actor(**{field.name: getattr(record, field.name) for field in fields(Actor)})


def seen_by(session: str) -> list[Seen]:
    """Who saw something of a session, the latest first: one entry a person, from whatever addresses."""
    theirs = RowRecord.objects.filter(session=session).exclude(session="")
    newest = theirs.filter(act__in=SEEING).order_by("-number").values("number")[:SEEN_ROWS]
    groups = (
        RowRecord.objects.filter(number__in=newest)
        .values_list("who", "act")
        .annotate(times=Count("number"), last=Max("at"))
        .order_by()
    )
    found = list(groups)
    actors = actors_of({who for who, *_ in found})
    people: dict[object, Seen] = {}
    for who, act, times, last in found:
        record = actors.get(who)
        actor, forgotten = actor_of_record(record), record is None or record.forgotten_at is not None
        one = who if forgotten else (actor.subject or actor.email or actor.name)
        before = people.get(one, Seen(actor, forgotten, 0, 0, 0, last))
        people[one] = Seen(
            actor,
            forgotten,
            before.times + times,
            before.taken + (times if act in TAKING else 0),
            before.revealed + (times if act == Act.REVEALED else 0),
            max(before.last_at, last),
        )
    return sorted(people.values(), key=lambda seen: seen.last_at, reverse=True)


def export_rows(wanted: RowFilter, *, last: int) -> Iterator[tuple[Row, Actor, bool]]:
    """Rows up to number ``last``, in the chain's own order, each with its person (True: forgotten)."""
    after = 0
    while True:
        part = list(
            _fitting(wanted).filter(number__gt=after, number__lte=last).order_by("number")[:EXPORT_ROWS]
        )
        actors = actors_of({record.who for record in part})
        for record in part:
            actor = actors.get(record.who)
            forgotten = bool(record.who) and (actor is None or actor.forgotten_at is not None)
            yield row_of(record), actor_of_record(actor), forgotten
        if len(part) < EXPORT_ROWS:
            return
        after = part[-1].number


def export_checkpoints(last: int) -> Iterator[Checkpoint]:
    """Those over rows up to ``last``."""
    found = CheckpointRecord.objects.filter(last__lte=last).order_by("number")
    for text, signature in found.values_list("text", "signature").iterator(chunk_size=EXPORT_ROWS):
        yield Checkpoint(text, signature)
