"""What the server writes by itself: heartbeats, changed settings, and checkpoints sent elsewhere."""

from __future__ import annotations

import json
import stat
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from hoopviewer import environment
from sessions_ui.trail import chain, heart, sending, store
from sessions_ui.trail.acts import Act
from sessions_ui.trail.chain import read_line
from sessions_ui.trail.configured import note_settings
from sessions_ui.trail.models import CheckpointRecord, OutsideRecord, RowRecord
from sessions_ui.trail.store import NOBODY, write, write_heartbeat
from tests.trails import rows
from tests.waiting import LONG, wait_for


def test_it_beats_beside_the_pages(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: Counter[int] = Counter()

    def look() -> bool:
        beaten = write_heartbeat()
        looks[threading.get_ident()] += 1
        return beaten

    monkeypatch.setattr(heart, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(heart, "write_heartbeat", look)
    stop = threading.Event()
    threads = [heart.start_heart(stop) for _ in range(2)]
    wait_for(lambda: len(looks) == 2 and min(looks.values()) > 2)
    stop.set()
    for thread in threads:
        thread.join(LONG)
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
    wait_for(rows)
    stop.set()
    thread.join(LONG)
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


def sign(count: int = 1) -> list[int]:
    """So many rows, each sent on before the next; the numbers of all checkpoints."""
    for _ in range(count):
        write(Act.LIST_READ)
        for thread in threading.enumerate():
            if thread.name == sending.THREAD:
                thread.join(LONG)
                assert not thread.is_alive()
    return list(CheckpointRecord.objects.order_by("number").values_list("number", flat=True))


def numbers(lines: Iterable[str]) -> list[int]:
    return [read_line(line).facts().number for line in lines]


@pytest.fixture
def each_row(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is signed."""
    monkeypatch.setattr(chain, "ROWS_A_CHECKPOINT", 1)


def test_it_appends_checkpoints_to_a_file_of_ours(each_row: None, tmp_path: Path, settings: Any) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = tmp_path / "kept"
    sign(2)

    assert numbers((tmp_path / "kept").read_text().splitlines()) == [1, 2]
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600


@dataclass
class Keeper:
    """A server that keeps what is posted to it, answers with ``status``, and is reached at ``address``."""

    address: str
    posted: list[str] = field(default_factory=list)
    status: int = 204


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keeper.posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(keeper.status)
            if keeper.status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        keeper = Keeper(f"http://127.0.0.1:{server.server_port}/kept")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield keeper
        server.shutdown()


def test_it_posts_checkpoints(each_row: None, keeper: Keeper, settings: Any) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL = keeper.address
    assert sign(3) == numbers(keeper.posted) == [1, 2, 3]
    assert sending.find_arrears() == ()


@pytest.mark.parametrize("status", [302, 404, 500])
def test_it_sends_again_what_was_not_taken(
    each_row: None, keeper: Keeper, settings: Any, status: int
) -> None:
    """Each in its turn, with the next one."""
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL = keeper.address
    sign()
    keeper.status = status
    sign(2)
    (owed,) = sending.find_arrears()
    assert (owed.kind, owed.count) == ("URL", 2)
    assert owed.since == RowRecord.objects.get(number=2).at
    # Nobody is asked for the third while the second was not taken, and nobody is followed elsewhere.
    assert numbers(keeper.posted) == [1, 2, 2]

    keeper.status, keeper.posted = 204, []
    sign()
    assert numbers(keeper.posted) == [2, 3, 4]
    assert sending.find_arrears() == ()


def test_it_sends_to_each_place_by_itself(
    each_row: None, keeper: Keeper, settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "away"
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = folder / "kept"
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL = keeper.address
    sign(2)
    assert [(owed.kind, owed.count) for owed in sending.find_arrears()] == [("file", 2)]
    folder.mkdir()
    # The server's own thread tries again when nobody writes.
    sending.send_arrears()
    assert numbers((folder / "kept").read_text().splitlines()) == numbers(keeper.posted) == [1, 2]
    # Another file is another place: it begins with the newest, and nothing is owed to it.
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = folder / "new"
    assert sending.find_arrears() == ()
    sign()
    assert numbers((folder / "new").read_text().splitlines()) == [3]


def test_it_leaves_a_place_to_who_is_sending_there(each_row: None, settings: Any, tmp_path: Path) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = kept = tmp_path / "kept"
    sign()
    now = timezone.now()
    OutsideRecord.objects.update(busy_until=now + timedelta(seconds=30))
    sign()
    assert numbers(kept.read_text().splitlines()) == [1]
    # It ended in the middle.
    OutsideRecord.objects.update(busy_until=now)
    sending.send_arrears()
    assert numbers(kept.read_text().splitlines()) == [1, 2]


def test_it_shows_pages_though_a_checkpoint_was_not_sent(
    transactional_db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = tmp_path / "no such folder" / "kept"
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL = "http://127.0.0.1:9/"
    assert sign() == [1]
    assert [(owed.kind, owed.count) for owed in sending.find_arrears()] == [("file", 1), ("URL", 1)]

    def fail(*_: object) -> int:
        raise DatabaseError("away")

    monkeypatch.setattr(sending, "_claim", fail)
    monkeypatch.setattr(chain, "ROWS_A_CHECKPOINT", 1)
    assert sign() == [1, 2]
