"""``window``: 200 rows of a short and of a very long log, at the page, warm."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import texts
from tests.bench.rows import Row, median_ratio
from tests.bench.setting import Setting

SHORT_EVENTS, TIMES = 10_000, 1000
PLACES = 40
QUERIES = {"plain": "", "typed": "&kinds=i", "errors": "&kinds=e"}


def window(setting: Setting) -> Iterator[Row]:
    path = setting.log(SHORT_EVENTS)
    times = setting.size(TIMES)
    environment = setting.environment("window", HOOPVIEWER_MAX_LOG_BYTES=str(8 * 2**30))
    measured = setting.child("windows:measure", environment, path=path, times=times)
    long_events = SHORT_EVENTS * times
    what = f"{PLACES} places of each log, the log's page of 200 rows as the browser gets it, SQLite"
    milliseconds = {name: _milliseconds(pairs) for name, pairs in measured.items()}
    yield Row(
        "window, size of the log",
        median_ratio(measured["plain"]),
        "×",
        1.3,
        f"{long_events:,} events against {SHORT_EVENTS:,}: "
        f"{milliseconds['plain']:.1f} ms and {_milliseconds(measured['plain'], 1):.1f} ms; {what}",
    )
    yield Row("window, server time", milliseconds["plain"], "ms", 15, f"{long_events:,} events; {what}")
    yield Row(
        "window, input only",
        milliseconds["typed"],
        "ms",
        60,
        f"one event in {texts.TYPED_EVERY} is input; {long_events:,} events; {what}",
    )
    yield Row(
        "window, errors only",
        milliseconds["errors"],
        "ms",
        60,
        f"one event in {texts.ERROR_EVERY:,} is an error, no two in one segment; "
        f"{long_events:,} events; {what}",
    )


def _milliseconds(pairs: list[tuple[float, float]], side: int = 0) -> float:
    return round(1000 * statistics.median(pair[side] for pair in pairs), 1)


def measure(path: str, times: int) -> dict[str, list[tuple[float, float]]]:
    """Pairs of seconds (long log, short log) at random places: each of the queries."""
    from django.core.management import call_command
    from django.test import Client

    from sessions_ui.access.signin import local
    from tests.bench.stored import refresh, store

    call_command("collectstatic", interactive=False, verbosity=0)
    logs = [store(Path(path), times=times)[0], store(Path(path))[0]]
    person = Client(headers={"host": "localhost"})
    person.get(f"/open/{local.issue()}")
    chance = random.Random(4)
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in QUERIES}
    for turn in range(PLACES + 3):
        for name, query in QUERIES.items():
            pair = []
            for log in logs:
                refresh(log)
                first = chance.randrange(1, max(2, log.events - 300))
                address = f"/sessions/{log.session.session_id}/log?from={first}{query}"
                started = time.perf_counter()
                answer = person.get(address, headers={"HX-Request": "true"})
                pair.append(time.perf_counter() - started)
                if answer.status_code != 200:
                    raise RuntimeError(f"{address} answered with {answer.status_code}")
            # The first few warm up.
            if turn >= 3:
                measured[name].append((pair[0], pair[1]))
    return measured
