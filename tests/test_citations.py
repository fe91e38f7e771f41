from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from sessions_ui.archive import seeking
from sessions_ui.archive.segments import Segment, read_segment
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SegmentRecord

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
    assert 'id="citation"' in operator.get(f"{address}?e=1-10000").content.decode()
    for stretch in ("1-10001", "1-99999999999"):
        page = operator.get(f"{address}?e={stretch}")
        assert page.status_code == 200
        assert 'id="e1"' in page.content.decode()
        assert 'id="citation"' not in page.content.decode()


def test_it_goes_to_a_time_that_the_recording_breaks(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """hoop's times only grow; where they do not, nobody reads the whole log to find that out."""
    times = {1: 50.0, 30_000: 200.0}
    lines = [(times.get(number, 0.0), "o", b"line %d\n" % number) for number in range(1, 30_001)]
    address = f"/sessions/{hoop.add_session({}, lines)}/log"
    assert operator.get(address).status_code == 200
    read = list[int]()

    def counted(record: SegmentRecord) -> Segment:
        read.append(record.sequence)
        return read_segment(record)

    monkeypatch.setattr(seeking, "read_segment", counted)

    assert operator.get(f"{address}?at=99s").status_code == 302
    assert 1 <= len(read) <= 3
