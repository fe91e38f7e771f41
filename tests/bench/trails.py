"""``trail-row`` and ``trail-crowd``: what a row of the access trail costs, on a disk that is waited for."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.rows import Row
from tests.bench.setting import Setting

WRITES = 3000
WRITERS, ROWS_EACH = 200, 10
ROUNDS = 3
EVENTS = 400_000
PACE_SECONDS = 0.002


def trail_row(setting: Setting) -> Iterator[Row]:
    with setting.databases("trail-row", durable=True) as databases:
        for database, environment in databases.items():
            times = setting.child("trails:measure_one", environment, rows=setting.size(WRITES))
            late = 1000 * statistics.quantiles(times, n=100)[98]
            yield Row(
                f"trail-row, {database}",
                round(1000 * statistics.median(times), 2),
                "ms",
                2,
                f"one writer, {len(times):,} rows, each on the disk before the next; one in a hundred takes "
                f"{late:.2f} ms or more",
            )


def trail_crowd(setting: Setting) -> Iterator[Row]:
    path = setting.log(setting.size(EVENTS))
    with setting.databases("trail-crowd", durable=True) as databases:
        for database, environment in databases.items():
            found = setting.child("trails:measure_crowd", environment)
            what = f"{WRITERS} writers of {ROWS_EACH} rows each, in one process; {ROUNDS} times"
            yield Row(f"trail-crowd, {database}", round(max(found["seconds"]), 2), "s", 5, f"slowest; {what}")
            yield Row(
                f"trail-crowd, what is wrong with the chain, {database}",
                found["findings"],
                "",
                0,
                f"manage.py verify_trail over {found['rows']:,} rows; {what}",
            )
            yield _held_up(database, setting.child("trails:measure_beside_ingest", environment, path=path))


def _held_up(database: str, held: dict[str, list[float]]) -> Row:
    alone, beside = (sorted(1000 * seconds for seconds in held[name]) for name in ("alone", "beside"))
    return Row(
        f"trail-crowd, held up by an ingest, {database}",
        round(max(0.0, beside[-1] - statistics.median(alone)), 1),
        "ms",
        20,
        f"the slowest of {len(beside):,} rows while the same process reads a recording, {beside[-1]:.1f} ms, "
        f"less the usual row without that, {statistics.median(alone):.2f} ms; without it the slowest of as "
        f"many took {alone[-1]:.1f} ms",
    )


def _write(number: int) -> float:
    from sessions_ui.trail.actors import Actor
    from sessions_ui.trail.acts import Act
    from sessions_ui.trail.store import write

    who = Actor(
        "Owen", "owen@example.com", "id", "https://idp.example.com 17", "standard", "oidc", "10.0.0.7"
    )
    started = time.perf_counter()
    write(
        Act.LOG_READ,
        who=who,
        session="4d9e8728-7e1e-4fcb-8112-f378ee20fa08",
        request=f"{number:032x}",
        page=f"{number:032x}",
        about={"events": [number, number + 200]},
    )
    return time.perf_counter() - started


def measure_one(rows: int) -> list[float]:
    # The first ones open the connection, and make the person.
    for number in range(20):
        _write(number)
    return [_write(number) for number in range(rows)]


def measure_crowd() -> dict[str, Any]:
    from sessions_ui.trail.keys import signed_by, signing_key
    from sessions_ui.trail.proof import prove

    _write(0)
    seconds = [_crowd() for _ in range(ROUNDS)]
    proof = prove(signed_by([signing_key().public_key()]))
    missing = 1 + ROUNDS * WRITERS * ROWS_EACH - proof.last
    return {"seconds": seconds, "rows": proof.rows, "findings": len(proof.findings) + abs(missing)}


def _crowd() -> float:
    from django.db import connections

    barrier = threading.Barrier(WRITERS + 1)

    def visit() -> None:
        barrier.wait()
        for number in range(ROWS_EACH):
            _write(number)
        connections.close_all()

    threads = [threading.Thread(target=visit) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def measure_beside_ingest(path: str) -> dict[str, list[float]]:
    """As in a worker of the site: the ingest is a thread of the process that writes the rows."""
    from hoopviewer.server import settle
    from tests.bench.stored import store

    settle()
    beside: list[float] = []
    for _ in range(ROUNDS):
        reading = threading.Thread(target=_store, args=(store, Path(path)))
        reading.start()
        while reading.is_alive():
            beside.append(_write(len(beside)))
            time.sleep(PACE_SECONDS)
        reading.join()
    alone = []
    for number in range(len(beside)):
        alone.append(_write(number))
        time.sleep(PACE_SECONDS)
    return {"beside": beside, "alone": alone}


def _store(store: Any, path: Path) -> None:
    from django.db import connections

    store(path)
    connections.close_all()
