"""``api-expanded``: a stored log in an answer of the API, as hoop's own raw triples, from the real site."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.downloads import Worker, fetch, stored, timed
from tests.bench.ingesting import EVENTS, FLOOR, floor_seconds
from tests.bench.rows import Row, median_ratio, medians
from tests.bench.setting import Setting

PAIRS = 7


def api_expanded(setting: Setting) -> Iterator[Row]:
    path = setting.log(setting.size(EVENTS))
    with stored(setting, "api-expanded", [(path, 1)]) as here:
        address = f"/api/sessions/{here.sessions[0]}?expand=event_stream"
        answer = setting.directory / "answer.json"
        with answer.open("wb") as file:
            size = fetch(here.site, address, file.write)
        workers = [Worker(pid) for pid in here.site.workers()]
        pairs = []
        for turn in range(PAIRS + 1):
            floor = floor_seconds(answer) if turn % 2 else 0.0
            ours = timed(here.site, address)
            pairs.append((ours, floor or floor_seconds(answer)))
        peak = max(worker.peak() for worker in workers)
    ours, theirs = medians(pairs[1:])
    what = f"{size / 1e6:.0f} MB, {setting.size(EVENTS):,} events, {PAIRS} pairs"
    yield Row(
        "api-expanded",
        median_ratio(pairs[1:]),
        "×",
        0.8,
        f"{FLOOR}: {theirs:.2f} s, ours {ours:.2f} s, {size / 1e6 / ours:.0f} MB/s; {what}",
    )
    yield Row(
        "api-expanded, memory",
        round(peak / 1e6, 1),
        "MB",
        32,
        f"the largest worker's peak over what it held idle; {PAIRS + 1} answers",
    )
