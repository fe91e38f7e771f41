"""Downloads from the site as people start it: one that waits for its recording, one that is left."""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sessions_ui.demo.standin import StandIn
from tests.processes import free_port, get, running
from tests.recordings import printed
from tests.waiting import LONG, wait_for

LARGE = 100_000


@dataclass(frozen=True)
class Site:
    hoop: StandIn
    port: int
    entry: str
    data: Path

    def outcomes(self) -> list[dict[str, object]]:
        """How the downloads so far went, by the trail."""
        with closing(sqlite3.connect(self.data / "hoopviewer-trail.sqlite3")) as link:
            rows = link.execute(
                "SELECT theirs.about FROM trail_rowrecord AS ours JOIN trail_rowrecord AS theirs "
                "ON theirs.ends = ours.number WHERE ours.act = 'downloaded' ORDER BY theirs.number"
            )
            return [json.loads(about) for (about,) in rows]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("site")
    port, data = free_port(), directory / "data"
    with StandIn(samples=True) as hoop:
        variables = {"HOOP_API_URL": hoop.url, "HOOP_API_KEY": hoop.auditor_key}
        variables |= {"HOOPVIEWER_DATA_DIR": str(data), "HOOPVIEWER_WORKERS": "1"}
        with running("serve", port, directory, **variables) as (_, said):
            entry = re.search(r"http://\S+/open/\S+", said)
            assert entry
            yield Site(hoop, port, entry[0], data)


@pytest.fixture
def opened(site: Site, page: Page) -> tuple[Site, Page]:
    """A browser that is let in; the one-time address works once, so it keeps its cookie for all tests."""
    state = site.data / "cookies.json"
    if state.exists():
        page.context.add_cookies(json.loads(state.read_text()))
    else:
        page.goto(site.entry)
        state.write_text(json.dumps(page.context.cookies()))
    return site, page


def test_it_waits_for_the_recording_and_begins_by_itself(opened: tuple[Site, Page]) -> None:
    site, page = opened
    session_id = site.hoop.id_of("bash-ok")
    site.hoop.faults.set("hang", query="*event_stream*")
    with page.expect_download() as started:
        page.goto(f"http://127.0.0.1:{site.port}/sessions/{session_id}/download?format=text")
        expect(page.locator("#download")).to_contain_text("The recording is being read from hoop")
        expect(page.get_by_role("link", name="Reload")).to_have_attribute(
            "href", f"/sessions/{session_id}/download?format=text"
        )
        site.hoop.faults.clear()
    assert Path(started.value.path()).read_bytes() == printed("bash-ok")
    expect(page.locator("#download")).to_contain_text("the download begins")


def test_it_stops_when_its_reader_leaves(opened: tuple[Site, Page]) -> None:
    site, page = opened
    session_id = site.hoop.add_large_log(events=LARGE)
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    address = f"/sessions/{session_id}/download?format=csv"
    wait_for(lambda: get(site.port, f"/sessions/{session_id}/download/form", Cookie=cookie).status == 200)
    before = len(site.outcomes())
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=LONG)) as link:
        link.request("GET", address, headers={"Cookie": cookie})
        assert link.getresponse().read(100).startswith(b"event,")
    wait_for(lambda: len(site.outcomes()) > before)
    (left,) = site.outcomes()[before:]
    assert left["outcome"] == "broken off"
    whole = get(site.port, address, Cookie=cookie)
    assert whole.headers["X-Event-Count"] == str(LARGE)
    assert whole.body.count(b"\r\n") >= LARGE
    # Written when the server lets go of it, which a reader does not wait for.
    wait_for(lambda: len(site.outcomes()) > before + 1)
    assert site.outcomes()[-1] == {"bytes": len(whole.body), "outcome": "finished"}
    sent = left["bytes"]
    assert isinstance(sent, int)
    assert sent < len(whole.body) // 2


def test_it_says_over_the_wire_what_it_would_send(opened: tuple[Site, Page]) -> None:
    site, page = opened
    session_id, expected = site.hoop.id_of("bash-ok"), printed("bash-ok")
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    for form in ("text", "csv"):
        address = f"/sessions/{session_id}/download?format={form}"
        length = str(len(get(site.port, address, Cookie=cookie).body))
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=LONG)) as link:
            link.request("HEAD", address, headers={"Cookie": cookie})
            head = link.getresponse()
            assert (head.status, head.getheader("Content-Length"), head.read()) == (200, length, b"")
            assert head.getheader("Transfer-Encoding") is None
    text = f"/sessions/{session_id}/download"
    part = get(site.port, text, Cookie=cookie, Range="bytes=5-9")
    assert (part.status, part.headers["Content-Length"], part.body) == (206, "5", expected[5:10])
    none = get(site.port, text, Cookie=cookie, Range="bytes=999999-")
    assert (none.status, none.headers["Content-Range"]) == (416, f"bytes */{len(expected)}")
    again = get(site.port, text, Cookie=cookie, **{"If-None-Match": part.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
