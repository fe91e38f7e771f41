"""``list-indexed``: the list where hoop cannot filter, answered from 10,000 rows that were read ahead."""

from __future__ import annotations

import random
import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bench.rows import Row
from tests.bench.setting import Setting

ROWS = 10_000
TURNS = 30
QUERIES = {
    "failed": "/?exit=failed",
    "tags": "/?tag=environment%3Dprod&verb=exec",
    "deep": "/?verb=exec&after=2026-10-03T00:00:00.000000Z~ffffffff-ffff-ffff-ffff-ffffffffffff~0~5000",
}


def list_indexed(setting: Setting) -> Iterator[Row]:
    rows = setting.size(ROWS)
    environment = setting.environment("lists", HOOPVIEWER_LIST_DAYS="36000")
    measured = setting.child("lists:measure", environment, rows=rows)
    medians = {name: 1000 * statistics.median(times) for name, times in measured.items()}
    slowest = max(medians, key=lambda name: medians[name])
    words = ", ".join(f"{name} {milliseconds:.1f} ms" for name, milliseconds in medians.items())
    yield Row(
        "list-indexed, server time",
        round(medians[slowest], 1),
        "ms",
        50,
        f"the whole page of 50 sessions, filtered and counted among {rows:,} rows, the slowest of: {words}; "
        f"{TURNS} times each, SQLite",
    )


def measure(rows: int) -> dict[str, list[float]]:
    """Seconds of the server for each query, and for somebody who sees their own sessions only."""
    from django.core.management import call_command
    from django.test import Client

    from sessions_ui.access.people import Person
    from sessions_ui.access.signin import local
    from sessions_ui.archive.list_rows import save_rows
    from sessions_ui.pages import opening

    call_command("collectstatic", interactive=False, verbosity=0)
    chance = random.Random(6)
    made = [_row(chance, number) for number in range(rows)]
    for start in range(0, rows, 100):
        save_rows(made[start : start + 100])
    person = Client(headers={"host": "localhost"})
    person.get(f"/open/{local.issue()}")
    owner = Person("user-1", "Owner", "user-1@example.com", "standard", ("dba",), "bench")
    measured: dict[str, list[float]] = {name: [] for name in (*QUERIES, "own")}
    as_it_is = opening.person_of_request
    for turn in range(TURNS + 3):
        for name in measured:
            _cover()
            opening_person: Any = (lambda request: owner) if name == "own" else as_it_is
            _set_person(opening_person)
            started = time.perf_counter()
            answer = person.get(QUERIES.get(name, "/"))
            seconds = time.perf_counter() - started
            if answer.status_code != 200 or answer.content.count(b"<tr") < 40:
                raise RuntimeError(f"{name} answered with {answer.status_code}")
            # The first few warm up.
            if turn >= 3:
                measured[name].append(seconds)
    return measured


def _set_person(find: Any) -> None:
    from sessions_ui.pages import home

    home.person_of_request = find


def _cover() -> None:
    """The rows are all there are, and were looked at just now."""
    from django.conf import settings
    from django.utils import timezone

    from sessions_ui.models import ListSpanRecord

    now = timezone.now()
    ListSpanRecord.objects.update_or_create(
        gateway=settings.HOOP_API_URL,
        defaults={"since": None, "until": now, "walked_at": now, "counted": ROWS, "checked": ROWS},
    )


def _row(chance: random.Random, number: int) -> Any:
    from sessions_ui.archive.list_walk import Row as ListRow
    from sessions_ui.demo.standin.generated import envelope, pending_session
    from sessions_ui.demo.standin.listing import row
    from sessions_ui.demo.standin.people import Person
    from sessions_ui.demo.standin.state import Session, metrics
    from sessions_ui.gateway.wire import parse_session

    user = f"user-{chance.randrange(40)}"
    at = datetime(2026, 8, 1, tzinfo=UTC) + timedelta(
        minutes=number * 15, microseconds=chance.randrange(10**6)
    )
    made = envelope(Person(user, user.title(), f"{user}@example.com"), at, "", "org")
    made |= {"id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "metrics": metrics(4_000)}
    made |= {
        "exit_code": chance.choice((0, 0, 0, 1, 254)),
        "verb": chance.choice(("exec", "exec", "connect")),
    }
    made |= {"end_date": made["start_date"], "event_size": chance.randrange(10**7)}
    session = Session(made["id"], made)
    if number % 20 == 0:
        session = pending_session(made, ("dba", "security"))
        made["status"] = "done"
    fields = row(session)
    return ListRow(parse_session(fields), fields)
