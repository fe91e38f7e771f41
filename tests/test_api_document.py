"""docs/api.md: its transcripts are run, and its list of differences is what the contract is held to."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sessions_ui.api.openapi import DOCUMENT
from sessions_ui.demo.standin import StandIn
from tests.api_differences import DIFFERENCES
from tests.api_people import let_hoops_people_in, token_for

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
SITE = "https://hoopviewer.example.com"
ROWS = re.findall(r"^\| \*\*(.+?)\*\* \|(?:[^|]+\|){3} `(tests/\w+\.py)::(\w+)` \|$", TEXT, re.MULTILINE)


def steps(block: str) -> list[tuple[str, str]]:
    """Each command of a transcript, with what it prints."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def matches(output: str, expected: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.strip().split("…")))
    return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def test_its_transcripts_are_what_happens(
    hoop: StandIn, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = live_server.url
    let_hoops_people_in(monkeypatch)
    environment = {"PATH": os.environ["PATH"], "TOKEN": token_for("audrey@example.com", may_see_input=True)}
    blocks = re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    ran = 0
    for block in blocks:
        # One shell a block: a command may use what the one before has set.
        script = "\n".join(f"{command}\necho; echo %%" for command, _ in steps(block))
        done = subprocess.run(
            ["bash", "-c", script.replace(SITE, live_server.url)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        outputs = done.stdout.replace(live_server.url, SITE).split("%%\n")
        for (command, expected), output in zip(steps(block), outputs, strict=False):
            assert matches(output, expected), f"{command}\n{output[:2000]}\n{done.stderr}"
            ran += 1
    assert ran == 12


def test_it_lists_every_difference_with_its_test() -> None:
    names = [name for name, _, _ in ROWS]
    assert len(names) == len(set(names)) == TEXT.count("\n| **")
    assert set(names) >= {difference.name for difference in DIFFERENCES}
    for _, file, test in ROWS:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_it_names_every_parameter() -> None:
    parameters = DOCUMENT["paths"]["/api/sessions/{session_id}"]["get"]["parameters"]
    for parameter in parameters:
        if parameter["in"] == "query":
            assert f"`{parameter['name']}`" in TEXT
