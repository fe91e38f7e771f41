"""Recordings in asciinema itself: what it shows is what was printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from asciinema import asciicast

from tests.recorded_facts import read
from tests.recordings import CASES, FIXTURES, printed
from tests.test_formats import written


def casts(directory: Path) -> dict[str, Path]:
    paths = {}
    for case in CASES:
        events, _ = read((FIXTURES / case / "session.expand.json").read_bytes())
        paths[case] = directory / f"{case}.cast"
        paths[case].write_bytes(written(events, "asciicast"))
    return paths


def test_it_is_read_by_asciinema_as_it_was_printed(tmp_path: Path) -> None:
    paths = casts(tmp_path)
    for case in set(CASES) - {"bad-base64"}:
        with asciicast.open_from_url(str(paths[case])) as cast:
            assert cast.version == 2
            shown = "".join(text for _, _, text in cast.events("o"))
        assert shown == printed(case).decode("utf-8", "replace"), case
    command = [str(Path(sys.executable).parent / "asciinema"), "cat", str(paths["tty-shell"])]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    assert done.stdout == printed("tty-shell")
