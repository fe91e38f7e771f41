"""``download-text``, ``download-formats``, ``download-crowd``: files of a stored log, of the real site."""

from __future__ import annotations

import hashlib
import http.client
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.hoop import gateway
from tests.bench.rows import Row, median_ratio, medians
from tests.bench.setting import Setting, megabytes
from tests.bench.site import Site, serving
from tests.bench.tools import need_programs

#: Some 100 MB of payload.
EVENTS = 600_000
PAIRS = 9
ROUNDS = 5
CROWD, CROWD_RATE = 8, "10M"
PAGES = 150
POLL_SECONDS = 0.05
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A site that has logs of a file and, ten times over, of a tenth of it."""

    site: Site
    sessions: list[str]

    def path(self, form: str, which: int = 0) -> str:
        return f"/sessions/{self.sessions[which]}/download?format={form}"


def download_text(setting: Setting) -> Iterator[Row]:
    need_programs()
    path = setting.log(setting.size(EVENTS))
    packed = setting.directory / "printed.zst"
    with stored(setting, "download-text", [(path, 1)]) as here:
        printed = setting.directory / "printed"
        with printed.open("wb") as file:
            size = fetch(here.site, here.path("text"), file.write)
        subprocess.run(["zstd", "-q", "-3", "-f", printed, "-o", packed], check=True)
        here_hash = hashlib.sha256(printed.read_bytes()).hexdigest()
        workers = [Worker(pid) for pid in here.site.workers()]
        pairs = []
        for turn in range(PAIRS + 1):
            theirs = _unpack(packed) if turn % 2 else 0.0
            ours = timed(here.site, here.path("text"))
            pairs.append((ours, theirs or _unpack(packed)))
        peak = max(worker.peak() for worker in workers)
    ours, theirs = medians(pairs[1:])
    what = f"{size / 1e6:.0f} MB of text (SHA-256 {here_hash[:8]}), {PAIRS} pairs"
    yield Row(
        "download-text",
        median_ratio(pairs[1:]),
        "×",
        2,
        f"zstd -dc of the same bytes, read by the same reader: {theirs:.3f} s, ours {ours:.3f} s; {what}",
    )
    yield Row(
        "download-text, time",
        round(1e9 * ours / size, 2),
        "ms/MB",
        round(1000 / 320, 3),
        f"ten times the real gateway's 32 MB/s: {size / 1e6 / ours:.0f} MB/s",
    )
    yield Row(
        "download-text, memory",
        round(peak / 1e6, 1),
        "MB",
        32,
        f"the largest worker's peak over what it held idle; {PAIRS + 1} downloads",
    )


def download_formats(setting: Setting) -> Iterator[Row]:
    large, small = setting.log(setting.size(EVENTS)), setting.log(setting.size(EVENTS) // 10)
    with stored(setting, "download-formats", [(large, 1), (small, 1), (small, 10)]) as here:
        payload = fetch(here.site, f"{here.path('text')}&kinds=ioex", len)
        for form, limit in (("csv", 40), ("json", 120), ("ndjson", 120)):
            seconds = statistics.median(timed(here.site, here.path(form)) for _ in range(ROUNDS + 1))
            yield Row(
                f"download-formats, {form}",
                round(1e9 * seconds / payload, 2),
                "ms/MB",
                round(1000 / limit, 3),
                f"{limit} MB/s of payload: {payload / 1e6 / seconds:.0f} MB/s; {payload / 1e6:.0f} MB, "
                f"{setting.size(EVENTS):,} events",
            )
            pairs = [
                (timed(here.site, here.path(form, 2)), timed(here.site, here.path(form, 1)))
                for _ in range(ROUNDS)
            ]
            yield Row(
                f"download-formats, {form}, ten times the events",
                median_ratio(pairs),
                "×",
                11,
                f"the time of {megabytes(small)} of JSON: {medians(pairs)[1]:.3f} s",
            )


def download_crowd(setting: Setting) -> Iterator[Row]:
    need_programs()
    path = setting.log(setting.size(EVENTS))
    with stored(setting, "download-crowd", [(path, 1)]) as here:
        _read_pages(here)
        idle = _read_pages(here)
        with _crowd(here) as answers:
            crowded = _read_pages(here)
    errors = sum(status != "200" for status in answers)
    what = f"{PAGES} pages of the log, one after the other; two workers"
    yield Row(
        "download-crowd",
        round(_late(crowded) / _late(idle), 2),
        "×",
        3,
        f"page time at the 95th percentile, idle: {1000 * _late(idle):.0f} ms, among {CROWD} downloads read "
        f"at 10 MB/s each: {1000 * _late(crowded):.0f} ms; {what}",
    )
    yield Row("download-crowd, refused", errors, "", 0, f"{len(answers)} downloads")


@contextmanager
def stored(setting: Setting, name: str, logs: list[tuple[Path, int]]) -> Iterator[Stored]:
    """The site, once it has read all of them from the gateway."""
    with ExitStack() as stack:
        hoop = stack.enter_context(gateway(logs))
        environment = setting.environment(name, **hoop.environment())
        site = stack.enter_context(serving(environment))
        for session_id in hoop.sessions:
            while site.get(f"/sessions/{session_id}/download/form")[0] != 200:
                time.sleep(POLL_SECONDS)
        yield Stored(site, hoop.sessions)


def timed(site: Site, path: str) -> float:
    started = time.perf_counter()
    fetch(site, path, len)
    return time.perf_counter() - started


def fetch(site: Site, path: str, take: object) -> int:
    """The body's size; ``take`` gets each piece."""
    link = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
    with closing(link):
        link.request("GET", path, headers={"Cookie": site.cookie})
        answer = link.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the download answered with {answer.status}")
        return _drain(answer, take)


