"""``first-events`` and ``stampede``: people at the pages of the real site, over HTTP."""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from tests.bench.hoop import Hoop, gateway
from tests.bench.rows import Row, median_ratio
from tests.bench.setting import Setting, megabytes
from tests.bench.site import Site, serving

FIRST_EVENTS, FIRST_ROUNDS = 400_000, 5
STAMPEDE_EVENTS, STAMPEDE_ROUNDS = 120_000, 3
PEOPLE = 200
#: What a page holds as soon as it shows the first event.
FIRST_ROW = b'id="e1"'
POLL_SECONDS = 0.05


def first_events(setting: Setting) -> Iterator[Row]:
    path = setting.log(setting.size(FIRST_EVENTS))
    with (
        gateway([(path, 1)] * (FIRST_ROUNDS + 1)) as hoop,
        serving(setting.environment("first-events", **hoop.environment())) as site,
    ):
        waits = [_wait_for_rows(hoop, site, session_id) for session_id in hoop.sessions]
    yield Row(
        "first-events",
        # The first visit warms up.
        round(statistics.median(waits[1:]), 2),
        "s",
        1,
        f"the gateway's first byte; a person who opens the log's page and lets it poll; {megabytes(path)}, "
        f"median of {FIRST_ROUNDS} cold logs; slowest {max(waits[1:]):.2f} s",
    )


def _wait_for_rows(hoop: Hoop, site: Site, session_id: str) -> float:
    """Seconds from the gateway's first byte to an answer that holds the first event's row."""
    path = f"/sessions/{session_id}/log"
    status, page = site.get(path)
    while status == 200 and FIRST_ROW not in page:
        time.sleep(POLL_SECONDS)
        status, page = site.get(path, **{"HX-Request": "true"})
    seen = time.time()
    if status != 200:
        raise RuntimeError(f"the log's page answered with {status}")
    _wait_until_read(site, session_id)
    return max(0.0, seen - hoop.first_byte())


def _wait_until_read(site: Site, session_id: str) -> None:
    while b"/download?format=" not in site.get(f"/sessions/{session_id}/log", **{"HX-Request": "true"})[1]:
        time.sleep(POLL_SECONDS)


def stampede(setting: Setting) -> Iterator[Row]:
    path = setting.log(setting.size(STAMPEDE_EVENTS))
    answers: list[tuple[int, float]] = []
    ingests, asked = [], []
    with gateway([(path, 1)] * (2 * STAMPEDE_ROUNDS + 1)) as hoop:
        environment = setting.environment("stampede", **hoop.environment())
        with serving(environment) as site:
            _open_page(site, hoop.sessions[-1], [])
            _wait_until_read(site, hoop.sessions[-1])
            for turn in range(STAMPEDE_ROUNDS):
                crowded, alone = hoop.sessions[2 * turn : 2 * turn + 2]
                _open_page(site, alone, [])
                _wait_until_read(site, alone)
                answers += _storm(site, crowded)
                _wait_until_read(site, crowded)
                asked.append(hoop.requests(crowded))
                database = Path(environment["HOOPVIEWER_DATA_DIR"], "hoopviewer.sqlite3")
                ingests.append((_ingest_seconds(database, crowded), _ingest_seconds(database, alone)))
    what = f"{PEOPLE} people at once, {megabytes(path)}, {STAMPEDE_ROUNDS} times"
    streams = [sum("expand=event_stream" in query for query in queries) for queries in asked]
    details = [len(queries) - count for queries, count in zip(asked, streams, strict=True)]
    errors = sum(status != 200 for status, _ in answers)
    yield Row("stampede, metadata requests", _furthest_from_one(details), "", 1, f"exactly one; {what}")
    yield Row("stampede, stream requests", _furthest_from_one(streams), "", 1, f"exactly one; {what}")
    yield Row("stampede, errors", errors, "", 0, f"{len(answers)} answers; {what}")
    slowest = max(seconds for _, seconds in answers)
    yield Row("stampede, slowest first answer", round(slowest, 2), "s", 4, f"the session's page; {what}")
    alone_seconds = statistics.median(alone for _, alone in ingests)
    yield Row(
        "stampede, ingest",
        median_ratio(ingests),
        "×",
        2,
        f"the ingest of such a log with one visitor: {alone_seconds:.2f} s; {what}",
    )


def _furthest_from_one(counts: list[int]) -> int:
    """None is as wrong as two: it counts as two."""
    return max(count or 2 for count in counts)


def _storm(site: Site, session_id: str) -> list[tuple[int, float]]:
    """Status and seconds of everybody's first answer."""
    answers: list[tuple[int, float]] = []
    barrier = threading.Barrier(PEOPLE)

    def visit() -> None:
        barrier.wait()
        _open_page(site, session_id, answers)

    threads = [threading.Thread(target=visit) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _open_page(site: Site, session_id: str, answers: list[tuple[int, float]]) -> None:
    started = time.perf_counter()
    try:
        status, _ = site.get(f"/sessions/{session_id}")
    except OSError:
        status = 0
    answers.append((status, time.perf_counter() - started))


def _ingest_seconds(database: Path, session_id: str) -> float:
    """How long the one reading of a session took, by its own record."""
    query = """
        SELECT log.started_at, log.ended_at FROM sessions_ui_eventlogrecord AS log
        JOIN sessions_ui_sessionrecord AS session ON session.id = log.session_id
        WHERE session.session_id = ?
    """
    with closing(sqlite3.connect(database)) as link:
        ((started, ended),) = link.execute(query, [session_id.replace("-", "")])
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()
