"""``ingest-time``, ``ingest-memory``, ``stored-size``: from hoop's bytes to stored segments."""

from __future__ import annotations

import base64
import gc
import json
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import rows, texts
from tests.bench.rows import Row
from tests.bench.setting import Setting, megabytes

EVENTS = 400_000
PAIRS = 7
FLOOR = "json.loads and b64decode of every payload of the same bytes"


def ingest_time(setting: Setting) -> Iterator[Row]:
    path = setting.log(setting.size(EVENTS))
    with setting.databases("ingest-time") as databases:
        for database, environment in databases.items():
            pairs = setting.child("ingesting:measure_time", environment, path=path, pairs=PAIRS)
            ours, floor = rows.medians(pairs)
            yield Row(
                f"ingest-time, {database}",
                rows.median_ratio(pairs),
                "×",
                1.4,
                f"{FLOOR}: {floor:.2f} s, ours {ours:.2f} s; {setting.size(EVENTS):,} events, "
                f"{megabytes(path)}, {PAIRS} pairs",
            )


def measure_time(path: str, pairs: int) -> list[tuple[float, float]]:
    from sessions_ui.models import SessionRecord
    from tests.bench.stored import store

    measured = []
    for turn in range(pairs + 1):
        floor = floor_seconds(Path(path)) if turn % 2 else 0.0
        gc.collect()
        _, ours = store(Path(path))
        floor = floor or floor_seconds(Path(path))
        SessionRecord.objects.all().delete()
        # The first pair warms up.
        if turn:
            measured.append((ours, floor))
    return measured


def floor_seconds(path: Path) -> float:
    gc.collect()
    data = path.read_bytes()
    started = time.perf_counter()
    for event in json.loads(data)["event_stream"]:
        base64.b64decode(event[2])
    return time.perf_counter() - started


def ingest_memory(setting: Setting) -> Iterator[Row]:
    path = setting.log(setting.size(EVENTS))
    with setting.databases("ingest-memory") as databases:
        for database, environment in databases.items():
            # Migrations have a peak of their own.
            setting.child("ingesting:measure_nothing", environment)
            for times in (1, 10):
                peak = setting.child("ingesting:measure_memory", environment, path=path, times=times)
                yield Row(
                    f"ingest-memory, {setting.size(times * EVENTS):,} events, {database}",
                    round(peak / 1e6, 1),
                    "MB",
                    48,
                    f"over what the process held before it; {megabytes(path)} of JSON"
                    + (f", {times} times over" if times > 1 else ""),
                )


def measure_nothing() -> None:
    """The migrations of ``child`` were the work."""


def measure_memory(path: str, times: int) -> int:
    """How far the peak of this process rises above what it held before."""
    from sessions_ui.models import SessionRecord
    from tests.bench.stored import store

    SessionRecord.objects.exists()
    idle = _status("VmRSS")
    # The kernel begins the peak anew.
    Path("/proc/self/clear_refs").write_text("5")
    store(Path(path), times=times)
    return _status("VmHWM") - idle


def _status(name: str) -> int:
    """A size of this process, in bytes, as Linux gives it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def stored_size(setting: Setting) -> Iterator[Row]:
    for name, sql in (("shell", False), ("SQL", True)):
        path = setting.log(setting.size(EVENTS), sql=sql)
        environment = setting.environment(f"stored-size-{name}")
        stored, events = setting.child("ingesting:measure_size", environment, path=path)
        wire = path.stat().st_size - len(texts.ENVELOPE_HEAD) - len(texts.ENVELOPE_TAIL)
        yield Row(
            f"stored-size, {name}",
            round(100 * stored / wire, 1),
            "%",
            25,
            f"hoop's JSON, {wire / 1e6:.1f} MB; ours {stored / 1e6:.1f} MB; {events:,} events",
        )


def measure_size(path: str) -> tuple[int, int]:
    """Bytes of all blobs."""
    from sessions_ui.models import SegmentRecord
    from tests.bench.stored import store

    log, _ = store(Path(path))
    blobs = SegmentRecord.objects.filter(log=log).values_list("columns", "typed", "printed", "other")
    return sum(len(blob) for row in blobs.iterator() for blob in row), log.events
