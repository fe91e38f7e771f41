"""Two sites on one database, opened by many people at once: hoop is asked once."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from hoopviewer.server import leave_database
from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin.streams import decoded
from tests.crashing import database_url
from tests.processes import free_port, get, running
from tests.waiting import LONG

pytestmark = pytest.mark.database
PEOPLE = 40
EVENTS = 20_000
_HASH = re.compile(rb'class="log-print">([0-9a-f]{64})<')


@dataclass(frozen=True)
class Site:
    port: int
    cookie: str

    def hash_shown(self, session_id: str) -> str:
        """What the log's page says of all that was printed, once it says so."""
        deadline = time.monotonic() + LONG
        while time.monotonic() < deadline:
            answer = get(self.port, f"/sessions/{session_id}/log", Cookie=self.cookie)
            assert answer.status == 200
            found = _HASH.search(answer.body)
            if found:
                return found[1].decode()
            assert b"The recording is being read from hoop" in answer.body
            time.sleep(0.2)
        raise AssertionError("the log never came")


@pytest.fixture
def sites(hoop: StandIn, tmp_path: Path) -> Iterator[list[Site]]:
    """Each with its own worker, data directory and secret; they share the database and nothing else."""
    with ExitStack() as stack:
        opened = []
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            port = free_port()
            _, said = stack.enter_context(
                running(
                    "serve",
                    port,
                    tmp_path / name,
                    DATABASE_URL=database_url(),
                    HOOPVIEWER_DATA_DIR=str(tmp_path / name / "data"),
                    HOOPVIEWER_WORKERS="1",
                    HOOP_API_URL=hoop.url,
                    HOOP_API_KEY=hoop.auditor_key,
                )
            )
            opened.append((port, said))
        # A start ends the entries of all earlier ones on its database, so the last one's opens both.
        entry = re.search(r"(/open/\S+)", opened[-1][1])
        assert entry
        cookie = get(opened[-1][0], entry[1]).headers["Set-Cookie"].split(";")[0]
        yield [Site(port, cookie) for port, _ in opened]


def test_it_asks_hoop_once_for_all_visitors_of_both_sites(hoop: StandIn, sites: list[Site]) -> None:
    session_id = hoop.add_large_log(events=EVENTS)
    # Everybody comes while the one reading is under way.
    hoop.faults.set("drip", query="expand=event_stream", size=64 * 1024, seconds=0.01)
    together = Barrier(PEOPLE)

    def visit(number: int) -> tuple[int, str]:
        site = sites[number % len(sites)]
        together.wait()
        status = get(site.port, f"/sessions/{session_id}", Cookie=site.cookie).status
        return status, site.hash_shown(session_id)

    with ThreadPoolExecutor(PEOPLE) as people:
        answers = set(people.map(visit, range(PEOPLE)))

    assert answers == {(200, printed_hash(hoop, session_id))}
    asked = [seen.query for seen in hoop.requests(f"*/sessions/{session_id}")]
    assert sorted(asked) == ["", "expand=event_stream"]


@pytest.mark.django_db(transaction=True)
def test_it_leaves_no_connection_to_its_workers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    pool = getattr(connection, "pool", None)

    leave_database()

    assert connection.connection is None
    assert pool is None or pool.closed
    # Whoever needs the database next opens it anew.
    connection.ensure_connection()
    assert pool is None or getattr(connection, "pool", None) is not pool


def printed_hash(hoop: StandIn, session_id: str) -> str:
    """Of what hoop sends, without any code of the archive."""
    stream = hoop.session(session_id).stream
    assert stream is not None
    printed = (payload for _, _, payload in decoded(stream.events(0), ("o", "e")))
    return hashlib.sha256(b"".join(printed)).hexdigest()
