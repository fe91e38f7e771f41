"""``search-phrase``, ``search-regex``, ``search-dense``: the whole of a stored log, against
``zstd -dc FILE | rg -c``, where FILE holds the very blobs that are searched."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import rows, texts
from tests.bench.rows import Row
from tests.bench.setting import Setting, megabytes
from tests.bench.tools import need_programs

EVENTS = 400_000
PAIRS = 7
ABSENT = "DROP TABLE payroll"
PATTERN = r"status=50\d upstream=.* ms=3\d\d .*user=(ada|grace)\b"


@dataclass(frozen=True, slots=True)
class Search:
    """``hits`` None: as many as there are."""

    name: str
    text: str
    limit: float
    words: str
    cased: bool = True
    regex: bool = False
    hits: int | None = None


def search_phrase(setting: Setting) -> Iterator[Row]:
    yield from _rows(
        setting,
        [
            Search("search-phrase", ABSENT, 1.5, "a phrase that is not there", hits=0),
            Search("search-phrase, any case", ABSENT, 2.5, "it, in any case", cased=False, hits=0),
        ],
    )


def search_regex(setting: Setting) -> Iterator[Row]:
    yield from _rows(
        setting, [Search("search-regex", PATTERN, 3.5, "an expression, escape sequences ignored", regex=True)]
    )


def search_dense(setting: Setting) -> Iterator[Row]:
    yield from _rows(
        setting, [Search("search-dense", texts.DENSE_PHRASE, 7, "a phrase in most of the lines")]
    )


def _rows(setting: Setting, searches: list[Search]) -> Iterator[Row]:
    need_programs()
    path = setting.log(setting.size(EVENTS))
    file = setting.directory / "printed.zst"
    environment = setting.environment(f"searches-{searches[0].name}")
    asked = [[search.text, search.cased, search.regex] for search in searches]
    measured = setting.child("searches:measure", environment, path=path, file=file, asked=asked)
    for search, (hits, listed, pairs) in zip(searches, measured, strict=True):
        if search.hits is not None and hits != search.hits:
            raise RuntimeError(f"{search.name} found {hits:,} hits, not {search.hits:,}")
        ours, theirs = rows.medians(pairs)
        yield Row(
            search.name,
            rows.median_ratio(pairs),
            "×",
            search.limit,
            f"`zstd -dc` of the same bytes piped to `rg -c`: {theirs:.2f} s, ours {ours:.2f} s; "
            f"{search.words}: {hits:,} hits, {listed} listed; {megabytes(path)} of JSON, {PAIRS} pairs",
        )


def measure(path: str, file: str, asked: list[tuple[str, bool, bool]]) -> list[tuple[int, int, object]]:
    """For each search its hits, how many of them are listed, and the pairs of seconds."""
    from sessions_ui.archive.masking import NOTHING
    from sessions_ui.archive.reading import EventLog
    from sessions_ui.archive.searching import search_log
    from sessions_ui.eventlog.query import Query
    from sessions_ui.models import SegmentRecord
    from tests.bench.stored import store

    record, _ = store(Path(path))
    log = EventLog(record, NOTHING)
    blobs = SegmentRecord.objects.filter(log=record).order_by("sequence").values_list("printed", flat=True)
    Path(file).write_bytes(b"".join(blobs))
    measured = []
    for text, cased, regex in asked:
        query = Query(text, cased=cased, regex=regex, lanes=("printed",))
        pairs = []
        for turn in range(PAIRS + 1):
            theirs = _pipe(file, text, regex) if turn % 2 else 0.0
            started = time.perf_counter()
            found = search_log(log, query)
            ours = time.perf_counter() - started
            # The first pair warms up.
            if turn:
                pairs.append((ours, theirs or _pipe(file, text, regex)))
        measured.append((found.count, len(found.hits), pairs))
    return measured


def _pipe(file: str, text: str, regex: bool) -> float:
    started = time.perf_counter()
    unpacked = subprocess.Popen(["zstd", "-dc", file], stdout=subprocess.PIPE)
    counted = subprocess.Popen(
        ["rg", "-c", *([] if regex else ["-F"]), "--", text],
        stdin=unpacked.stdout,
        stdout=subprocess.DEVNULL,
    )
    assert unpacked.stdout is not None
    unpacked.stdout.close()
    counted.wait()
    unpacked.wait()
    return time.perf_counter() - started
