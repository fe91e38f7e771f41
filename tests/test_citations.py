from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from sessions_ui.archive import seeking
from sessions_ui.archive.unpacking import OpenLane, Segment, read_segment
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SegmentRecord
from sessions_ui.pages import citation
from tests.recordings import read_page

QUOTED = b"line 123 of 12000\nline 124 of 12000\n"


@pytest.fixture
def address(hoop: StandIn) -> str:
    """The log's page of a session with 12,000 short events."""
    lines = [(number / 10, "o", b"line %d of 12000\n" % number) for number in range(1, 12_001)]
    return f"/sessions/{hoop.add_session({}, lines)}/log"


def test_it_says_whether_the_content_is_still_the_cited_one(operator: Client, address: str) -> None:
    sha256 = hashlib.sha256(QUOTED).hexdigest()

    page = operator.get(f"{address}?e=123-124&h={sha256[:16]}").content.decode()
    assert f"SHA-256 of the quoted bytes: {sha256}" in page
    assert f"?e=123-124&amp;h={sha256[:16]}" in page
    assert "The link was made for other content" not in page

    page = operator.get(f"{address}?e=123-125&h={sha256[:16]}").content.decode()
    assert "The link was made for other content" in page


def test_it_hashes_no_more_than_a_page_may_wait_for(operator: Client, address: str) -> None:
    assert 'id="citation-text"' in operator.get(f"{address}?e=1-10000").content.decode()
    for stretch in ("1-10001", "1-99999999999"):
        page = operator.get(f"{address}?e={stretch}")
        assert page.status_code == 200
        assert 'id="e1"' in page.content.decode()
        assert 'id="citation-text"' not in page.content.decode()
        assert "is too long to be quoted at once" in page.content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_long_stretch_is_held_against_its_link(
    operator: Client, address: str, headers: dict[str, str]
) -> None:
    content = b"".join(b"line %d of 12000\n" % number for number in range(1, 12_001))
    sha256 = hashlib.sha256(content).hexdigest()
    for prefix, words in ((sha256[:16], "Unchanged"), ("0" * 16, "The link was made for other content")):
        page = read_page(operator.get(f"{address}?e=1-12000&h={prefix}").content)
        waiting = page.one(id="citation")
        assert "Not checked yet" in waiting.text
        # A script asks by itself, everybody else follows the link.
        assert waiting.attributes["hx-get"] == waiting.one("a").attributes["href"]
        answer = operator.get(waiting.attributes["hx-get"], headers=headers)
        assert {"HX-Request", "Cookie"} <= set(answer["Vary"].split(", "))
        part = read_page(answer.content).one(id="citation")
        assert words in part.text
        assert f"SHA-256 of the quoted bytes: {sha256}" in part.text
        assert ("<html" in answer.content.decode()) == (not headers)


def test_it_says_when_a_stretch_is_longer_than_its_time(
    operator: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citation, "DEADLINE_SECONDS", 0)
    page = operator.get(address.replace("/log", "/citation?e=1-12000&h=00000000"))
    part = read_page(page.content).one(id="citation")
    assert "Not checked: 1-12000 is longer than what can be gone through here (999 events" in part.text
    assert "hx-get" not in part.attributes


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?e=x", 400), ("?e=1&h=zz", 400), ("?e=13000-14000", 200)]
)
def test_it_takes_a_stretch_alone(operator: Client, address: str, query: str, status: int) -> None:
    response = operator.get(address.replace("/log", f"/citation{query}"))
    assert response.status_code == status
    assert ("There is no event 13000-14000" in response.content.decode()) == (status == 200)


def test_it_goes_to_a_time_that_the_recording_breaks(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """hoop's times only grow; where they do not, nobody reads the whole log to find that out."""
    times = {1: 50.0, 30_000: 200.0}
    lines = [(times.get(number, 0.0), "o", b"line %d\n" % number) for number in range(1, 30_001)]
    address = f"/sessions/{hoop.add_session({}, lines)}/log"
    assert operator.get(address).status_code == 200
    read = list[int]()

    def counted(record: SegmentRecord, open_lane: OpenLane) -> Segment:
        read.append(record.sequence)
        return read_segment(record, open_lane)

    monkeypatch.setattr(seeking, "read_segment", counted)

    assert operator.get(f"{address}?at=99s").status_code == 302
    assert 1 <= len(read) <= 3


@pytest.mark.parametrize(
    ("place", "text"),
    [
        # As the page shows it: keys and echo once.
        ("7-47", "ls -la /etc/hosst⟨backspace⟩⟨erase to end of line⟩⟨backspace⟩⟨erase to end of line⟩s"),
        ("56-59", "Password:\n[input hidden]\n⟨paste marks on⟩\nprod$"),
        ("74-75.1", "exit 4"),
        ("7-9", "[input hidden]\nl\n[input hidden]"),
    ],
)
def test_it_quotes_a_terminal_as_the_page_shows_it(
    hoop: StandIn, operator: Client, place: str, text: str
) -> None:
    page = read_page(operator.get(f"/sessions/{hoop.id_of('tty-shell')}/log?e={place}").content)
    quoted = page.one("textarea", id="citation-text").raw.split("\n\n")[1]
    assert "\n".join(line.strip() for line in quoted.splitlines()) == text
