"""A stand-in gateway with large logs from files, in a process of its own.

``python -m tests.bench.hoop FILE TIMES [FILE TIMES …]``: one session for each pair. Says its address,
its key and the sessions' ids on one line, and every first byte of a stream, with its time, on one more.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sessions_ui.demo.standin import StandIn
from tests.bench import texts
from tests.bench.setting import ROOT


class FileStream:
    """The events of a file, that many times over, as hoop's finished stream."""

    large = True

    def __init__(self, path: Path, times: int) -> None:
        self.path, self.times = path, times

    def chunks(self, elapsed: float) -> Iterator[bytes]:
        say({"first_byte": time.time()})
        yield b"["
        for turn in range(self.times):
            if turn:
                yield b","
            yield from texts.elements(self.path)
        yield b"]"

    def events(self, elapsed: float) -> Iterator[Any]:
        yield from json.loads(b"".join(self.chunks(elapsed)))

    def size(self) -> int:
        once = self.path.stat().st_size - len(texts.ENVELOPE_HEAD) - len(texts.ENVELOPE_TAIL) - 2
        return self.times * (once + 1) + 1


@dataclass
class Hoop:
    """A running stand-in, from outside."""

    process: subprocess.Popen[str]
    url: str
    key: str
    sessions: list[str]

    def environment(self) -> dict[str, str]:
        return {"HOOP_API_URL": self.url, "HOOP_API_KEY": self.key}

    def first_byte(self) -> float:
        """When the next stream began, by the clock of this machine; waits for it."""
        assert self.process.stdout is not None
        return float(json.loads(self.process.stdout.readline())["first_byte"])

    def requests(self, session_id: str) -> list[str]:
        """The queries of all requests for a session, oldest first."""
        with urllib.request.urlopen(f"{self.url}/control/requests") as answer:
            seen = json.load(answer)
        return [one["query"] for one in seen if one["path"].rstrip("/").endswith(session_id)]


@contextmanager
def gateway(logs: Sequence[tuple[Path, int]]) -> Iterator[Hoop]:
    """Start it, with a session for each log, in their order."""
    pairs = [text for path, times in logs for text in (str(path), str(times))]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.hoop", *pairs], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Hoop(process, **json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    given = sys.argv[1:]
    with StandIn(samples=False, control=True) as hoop:
        ids = []
        for path, times in zip(given[::2], given[1::2], strict=True):
            stream = FileStream(Path(path), int(times))
            session_id = hoop.add_session({"event_size": stream.size()}, [])
            hoop.session(session_id).stream = stream
            ids.append(session_id)
        say({"url": hoop.url, "key": hoop.auditor_key, "sessions": ids})
        sys.stdin.read()
        time.sleep(3600)


if __name__ == "__main__":
    main()
