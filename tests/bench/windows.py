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
    plain = measured["plain"]
    long_events = SHORT_EVENTS * times
    yield Row(
        "window, size of the log",
        median_ratio([(row[0], row[2]) for row in plain]),
        "×",
        1.3,
        f"{long_events:,} events against {SHORT_EVENTS:,}: "
        f"{_milliseconds(plain)} ms and {_milliseconds(plain, 2)} ms, {PLACES} places of each",
    )
    for name, limit, words in (
        ("plain", 15, "every kind"),
        ("typed", 60, f"input only, one event in {texts.TYPED_EVERY}"),
        ("errors", 60, f"errors only, one event in {texts.ERROR_EVERY:,}, no two in one segment"),
    ):
        yield Row(
            "window, server time" if name == "plain" else f"window, {name} only",
            _milliseconds(measured[name]),
            "ms",
            limit,
            f"the log's page of 200 rows, {words}; {_milliseconds(measured[name], 1)} ms of the processor; "
            f"{long_events:,} events, {PLACES} places, SQLite",
        )


def _milliseconds(measured: list[list[float]], column: int = 0) -> float:
    return round(1000 * statistics.median(row[column] for row in measured), 1)


def measure(path: str, times: int) -> dict[str, list[list[float]]]:
    """For each query, at random places: seconds and seconds of the processor with the long log, and
    both with the short one."""
    from django.core.management import call_command
    from django.test import Client

    from sessions_ui.access.signin import local
    from tests.bench.stored import refresh, store

    call_command("collectstatic", interactive=False, verbosity=0)
    logs = [store(Path(path), times=times)[0], store(Path(path))[0]]
    person = Client(headers={"host": "localhost"})
    person.get(f"/open/{local.issue()}")
    chance = random.Random(4)
    measured: dict[str, list[list[float]]] = {name: [] for name in QUERIES}
    for turn in range(PLACES + 3):
        for name, query in QUERIES.items():
            pair = []
            for log in logs:
                refresh(log)
                first = chance.randrange(1, max(2, log.events - 300))
                address = f"/sessions/{log.session.session_id}/log?from={first}{query}"
                started = time.perf_counter(), time.process_time()
                answer = person.get(address, headers={"HX-Request": "true"})
                pair += [time.perf_counter() - started[0], time.process_time() - started[1]]
                if answer.status_code != 200:
                    raise RuntimeError(f"{address} answered with {answer.status_code}")
            # The first few warm up.
            if turn >= 3:
                measured[name].append(pair)
    return measured