def _unpack(path: Path) -> float:
    started = time.perf_counter()
    with subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        _drain(process.stdout, len)
    return time.perf_counter() - started


def _drain(source: object, take: object) -> int:
    buffer = bytearray(PIECE)
    view, size = memoryview(buffer), 0
    while read := source.readinto(buffer):  # type: ignore[attr-defined]
        if take is not len:
            take(view[:read])  # type: ignore[operator]
        size += read
    return size


class Worker:
    """A worker's memory, from now on."""

    def __init__(self, pid: int) -> None:
        self._directory = Path(f"/proc/{pid}")
        self._idle = self._status("VmRSS")
        # The kernel begins the peak anew.
        (self._directory / "clear_refs").write_text("5")

    def peak(self) -> int:
        return self._status("VmHWM") - self._idle

    def _status(self, name: str) -> int:
        lines = (self._directory / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _read_pages(here: Stored) -> list[float]:
    """How long each page took, spread over the whole log."""
    waits = []
    for turn in range(PAGES):
        place = 1 + turn * (EVENTS // 10 - 1000) // PAGES
        started = time.perf_counter()
        status, _ = here.site.get(f"/sessions/{here.sessions[0]}/log?from={place}")
        if status != 200:
            raise RuntimeError(f"a page answered with {status}")
        waits.append(time.perf_counter() - started)
    return waits


def _late(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


@contextmanager
def _crowd(here: Stored) -> Iterator[list[str]]:
    """Downloads one after the other by each of the crowd, until the block ends; their statuses."""
    answers: list[str] = []
    stop = threading.Event()
    running: set[subprocess.Popen[str]] = set()
    command = ["curl", "-s", "--limit-rate", CROWD_RATE, "-o", os.devnull, "-w", "%{http_code}"]
    command += ["-b", here.site.cookie, f"http://127.0.0.1:{here.site.port}{here.path('text')}"]

    def download() -> None:
        while not stop.is_set():
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                running.add(process)
                status = process.communicate()[0]
            running.discard(process)
            if not stop.is_set():
                answers.append(status)

    threads = [threading.Thread(target=download) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    try:
        yield answers
    finally:
        stop.set()
        for process in list(running):
            process.terminate()
        for thread in threads:
            thread.join()
