"""Sessions made by code: finished ones, one that keeps printing, a pending review, logs of any size."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sessions_ui.demo.standin import gojson
from sessions_ui.demo.standin.people import Person
from sessions_ui.demo.standin.state import Session, canonical_id, metrics
from sessions_ui.demo.standin.streams import FlushedStream, StoredStream

BLOCK = 1000
_SPLIT = "é".encode()
_BATCH_LENGTH = 20


class LargeLog:
    """A deterministic log of any length, sent in ready-made blocks of 1,000 events (about 200 KB).

    Event 1 is the script; every other one is a printed line. Block ``n`` is second ``n``, and each
    line begins with ``batch <n>``, so every line is unique. 50,000 events are about 10 MB.
    """

    large = True
    script = b"./replay --all-orders --verbose\n"

    def __init__(self, events: int | None = 50_000) -> None:
        """``events`` None never ends."""
        self.count = events
        self._lines = [_line(place) for place in range(BLOCK)]
        self._block = self._part(BLOCK)

    def chunks(self, elapsed: float) -> Iterator[bytes]:
        script = base64.b64encode(self.script).decode()
        yield f'[[0.00005,"i","{script}"]'.encode()
        for number, size in self._blocks():
            yield b"," + _numbered(self._block if size == BLOCK else self._part(size), number)
        yield b"]"

    def events(self, elapsed: float) -> Iterator[Any]:
        for chunk in self.chunks(elapsed):
            yield from json.loads(b"[[" + chunk.strip(b"[],") + b"]]") if chunk != b"]" else ()

    def size(self) -> int:
        """The length of the stored JSON, which is what ``event_size`` of a finished session says."""
        size = len(next(self.chunks(0))) + len(b"]")
        for number, events in self._blocks():
            block = self._block if events == BLOCK else self._part(events)
            size += 1 + len(block) + events * (len(str(number)) - 1) + block.count(b"#") * (_BATCH_LENGTH - 1)
        return size

    def _part(self, events: int) -> bytes:
        return b",".join(_template(place, self._lines[place]) for place in range(events))

    def _blocks(self) -> Iterator[tuple[int, int]]:
        left = None if self.count is None else self.count - 1
        number = 0
        while left is None or left > 0:
            size = BLOCK if left is None else min(BLOCK, left)
            yield number, size
            number += 1
            left = None if left is None else left - size


def _line(place: int) -> bytes:
    """What follows the batch number: mostly requests; some in colour, some wide, some split."""
    if place % 250 == 100:
        text = f"line {place:03d} \x1b[31mERROR\x1b[0m order {place * 37} failed: timeout after 30 s"
        return f"{text}\r\n".encode()
    if place % 250 == 101:
        return f"line {place:03d} 漢字 🔑 naïve, and its last letter is split: ".encode() + _SPLIT[:1]
    if place % 250 == 102:
        return _SPLIT[1:] + b", as real output is: the second half opens this event\n"
    order, trace = place * 7919 % 100000, place * 2654435761 % 2**32
    text = f"line {place:03d} INFO request path=/orders/{order:05d} status=200 ms={place % 97:02d}"
    return f"{text} user=svc-orders region=eu-west-1 trace={trace:08x} cache=miss\n".encode()


def _template(place: int, line: bytes) -> bytes:
    """One event with ``@`` where its second and ``#`` where its batch number (15 bytes) go.

    The event that opens with half a letter has no batch number, or the halves would not meet.
    """
    batch = b"" if line.startswith(_SPLIT[1:]) else b"#"
    return b'[@.%03d1,"o","%s%s"]' % (place, batch, base64.b64encode(line))


def _numbered(block: bytes, number: int) -> bytes:
    batch = base64.b64encode(f"batch {number:08d} ".encode())
    return block.replace(b"#", batch).replace(b"@", b"%d" % number)


class GrowingLog(FlushedStream):
    """A line every ``interval`` seconds, stored at every flush, until the session is killed."""

    def __init__(self, script: bytes, interval: float, flush_seconds: float) -> None:
        super().__init__([], flush_seconds)
        self.interval = interval
        self.script = base64.b64encode(script).decode()

    def printed(self, until: float) -> list[Any]:
        items: list[Any] = [[gojson.Number("0.011"), "i", self.script]]
        while (offset := (len(items) - 1) * self.interval + 0.0175) < until:
            text = base64.b64encode(f"tick {len(items)}\n".encode()).decode()
            items.append([gojson.Number(gojson.number(round(offset, 6))), "o", text])
        return items if until > 0.011 else []


def envelope(person: Person, started: datetime, script: str, org_id: str) -> dict[str, Any]:
    """A finished exec session on ``bash-prod``, in hoop's field order; callers change what they need."""
    return {
        "id": str(uuid.uuid4()),
        "org_id": org_id,
        "script": {"data": script},
        "script_size": len(json.dumps(script, ensure_ascii=False).encode()) - 2 if script else 0,
        "labels": None,
        "integrations_metadata": None,
        "metadata": None,
        "metrics": None,
        "user": person.email,
        "user_id": person.id,
        "user_name": person.name,
        "type": "custom",
        "connection_subtype": "",
        "connection": "bash-prod",
        "resource_name": "bash-prod",
        "role_name": "bash-prod",
        "connection_tags": {"environment": "prod", "tier": "backend"},
        "review": None,
        "verb": "exec",
        "status": "done",
        "exit_code": 0,
        "event_size": 0,
        "start_date": gojson.rfc3339(started),
        "end_date": None,
        "ai_analysis": None,
        "guardrails_info": None,
        "identity_type": "user",
    }


