"""The figures as a table on the screen, as ``docs/benchmarks.json`` and as ``docs/benchmarks.md``."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.setting import ROOT

DOCS = ROOT / "docs"
INTRODUCTION = """# Benchmarks

Figures of the event log, from bytes of hoop's to rows on a page, beside what they must reach. This
page and `benchmarks.json` are written by `make bench`; nothing here is written by hand.

- Again, all of it: `make bench`. Some of it: `python -m tests.bench {names}`; which there are says
  `--help`. Tried out in a tenth of the size: `--quick`.
- A unit of × is a ratio to what the last column names, measured in the same run: the median of
  pairs, one after the other. So they hold on other machines as well; seconds are for scale.
- The logs are made up by `tests/bench/texts.py`, the same at every run: services' logs, listings
  and commands as shells print them, tables as psql prints them.
- No figure is a test: a busy machine is no defect.
"""


def line(row: Row) -> str:
    mark = "holds" if row.holds else "FAILS"
    return (
        f"{mark}  {row.name:<44} {_figure(row.value, row.unit):>10}  at most {_figure(row.limit, row.unit)}"
    )


def write(measured: Sequence[Row]) -> None:
    document = json.dumps([row.as_json() for row in measured], indent=1, ensure_ascii=False)
    (DOCS / "benchmarks.json").write_text(document + "\n", encoding="utf-8")
    (DOCS / "benchmarks.md").write_text(page(measured), encoding="utf-8")


def page(measured: Sequence[Row]) -> str:
    """The Markdown of the figures."""
    names = " ".join(dict.fromkeys(row.name.partition(",")[0] for row in measured[:2]))
    lines = [
        INTRODUCTION.replace("{names}", names),
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}.",
        "",
        "| what | reached | at most | holds | measured with |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {_figure(row.value, row.unit)} | {_figure(row.limit, row.unit)} "
        f"| {'yes' if row.holds else '**no**'} | {row.measured_with} |"
        for row in measured
    ]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Processor, cores, memory, system, Python."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    parts = (
        f"{os.cpu_count()} cores ({model[1] if model else platform.machine()})",
        f"{total / 2**30:.0f} GiB",
        platform.system(),
        f"CPython {platform.python_version()}",
    )
    return ", ".join(parts)


def _figure(value: float, unit: str) -> str:
    return f"{value:g} {unit}".rstrip()
