"""``make bench``, or ``python -m tests.bench [--quick] [NAME …]``: a table of figures and limits.

A full run writes ``docs/benchmarks.json`` and ``docs/benchmarks.md``. Every ratio is the median of
pairs measured one after the other in this run, so another machine gives the same figures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import downloads, expanded, ingesting, lists, report, searches, trails, visiting, windows
from tests.bench.rows import Row
from tests.bench.setting import Setting

FAMILIES: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "ingest-time": ingesting.ingest_time,
    "ingest-memory": ingesting.ingest_memory,
    "stored-size": ingesting.stored_size,
    "first-events": visiting.first_events,
    "window": windows.window,
    "list-indexed": lists.list_indexed,
    "search-phrase": searches.search_phrase,
    "search-regex": searches.search_regex,
    "search-dense": searches.search_dense,
    "stampede": visiting.stampede,
    "download-text": downloads.download_text,
    "download-formats": downloads.download_formats,
    "download-crowd": downloads.download_crowd,
    "api-expanded": expanded.api_expanded,
    "trail-row": trails.trail_row,
    "trail-crowd": trails.trail_crowd,
}


def main() -> None:
    options = _options()
    if options.quick:
        say("Quick: a tenth of the sizes. The limits are for full sizes; nothing is written to docs/.")
    measured: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="hoopviewer-bench-") as directory:
        setting = Setting(Path(directory), options.quick)
        for name in options.names or FAMILIES:
            for row in FAMILIES[name](setting):
                measured.append(row)
                say(report.line(row))
    if not options.quick and not options.names:
        report.write(measured)
    if not all(row.holds for row in measured):
        say("Some figures are above their limits: this code or, if it was busy, this machine.")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FAMILIES))
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, nothing written")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in FAMILIES]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(FAMILIES)}")
    return options


if __name__ == "__main__":
    main()