def finished(base: dict[str, Any], changes: dict[str, Any], stream: Iterable[Any] | None) -> Session:
    """A session as hoop closes it: ``event_size`` by its formula, unless ``changes`` say otherwise."""
    events = None if stream is None else list(stream)
    stored = None if events is None else StoredStream(events)
    made = dict(base)
    started = gojson.moment(changes.get("start_date") or made["start_date"])
    if stored is not None:
        made.update(event_size=len(stored.text), metrics=metrics(len(stored.text)))
    last = max((event[0] for event in events or [] if isinstance(event, tuple)), default=0.0)
    made["end_date"] = gojson.rfc3339(started + timedelta(seconds=last + 0.07))
    made.update(changes)
    if made["status"] == "open":
        made.update({key: None for key in ("exit_code", "end_date", "metrics") if key not in changes})
        made["event_size"] = changes.get("event_size", 0)
    return Session(id=canonical_id(made["id"]), envelope=made, stream=stored)


def large_session(base: dict[str, Any], events: int | None) -> Session:
    log = LargeLog(events)
    size = 0 if events is None else log.size()
    length = timedelta(seconds=(events or 0) // BLOCK + 1.5)
    end = gojson.moment(base["start_date"]) + length
    base.update(event_size=size, metrics=metrics(size), end_date=gojson.rfc3339(end))
    return Session(id=base["id"], envelope=base, stream=log)


def running_session(base: dict[str, Any], script: str, interval: float, flush_seconds: float) -> Session:
    base.update(status="open", exit_code=None)
    return Session(id=base["id"], envelope=base, stream=GrowingLog(script.encode(), interval, flush_seconds))


def pending_session(base: dict[str, Any], groups: Iterable[str]) -> Session:
    """An exec that waits for all of ``groups`` to approve."""
    waiting = [
        {
            "id": str(uuid.uuid4()),
            "group": group,
            "status": "PENDING",
            "reviewed_by": None,
            "review_date": None,
            "forced_review": False,
        }
        for group in groups
    ]
    review = {
        "id": str(uuid.uuid4()),
        "type": "onetime",
        "access_duration": 0,
        "status": "PENDING",
        "revoke_at": None,
        "created_at": base["start_date"],
        "review_groups_data": waiting,
        "time_window": None,
        "access_request_rule_name": "payroll",
        "min_approvals": len(waiting),
        "force_approval_groups": ["admin"],
    }
    base.update(status="open", exit_code=None, review=review, type="database", connection_subtype="postgres")
    base.update(dict.fromkeys(("connection", "resource_name", "role_name"), "pg-payroll"))
    base["connection_tags"] = {"environment": "prod", "pii": "true"}
    return Session(id=base["id"], envelope=base, stream=StoredStream([]), wire_proto=True)
