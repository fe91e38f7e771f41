"""What the "Go to" box takes: all that a page prints of a place, and a plain answer to the rest."""

from __future__ import annotations

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from sessions_ui.verdicts.clock import Clock
from tests.recordings import Part, read_page

#: Event 2 has three lines; the recording begins at 23:59:50 UTC and ends 49.998 s later.
EVENTS = [(0.049, "i", b"ls\n"), (1.5, "o", b"a\nb\nc\n"), (20.0004, "o", b"d\n"), (49.9984, "o", b"e\n")]
STARTED = "2026-03-01T23:59:50.250Z"


@pytest.fixture
def address(hoop: StandIn) -> str:
    session_id = hoop.add_session({"verb": "connect", "start_date": STARTED}, EVENTS)
    return f"/sessions/{session_id}/log"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("2", "2"),
        ("2.3", "2.3"),
        ("2.2-3", "2.2-3"),
        ("0.049 s", "1"),
        ("0.049", "1"),
        ("20.000 s", "3"),
        ("49.998 s", "4"),
        ("49.998", "4"),
        ("2.57", "3"),
        ("1.500", "2"),
        ("0:20", "3"),
        ("+0:00:20", "3"),
        ("23:59:50.299", "1"),
        ("23:59:50", "1"),
        ("00:00:10", "3"),
        ("00:00:40.248", "4"),
        ("00:00:40 UTC", "4"),
        ("0:00:01", "3"),
        ("2026-03-01 23:59:51 UTC", "2"),
        ("2026-03-02T00:00:10", "3"),
    ],
)
def test_it_goes_to_what_is_typed(typed: str, place: str, address: str, operator: Client) -> None:
    response = operator.get(address, {"at": typed})
    assert (response.status_code, response["Location"]) == (302, f"{address}?e={place}")


def test_it_takes_a_time_of_day_in_the_zone_of_the_page(address: str, operator: Client) -> None:
    response = operator.get(address, {"at": "01:00:10", "tz": "Europe/Berlin"})
    assert response["Location"] == f"{address}?e=3&tz=Europe/Berlin"
    # Without a zone it lies outside, and is more than the recording's length.
    assert operator.get(address, {"at": "01:00:10"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("60000", "There is no event 60,000: the recording has 4."),
        ("2-2.400", "There is no line 400 in event 2: it has 3 lines."),
        ("3-9", "There is no event 9: the recording has 4."),
        ("50 s", "The recording ends at 49.998 s."),
        ("9:00:00", "The recording ends at 49.998 s. Its times of day are 23:59:50 to 00:00:40 in UTC."),
        ("2026-03-01 23:00", "The recording begins at 2026-03-01 23:59:50."),
        ("2026-03-03 00:00", "The recording ends at 2026-03-02 00:00:40."),
    ],
)
def test_it_says_that_a_place_is_not_there(typed: str, answer: str, address: str, operator: Client) -> None:
    response = operator.get(address, {"at": typed})
    assert response.status_code == 404
    panel = read_page(response.content).one(id="event-log")
    assert panel.one(id="goto-error").text == answer
    check_form(panel, typed)


@pytest.mark.parametrize("typed", ["abc", "120-60", "0", "2026-13-01 00:00", "<b>"])
def test_it_says_beside_the_box_what_it_takes(typed: str, address: str, operator: Client) -> None:
    response = operator.get(address, {"at": typed})
    assert response.status_code == 400
    panel = read_page(response.content).one(id="event-log")
    assert panel.one(id="goto-error").text.startswith("Type an event (120), a line of it (2.57)")
    check_form(panel, typed)


def check_form(panel: Part, typed: str) -> None:
    box = panel.one(id="goto")
    assert (box.attributes["value"], box.attributes["aria-describedby"]) == (typed, "goto-error")
    assert len(panel.every("li", css="row")) > 3


def test_it_keeps_the_box_where_an_address_leads_nowhere(address: str, operator: Client) -> None:
    response = operator.get(f"{address}?e=60000")
    assert response.status_code == 404
    panel = read_page(response.content).one(id="event-log")
    assert "There is no event 60000 in this recording." in panel.text
    assert panel.one(id="goto").attributes["value"] == "60000"


def test_it_takes_no_time_of_day_where_none_is_known(
    address: str, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = Clock(None, estimated=True)
    monkeypatch.setattr("sessions_ui.pages.session.recording_clock", lambda *_: unknown)
    response = operator.get(address, {"at": "2026-03-01 23:59:51"})
    assert response.status_code == 404
    assert "Times of day are not known" in read_page(response.content).one(id="goto-error").text
    assert operator.get(address, {"at": "0:00:20"})["Location"] == f"{address}?e=3"
