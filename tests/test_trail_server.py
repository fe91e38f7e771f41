"""What the server writes by itself: heartbeats, changed settings, and checkpoints sent elsewhere."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from hoopviewer import environment
from sessions_ui.trail import heart, outside, store
from sessions_ui.trail.acts import Act
from sessions_ui.trail.chain import Checkpoint, read_line
from sessions_ui.trail.configured import note_settings
from sessions_ui.trail.store import NOBODY, write
from tests.trails import rows

CHECKPOINT = Checkpoint('{"number":1}', "c2lnbmF0dXJl")


def test_it_beats_beside_the_pages(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "LOOK_SECONDS", 0.01)
    stop = threading.Event()
    threads = [heart.start_heart(stop) for _ in range(2)]
    time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert [row.act for row in rows()] == ["heartbeat"]


def test_it_beats_on_after_a_failure(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([DatabaseError("away"), DatabaseError("away")])
    insert = store.insert_rows

    def fail_twice(*arguments: Any) -> None:
        if failure := next(failures, None):
            raise failure
        insert(*arguments)

    monkeypatch.setattr(store, "insert_rows", fail_twice)
    monkeypatch.setattr(heart, "LOOK_SECONDS", 0.01)
    stop = threading.Event()
    thread = heart.start_heart(stop)
    deadline = time.monotonic() + 5
    while not rows() and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    thread.join(5)
    assert [row.act for row in rows()] == ["heartbeat"]


def test_it_writes_changed_settings_and_no_secret(transactional_db: None) -> None:
    def start(workers: int, key: str, **more: object) -> list[str]:
        return note_settings({"WORKERS": workers, **more}, secret={"KEY": key}, who=NOBODY)

    assert start(2, "hush-hush") == []
    assert start(2, "hush-hush") == []
    assert start(4, "hush-hush") == ["WORKERS"]
    assert start(4, "another", BIND="0.0.0.0") == ["BIND", "KEY"]
    assert start(4, "another") == ["BIND"]

    found = [json.loads(row.about) for row in rows()]
    assert [row["changed"] for row in found] == [[], ["WORKERS"], ["BIND", "KEY"], ["BIND"]]
    assert found[1]["settings"]["WORKERS"] == "4"
    assert "hush" not in json.dumps(found)
    assert "another" not in json.dumps(found)


def test_it_tells_secrets_from_settings() -> None:
    values, secret = environment.configuration()
    assert "HOOPVIEWER_WORKERS" in values
    assert {"SECRET_KEY", "HOOP_API_KEY"} <= set(secret)
    assert not any("SECRET" in name and not name.endswith("HEADER") for name in values)
    assert "test-key-that-no-page-may-show" not in repr(values)


def test_it_appends_checkpoints_to_a_file_of_ours(tmp_path: Path, settings: Any) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = tmp_path / "kept"
    outside.send_checkpoint(CHECKPOINT)
    outside.send_checkpoint(CHECKPOINT)

    assert [read_line(line) for line in (tmp_path / "kept").read_text().splitlines()] == [CHECKPOINT] * 2
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600


@pytest.fixture
def keeper() -> Iterator[tuple[str, list[bytes]]]:
    """A server that keeps what is posted to it, and the list of it; ``/away`` leads elsewhere."""
    posted: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(302 if self.path == "/away" else 204)
            if self.path == "/away":
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", posted
        server.shutdown()


@pytest.mark.parametrize("path", ["/kept", "/away"])
def test_it_posts_checkpoints(keeper: tuple[str, list[bytes]], settings: Any, path: str) -> None:
    address, posted = keeper
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL = address + path
    outside.send_checkpoint(CHECKPOINT)
    for thread in threading.enumerate():
        if thread.name == "trail-checkpoint":
            thread.join(5)
    assert [read_line(body.decode()) for body in posted] == [CHECKPOINT]


def test_it_shows_pages_though_a_checkpoint_was_not_sent(
    transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = tmp_path / "no such folder" / "kept"
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL = "http://127.0.0.1:9/"
    assert write(Act.LIST_READ).number == 1
    for thread in threading.enumerate():
        if thread.name == "trail-checkpoint":
            thread.join(15)
            assert not thread.is_alive()
