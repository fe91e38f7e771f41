"""CSV in a real spreadsheet program: every recording opens, and no cell of one is a formula."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from sessions_ui.eventlog.events import Event
from sessions_ui.eventlog.formats.csv_rows import guard_formula
from tests.recorded_facts import read
from tests.recordings import CASES, FIXTURES
from tests.test_formats import BEFORE, FORMULAS, table, written

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
#: As a spreadsheet takes CSV where a comma parts cells, and where it is part of a number.
SEPARATORS = {"comma": 44, "semicolon": 59}
HOSTILE = [
    before + formula + after for before in BEFORE for formula in FORMULAS for after in ("", "\n", ";b")
]


def test_it_opens_in_a_spreadsheet_and_runs_no_formula(tmp_path: Path) -> None:
    logs = {case: events for case in CASES if (events := _recorded(case))}
    logs["hostile"] = [Event(n, n / 10, "o", text.encode()) for n, text in enumerate(HOSTILE, 1)]
    for case, events in logs.items():
        (tmp_path / f"{case}.csv").write_bytes(written(events, "csv"))
    (tmp_path / "unguarded.csv").write_bytes(written(logs["hostile"], "csv", guard=False))
    names = [*logs, "unguarded"]
    for separator in SEPARATORS:
        converted = _convert(tmp_path, names, separator)
        formulas = {name: text.count("table:formula=") for name, text in converted.items()}
        # It would have run them.
        assert formulas.pop("unguarded") > 0
        assert set(formulas.values()) == {0}
        if separator == "comma":
            for case, events in logs.items():
                rows = _rows(converted[case])
                assert [row[0] for row in rows] == ["event", *(str(event.number) for event in events)]
                told = [row["data"] for row in table(events) if row["encoding"] == "utf-8"]
                shown = [row[-1] for row in rows[1:] if "utf-8" in row[:-1]]
                assert [_plain(text) for text in shown] == [_plain(text) for text in told], case


def _recorded(case: str) -> list[Event]:
    return read((FIXTURES / case / "session.expand.json").read_bytes())[0]


def _convert(directory: Path, names: Sequence[str], separator: str) -> dict[str, str]:
    """Each file as the spreadsheet has it, in XML; one run of LibreOffice for all of them."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is not here (on Debian: apt-get install libreoffice-calc-nogui)"
    output = directory / separator
    command = [
        program,
        f"-env:UserInstallation=file://{directory}/profile",
        "--headless",
        # The separator, quotes as such, UTF-8, from the first row on.
        f"--infilter=CSV:{SEPARATORS[separator]},34,76,1",
        "--convert-to",
        "fods",
        "--outdir",
        str(output),
        *(str(directory / f"{name}.csv") for name in names),
    ]
    home = os.environ | {"HOME": str(directory)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=home)
    assert len(list(output.iterdir())) == len(names), done.stderr
    return {name: (output / f"{name}.fods").read_text() for name in names}


def _rows(document: str) -> list[list[str]]:
    """The text of every cell that has one."""
    rows = []
    for row in ET.fromstring(document).iter(f"{TABLE}table-row"):
        cells = []
        for cell in row.iter(f"{TABLE}table-cell"):
            lines = ["".join(line.itertext()) for line in cell.iter(f"{TEXT}p")]
            if lines:
                cells.append("\n".join(lines))
        if cells:
            rows.append(cells)
    return rows


def _plain(text: str) -> str:
    """Without what a spreadsheet does not keep as it is: control characters and runs of blanks."""
    return re.sub(r"[\x00-\x20\x7f-\xa0\ufffe\uffff]+", "", text)


def test_it_guards_what_the_spreadsheet_would_have_run() -> None:
    assert all(guard_formula(text) != text for text in HOSTILE)
